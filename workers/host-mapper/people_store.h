#pragma once
// host-mapper's SQL about those whom a booking's own row has no place for: who shares its seats,
// who holds it beside the first host, and the other occurrences of its series. Batch sized like
// store.h; nothing is asked for bookings that have none of these. The rows of the bookings are
// written, and so locked, before.

#include "workers/host-mapper/job.h"

#include "common/postgres/session.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::host_mapper {

postgres::Catalogue people_catalogue();

/// A booking by its key.
struct BookingKey {
    CompanyId company;
    std::string_view uid;
    friend auto operator<=>(const BookingKey&, const BookingKey&) = default;
};

/// What an event says of one seat.
struct SeatWrite {
    BookingKey booking;
    std::optional<std::int64_t> customer; ///< nothing: only the seat's uid is known
    std::string_view seat_uid;
    std::string_view state;    ///< booked, cancelled, rescheduled
    std::string_view moved_to; ///< uid of the booking in which the person has a seat instead
    Instant as_of;
};

/// What an event says of a booking with seats as a whole.
struct SeatedBooking {
    BookingKey booking;
    std::optional<Instant> listed_at; ///< it named whoever has a seat
    bool ended{false};                ///< it ended the booking itself: no seat brings it back
};

/// Writes the seats, and what follows for their bookings: one in which nobody has a seat any more
/// ends, and stands again when somebody has; its customer is who has had a seat for longest. The
/// later word about a seat wins, of the same instant the last. Answers the bookings in which
/// anything changed, sorted.
std::vector<std::pair<std::int64_t, std::string>> write_seats(
    postgres::Transaction& transaction,
    std::span<const SeatWrite> seats,
    std::span<const SeatedBooking> bookings
);

struct HostWrite {
    BookingKey booking;
    std::string_view host;
    Assignment assignment;
    Instant as_of;
};
/// All hosts of bookings that several hold: the newest list holds, whoever had a staff member keeps
/// it. Whether anything changed.
bool write_hosts(postgres::Transaction& transaction, std::span<const HostWrite> hosts);

struct SeriesWrite {
    BookingKey booking;
    std::string_view series; ///< empty: not told
    std::chrono::seconds period{};
    bool ends{false};
    Instant as_of;
};
/// Remembers which series the bookings are of, and ends what a series that ended leaves: the
/// occurrences behind the one that was named; when that was the last, all that are still to come.
/// Whether any occurrence was ended.
bool write_series(postgres::Transaction& transaction, std::span<const SeriesWrite> series);

/// The time zones of companies, one per question; empty for a company that is not there.
std::vector<std::string>
find_zones(postgres::Transaction& transaction, std::span<const CompanyId> companies);

/// A host that an event names without Cal.com's user id.
struct NamelessHost {
    BookingKey booking;
    std::string_view email;    ///< folded
    std::string_view username; ///< folded
};
/// The ids of those that are known by that address or user name, or that are the booking's own host
/// as far as nothing else is known of it; one per question, empty when nobody is.
std::vector<std::string>
find_host_ids(postgres::Transaction& transaction, std::span<const NamelessHost> hosts);

} // namespace calfleet::host_mapper
