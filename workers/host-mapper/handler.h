#pragma once
// The edge of host-mapper: decodes bookings, loads what the decisions need, writes what they say.

#include "workers/host-mapper/decision_log.h"
#include "workers/host-mapper/mapping_desk.h"
#include "workers/host-mapper/metrics.h"
#include "workers/host-mapper/people_store.h"
#include "workers/host-mapper/store.h"

#include "common/core/clock.h"
#include "common/events/booking.h"
#include "common/intake/batch.h"

#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace calfleet::host_mapper {

/// A batch of bookings. In the steady state (hosts mapped, customers known) it costs four
/// statements beside the intake's own: hosts, customers, services, appointments.
class BookingBatch final : public intake::Batch {
public:
    BookingBatch(const Metrics& metrics, const Clock& clock)
        : metrics_(metrics)
        , desk_(metrics, clock)
        , log_(clock) {}

    void clear() override;
    Result<std::string_view> add(const intake::Event& event) override;
    void apply(
        postgres::Transaction& transaction,
        std::span<const std::uint32_t> chosen,
        std::span<intake::Verdict> verdicts,
        Instant now
    ) override;

    /// The same for an event that is decoded already; envelope_id lives as long as the batch.
    std::string_view add_booking(
        CompanyId company,
        const events::BookingEvent& booking,
        std::string_view envelope_id,
        const Arrival& arrival = {}
    );

private:
    struct Seat {
        CustomerSighting person; ///< an empty key: without address and number
        std::string_view uid;
    };
    struct People {
        HostSighting host;
        std::vector<HostSighting> other_hosts;
        CustomerSighting customer;
        std::vector<Seat> seats;
        bool has_seats{false}; ///< of these who is named sits, or has left
        bool sit{true};
        bool names_all{false};
        std::string_view series;
        std::optional<std::chrono::seconds> recurs_every;
        bool ends_series{false};
        bool recurs{false};
        Arrival arrival;
    };
    struct Hosts {
        std::vector<HostSighting> sightings;   ///< sorted by (company, key), each once
        std::vector<std::uint32_t> of_booking; ///< Fold::kNone for a booking without a host
        std::vector<MappingDesk::Settled> settled;

        std::uint32_t index_of(CompanyId company, std::string_view key) const;
    };
    struct Customers {
        std::vector<CustomerSighting> sightings; ///< sorted by (company, key), each once
        std::vector<std::int64_t> ids;           ///< 0: an erasure keeps this sighting out

        std::optional<std::int64_t> find(CompanyId company, std::string_view key) const;
    };

    void keep_seats(People& people, CompanyId company, const events::BookingEvent& booking);
    /// Events that leave Cal.com's user id out mean a host that is known by it.
    void identify_hosts(
        postgres::Transaction& transaction,
        std::span<const std::uint32_t> chosen,
        std::span<EventSightings> sightings
    );
    /// Telephone numbers that are dialled within a country are those of the company's.
    void identify_customers(
        postgres::Transaction& transaction,
        std::span<const std::uint32_t> chosen,
        std::span<EventSightings> sightings
    );
    void write_all_seats(
        postgres::Transaction& transaction,
        std::span<const std::uint32_t> chosen,
        std::span<const EventSightings> sightings,
        const Customers& customers,
        std::span<intake::Verdict> verdicts
    ) const;
    void write_all_hosts(
        postgres::Transaction& transaction,
        std::span<const std::uint32_t> chosen,
        std::span<const EventSightings> sightings,
        const Hosts& hosts
    ) const;
    void write_all_series(
        postgres::Transaction& transaction,
        std::span<const std::uint32_t> chosen,
        std::span<const EventSightings> sightings
    ) const;

    /// The chosen events, none of which claims to tell of the future.
    std::vector<EventSightings>
    bounded_sightings(std::span<const std::uint32_t> chosen, Instant now);
    void drop_foreign_branches(
        postgres::Transaction& transaction,
        std::span<const std::uint32_t> chosen,
        std::span<EventSightings> sightings
    );
    std::vector<EventSightings> sound_sightings(
        postgres::Transaction& transaction, std::span<const std::uint32_t> chosen, Instant now
    );
    Hosts find_hosts(
        std::span<const std::uint32_t> chosen,
        std::span<const EventSightings> sightings,
        const Fold& fold
    ) const;
    Customers
    find_customers(postgres::Transaction& transaction, std::span<const std::uint32_t> chosen) const;
    static void refer_to_customers(const Customers& customers, std::span<AppointmentWrite> writes);
    static void
    refer_to_services(postgres::Transaction& transaction, std::span<AppointmentWrite> writes);
    void assign(const Hosts& hosts, std::span<AppointmentWrite> writes) const;
    static void assign_waiting_of(postgres::Transaction& transaction, const Hosts& hosts);

    const Metrics& metrics_;
    MappingDesk desk_;
    DecisionLog log_;
    events::BookingDecoder decoder_;
    TextArena arena_;
    std::vector<EventSightings> sightings_; ///< one per event, as decoded
    std::vector<People> people_;            ///< likewise; empty keys: nobody
};

using BookingBatches = intake::BatchesOf<BookingBatch, const Metrics, const Clock>;

} // namespace calfleet::host_mapper
