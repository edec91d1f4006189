#pragma once
// Random lives of bookings as Cal.com would tell them: created, moved on, forked, cancelled, seen
// again late.

#include "common/events/booking.h"

#include <chrono>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::host_mapper {

/// Keeps text for the whole program, for views in events.
inline std::string_view kept(std::string text) {
    static std::set<std::string> texts;
    return *texts.insert(std::move(text)).first;
}

inline Instant at_minute(int minute) {
    return Instant{std::chrono::days{20'000}} + std::chrono::minutes{minute};
}

/// Host 101 is Anna Albrecht, 102 Bruno Brandt.
inline events::BookingHost story_host(int number) {
    return number == 101 ? events::BookingHost{"101", "Anna Albrecht", "anna@example.com", "anna"}
                         : events::BookingHost{"102", "Bruno Brandt", "bruno@example.com", "bruno"};
}

inline events::BookingEvent booking(
    std::string uid, int as_of, events::BookingStatus status = events::BookingStatus::Accepted
) {
    events::BookingEvent event;
    event.uid = kept(std::move(uid));
    event.status = status;
    event.as_of = at_minute(as_of);
    event.starts_at = at_minute(10'000);
    event.ends_at = at_minute(10'030);
    event.host = story_host(101);
    event.customer =
        events::BookingCustomer{"Greta Gast", "greta@example.org", {}, "Europe/Berlin"};
    if (status == events::BookingStatus::Cancelled) event.change = events::BookingChange::Cancelled;
    return event;
}

/// The events of one story in the order in which they happened, each at an instant of its own. What
/// a later snapshot of a booking leaves out never changes in it: such a field has no instant of its
/// own to be ordered by.
inline std::vector<events::BookingEvent> tell_bookings(std::uint64_t seed) {
    std::mt19937_64 engine(seed);
    const auto chance = [&](int percent) { return static_cast<int>(engine() % 100) < percent; };
    std::vector<events::BookingEvent> events;
    int clock = 1;
    std::string replaced;
    const int chain = 1 + static_cast<int>(engine() % 3);
    for (int link = 0; link < chain; ++link) {
        const std::string uid = "uid-" + std::to_string(link);
        const bool sparse = chance(50);
        const int copies = chance(20) ? 2 : 1; // two: Cal.com forked the chain
        for (int copy = 0; copy < copies; ++copy) {
            events::BookingEvent event = booking(copy == 0 ? uid : uid + "-fork", clock++);
            event.event_type_id = 7001;
            event.booking_id = 900 + link;
            if (link > 0) {
                event.change = events::BookingChange::Rescheduled;
                event.rescheduled_from_uid = kept(replaced);
                event.rescheduled_from_start = at_minute(10'000);
                if (chance(50)) event.rescheduled_from_end = at_minute(10'030);
            }
            if (chance(40)) {
                event.status = events::BookingStatus::Pending;
                events.push_back(event);
                event.status = events::BookingStatus::Accepted;
                event.as_of = at_minute(clock++);
            }
            events.push_back(event);
            for (int again = static_cast<int>(engine() % 3); again > 0; --again) {
                event.as_of = at_minute(clock++);
                if (sparse) {
                    if (chance(50)) event.customer.reset();
                    if (chance(50)) event.host = {};
                } else {
                    event.host = story_host(chance(50) ? 101 : 102);
                    event.starts_at = at_minute(10'000 + static_cast<int>(engine() % 50));
                    event.ends_at = *event.starts_at + std::chrono::minutes{30};
                }
                events.push_back(event);
            }
            if (chance(25)) {
                event.as_of = at_minute(clock++);
                event.change = events::BookingChange::Cancelled;
                event.status =
                    chance(30) ? events::BookingStatus::Rejected : events::BookingStatus::Cancelled;
                if (sparse) event.starts_at = event.ends_at = std::nullopt;
                if (chance(30)) event.rescheduled_to_uid = kept("uid-" + std::to_string(link + 1));
                events.push_back(event);
            }
        }
        replaced = uid;
    }
    return events;
}

} // namespace calfleet::host_mapper
