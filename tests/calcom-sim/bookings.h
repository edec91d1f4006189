#pragma once
// What the routes of bookings have in common.

#include <functional>
#include <string>
#include <vector>

#include "tests/calcom-sim/bookings_input.h"

namespace calfleet::calcom_sim {

void register_booking_creation(Router& router);
void register_booking_changes(Router& router);
void register_rescheduling(Router& router);
void register_booking_decisions(Router& router);
void register_booking_reading(Router& router);
void register_legacy_bookings(Router& router);

/// All that creating does after the body was read: checks, then, after the race window, the row,
/// then the webhooks, then the answer.
Outcome book(Context& context, const EventType& type, const BookingWish& wish);

/// The same for a type with seats: everybody who takes one joins the booking of that start.
Outcome take_seat(Context& context, const EventType& type, const BookingWish& wish);

struct SeatMove {
    Instant start{};
    std::string seat_uid{};
    std::string by{}; ///< rescheduledBy
};

/// One seat moves to another time: into the booking that is there, or into a new one. The others
/// stay; a booking that nobody is left in is cancelled without a word.
Outcome
move_seat(Context& context, const EventType& type, const std::string& uid, const SeatMove& move);

/// Tells of the cancellation of one booking, then makes the change: or the other way round, as the
/// settings say.
Outcome cancel_booking(
    const Context& context,
    const std::string& uid,
    const std::string& reason,
    std::function<Answer()> change
);

/// The host asks the booker for another time, as the web app lets him: the booking is cancelled,
/// then the webhooks go out.
std::vector<Outbound>
ask_to_move(const Context& context, const std::string& uid, const std::string& reason);

/// What 2024-04-15 answers to who books.
json::object legacy_booking_view(const World& world, const Booking& booking);

/// The row with updatedAt as of now; nullptr when it is gone.
const Booking* touch(const Context& context, const std::string& uid);

} // namespace calfleet::calcom_sim
