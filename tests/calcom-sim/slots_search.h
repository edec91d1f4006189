#pragma once
// Which starts an event type offers.

#include <map>
#include <string>
#include <vector>

#include "tests/calcom-sim/bookings_hosts.h"

namespace calfleet::calcom_sim {

struct SlotSearch {
    HostQuestion question; ///< reads: the world that is looked at
    Span within{};
    Instant now{};
    std::chrono::minutes length{30};
};

/// In order. From the moment that the minimum notice allows; every slotInterval, else every length,
/// from the beginning of each free span, rounded up to a round time. Collective types need all
/// hosts free, round robin types one; a managed parent offers nothing. Bookings of a type with
/// seats do not hide its slots; reservations hide any. It is no promise: a booking may start off
/// this grid.
std::vector<Instant> find_slots(const SlotSearch& search);

/// The seats of a slot: {"seatsBooked","seatsRemaining","seatsTotal","bookingUid"?}; empty for a
/// type without seats.
json::object seats_at(const SlotSearch& search, Instant start);

} // namespace calfleet::calcom_sim
