#pragma once
// Bookings as 2024-08-13 shows them.

#include <string>
#include <string_view>
#include <vector>

#include "tests/calcom-sim/router.h"

namespace calfleet::calcom_sim {

/// One booking; recurring and seated ones have shapes of their own. `seat_uid` is shown beside them
/// to whoever just took that seat.
json::object booking_view(
    const World& world, const Booking& booking, Instant reads, std::string_view seat_uid = {}
);

/// The same for whoever asks: who has the other seats is not for everybody, unless the type says
/// so.
json::object
booking_for_caller(const Context& context, const Booking& booking, std::string_view seat_uid = {});

/// All occurrences of a series, by start, as they were then.
std::vector<const Booking*> series_of(const World& world, std::string_view uid, Instant reads);

/// The bookers and their guests, then the hosts beside the organizer.
std::vector<Attendee> all_attendees(const World& world, const Booking& booking);

/// Of the first of the attendees, who booked; "" when everybody is gone.
std::string booker_email(const Booking& booking);
std::string booker_name(const Booking& booking);

/// The tag of platform-managed users, a + and 25 characters before the @, is not shown.
std::string display_email(std::string_view email);

} // namespace calfleet::calcom_sim
