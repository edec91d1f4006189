#pragma once
// Who could host a meeting: schedules, other bookings, and whose turn it is.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/calcom-sim/schedules_hours.h"
#include "tests/calcom-sim/world.h"

namespace calfleet::calcom_sim {

/// What is asked about an event type's hosts.
struct HostQuestion {
    const World& world;
    const EventType& type;
    Instant reads{};
    std::string_view except_uid{}; ///< a booking that is to move does not stand in its own way
};

/// The owner; of a team type its hosts, or the accepted members when all of them are assigned; of a
/// managed parent nobody.
std::vector<Host> hosts_of(const World& world, const EventType& type, Instant reads);

/// The event type's schedule, else the user's default one, else any of the user's, else Monday to
/// Friday nine to five where the user lives.
Schedule schedule_of(const World& world, const EventType& type, Id user, Instant reads);

/// When a user is taken by bookings that touch the span, with the buffers of both event types.
std::vector<Span> busy_times(const HostQuestion& question, Id user, Span within);

/// Within working hours and without another booking.
bool is_free(const HostQuestion& question, Id user, Span meeting);

/// Who takes part in a meeting.
struct Cast {
    std::optional<Id> organizer{}; ///< none: it can't take place
    std::vector<Id> others{};
    bool partly_free{}; ///< without an organizer: some could, not all that must
};
/// `keep`, a round robin host, stays when free.
Cast cast_for(const HostQuestion& question, Span meeting, std::optional<Id> keep = {});

/// An organizer or other host of the booking.
bool hosts_booking(const Booking& booking, Id user);

} // namespace calfleet::calcom_sim
