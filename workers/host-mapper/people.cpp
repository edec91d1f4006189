// Of a batch of bookings those whom a booking's own row has no place for, and hosts without an id.

#include "workers/host-mapper/handler.h"

#include "common/core/text.h"
#include "common/matching/zone_region.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

namespace calfleet::host_mapper {
namespace {

/// Hosts by what events of the batch tell beside their ids.
class ToldIds {
public:
    void add(const HostSighting& host, std::string_view uid) {
        if (host.id.empty()) return;
        add(host.company, kEmail, host.email, host.id);
        add(host.company, kUsername, host.username, host.id);
        if (host.email.empty() && host.username.empty()) add(host.company, kUid, uid, host.id);
    }
    void close() { std::sort(told_.begin(), told_.end()); }

    /// By address or user name, which say who it is.
    std::string_view by_name(const NamelessHost& host) const {
        const std::string_view id = find(host.booking.company, kEmail, host.email);
        return id.empty() ? find(host.booking.company, kUsername, host.username) : id;
    }
    /// By its booking, of whose host nothing else is told.
    std::string_view by_booking(const NamelessHost& host) const {
        return find(host.booking.company, kUid, host.booking.uid);
    }

private:
    enum Kind { kEmail, kUsername, kUid };
    using Key = std::tuple<CompanyId, Kind, std::string>;

    void add(CompanyId company, Kind kind, std::string_view name, std::string_view id) {
        if (name.empty()) return;
        told_.push_back({{company, kind, folded(kind, name)}, id});
    }
    std::string_view find(CompanyId company, Kind kind, std::string_view name) const {
        if (name.empty()) return {};
        const Key wanted{company, kind, folded(kind, name)};
        const auto found = std::lower_bound(
            told_.begin(),
            told_.end(),
            wanted,
            [](const auto& one, const Key& key) { return one.first < key; }
        );
        return found != told_.end() && found->first == wanted ? found->second : std::string_view{};
    }
    static std::string folded(Kind kind, std::string_view name) {
        return kind == kUid ? std::string(name) : ascii_lower(trim(name));
    }

    std::vector<std::pair<Key, std::string_view>> told_;
};

/// One word about each: the newest list, and an end wherever one was told.
std::vector<SeatedBooking> each_once(std::vector<SeatedBooking> bookings) {
    std::stable_sort(bookings.begin(), bookings.end(), [](const auto& left, const auto& right) {
        return left.booking < right.booking;
    });
    std::vector<SeatedBooking> once;
    for (const SeatedBooking& booking : bookings) {
        if (once.empty() || once.back().booking != booking.booking) {
            once.push_back(booking);
            continue;
        }
        once.back().ended |= booking.ended;
        once.back().listed_at = std::max(once.back().listed_at, booking.listed_at);
    }
    return once;
}

} // namespace

void BookingBatch::keep_seats(
    People& people, CompanyId company, const events::BookingEvent& booking
) {
    people.has_seats = true;
    people.sit = booking.seats->are == events::BookingSeats::Named::Sit;
    people.names_all = booking.seats->names_all;
    people.seats.reserve(booking.seats->named.size());
    for (const events::BookingSeat& seat : booking.seats->named)
        people.seats.push_back(
            {customer_sighting(
                 company, seat.person, customer_key(seat.person, arena_), booking.as_of
             ),
             seat.uid}
        );
}

void BookingBatch::identify_hosts(
    postgres::Transaction& transaction,
    std::span<const std::uint32_t> chosen,
    std::span<EventSightings> sightings
) {
    std::vector<HostSighting*> nameless;
    std::vector<NamelessHost> questions;
    ToldIds told;
    const auto look_at = [&](HostSighting& host, std::string_view uid) {
        told.add(host, uid);
        if (host.key.empty() || !host.id.empty()) return;
        nameless.push_back(&host);
        questions.push_back(
            {{host.company, uid},
             arena_.keep(ascii_lower(trim(host.email))),
             arena_.keep(ascii_lower(trim(host.username)))}
        );
    };
    const auto has_id = [&](std::uint32_t number) {
        const People& people = people_[number];
        return people.other_hosts.empty() && (people.host.key.empty() || !people.host.id.empty());
    };
    if (std::all_of(chosen.begin(), chosen.end(), has_id)) return;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        People& people = people_[chosen[i]];
        look_at(people.host, sightings[i].own.uid);
        for (HostSighting& host : people.other_hosts)
            look_at(host, {});
    }
    if (nameless.empty()) return;
    told.close();
    const std::vector<std::string> known = find_host_ids(transaction, questions);
    for (std::size_t i = 0; i < nameless.size(); ++i) {
        // What this batch tells itself comes first: nobody else has written it yet.
        std::string_view id = told.by_name(questions[i]);
        if (id.empty()) id = arena_.keep(known[i]);
        if (id.empty()) id = told.by_booking(questions[i]);
        if (!id.empty()) nameless[i]->id = nameless[i]->key = id;
    }
    for (std::size_t i = 0; i < chosen.size(); ++i)
        sightings[i].own.host = people_[chosen[i]].host.key;
}

void BookingBatch::identify_customers(
    postgres::Transaction& transaction,
    std::span<const std::uint32_t> chosen,
    std::span<EventSightings> sightings
) {
    std::vector<CustomerSighting*> national;
    std::vector<CompanyId> companies;
    const auto look_at = [&](CustomerSighting& customer) {
        if (!needs_region(customer.key, customer.phone)) return;
        national.push_back(&customer);
        companies.push_back(customer.company);
    };
    for (const std::uint32_t number : chosen) {
        look_at(people_[number].customer);
        for (Seat& seat : people_[number].seats)
            look_at(seat.person);
    }
    if (national.empty()) return;
    std::sort(companies.begin(), companies.end());
    companies.erase(std::unique(companies.begin(), companies.end()), companies.end());
    std::vector<std::string> regions = find_zones(transaction, companies);
    for (std::string& zone : regions)
        zone = matching::region_of_zone(zone);
    for (CustomerSighting* customer : national) {
        const auto company =
            std::lower_bound(companies.begin(), companies.end(), customer->company);
        const std::string& region = regions[static_cast<std::size_t>(company - companies.begin())];
        customer->key = customer_key({{}, {}, customer->phone, {}}, arena_, region);
    }
    for (std::size_t i = 0; i < chosen.size(); ++i)
        if (!people_[chosen[i]].has_seats)
            sightings[i].own.customer = people_[chosen[i]].customer.key;
}

void BookingBatch::write_all_seats(
    postgres::Transaction& transaction,
    std::span<const std::uint32_t> chosen,
    std::span<const EventSightings> sightings,
    const Customers& customers,
    std::span<intake::Verdict> verdicts
) const {
    std::vector<SeatWrite> seats;
    std::vector<SeatedBooking> bookings;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        const People& people = people_[chosen[i]];
        if (!people.has_seats) continue;
        const Sighting& own = sightings[i].own;
        const BookingKey key{own.company, own.uid};
        const Instant as_of = own.bounded_at.value_or(own.as_of);
        const bool ended = is_terminal(own.status);
        bookings.push_back({key, {}, ended});
        if (people.names_all && people.sit) bookings.back().listed_at = as_of;
        if (sightings[i].replaced) bookings.push_back({{own.company, own.replaces}, {}, false});
        for (const Seat& seat : people.seats) {
            std::optional<std::int64_t> customer;
            if (!seat.person.key.empty()) {
                customer = customers.find(own.company, seat.person.key);
                if (!customer) continue; // an erasure keeps them out
            }
            const bool sits = people.sit && !ended;
            seats.push_back({key, customer, seat.uid, sits ? "booked" : "cancelled", {}, as_of});
            if (sightings[i].replaced)
                seats.push_back(
                    {{own.company, own.replaces}, customer, {}, "rescheduled", own.uid, as_of}
                );
        }
    }
    if (bookings.empty()) return;
    const auto touched = write_seats(transaction, seats, each_once(std::move(bookings)));
    const auto was_touched = [&](CompanyId company, std::string_view uid) {
        return std::binary_search(
            touched.begin(), touched.end(), std::pair(company.value, std::string(uid))
        );
    };
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        if (!people_[chosen[i]].has_seats) continue;
        const Sighting& own = sightings[i].own;
        if (was_touched(own.company, own.uid) || was_touched(own.company, own.replaces))
            verdicts[i] = intake::Applied{};
    }
}

void BookingBatch::write_all_hosts(
    postgres::Transaction& transaction,
    std::span<const std::uint32_t> chosen,
    std::span<const EventSightings> sightings,
    const Hosts& hosts
) const {
    // Of each booking the newest list, and of the newest the one that came last.
    std::map<BookingKey, std::pair<Instant, std::size_t>> newest;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        const People& people = people_[chosen[i]];
        if (people.other_hosts.empty() || people.host.key.empty()) continue;
        const Sighting& own = sightings[i].own;
        const auto [place, is_first] =
            newest.try_emplace({own.company, own.uid}, people.host.as_of, i);
        if (!is_first && place->second.first <= people.host.as_of)
            place->second = {people.host.as_of, i};
    }
    std::vector<HostWrite> writes;
    for (const auto& [booking, list] : newest) {
        const People& people = people_[chosen[list.second]];
        const bool wants_staff = sightings[list.second].own.wants_staff;
        std::vector<std::string_view> keys{people.host.key};
        for (const HostSighting& host : people.other_hosts)
            keys.push_back(host.key);
        std::sort(keys.begin(), keys.end());
        keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
        for (const std::string_view key : keys) {
            const MappingDesk::Settled& settled =
                hosts.settled[hosts.index_of(booking.company, key)];
            writes.push_back(
                {booking,
                 key,
                 assignment(settled.row, settled.decided_now, wants_staff),
                 list.first}
            );
        }
    }
    write_hosts(transaction, writes);
}

void BookingBatch::write_all_series(
    postgres::Transaction& transaction,
    std::span<const std::uint32_t> chosen,
    std::span<const EventSightings> sightings
) const {
    static constexpr std::chrono::seconds kDay{86'400};
    std::map<BookingKey, SeriesWrite> series;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        const People& people = people_[chosen[i]];
        if (!people.recurs) continue;
        const Sighting& own = sightings[i].own;
        SeriesWrite& write = series[{own.company, own.uid}];
        write.booking = {own.company, own.uid};
        if (!people.series.empty()) write.series = people.series;
        if (people.recurs_every) write.period = *people.recurs_every;
        if (!people.ends_series) continue;
        write.ends = true;
        write.as_of = std::max(write.as_of, own.bounded_at.value_or(own.as_of));
    }
    std::vector<SeriesWrite> writes;
    for (auto& [booking, write] : series) {
        if (write.period.count() == 0) write.period = kDay;
        writes.push_back(write);
    }
    write_series(transaction, writes);
}

} // namespace calfleet::host_mapper
