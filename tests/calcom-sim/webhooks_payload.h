#pragma once
// What a webhook says about a booking: three shapes with three ways to write a time.

#include <optional>
#include <string>
#include <string_view>

#include "tests/calcom-sim/world.h"

namespace calfleet::calcom_sim {

/// What a payload is made of.
struct Told {
    const World& world;
    const Booking& booking;
    const EventType& type;
    const Attendee* seat{};      ///< who took or left a seat; none: everybody is told of
    const Booking* moved_from{}; ///< of BOOKING_RESCHEDULED
    std::string ics_uid{};       ///< of a seat that joined; none: the booking's
    std::string password{};      ///< of BOOKING_REQUESTED
    bool legacy{};               ///< booked through 2024-04-15
    bool as_series{};            ///< of BOOKING_CANCELLED: what is left of the series is
    bool organizer_ids{true};    ///< the organizer's id and username are told
    const Booking* seat_left{};  ///< of a seat that was moved to a new booking: the one it left
    bool with_all_seats{};       ///< `seat`'s attendee first, then those who sit there already
    Id booking_id{};             ///< another booking's number than that of the one told of; 0: none
};

/// BOOKING_CREATED, BOOKING_REQUESTED, BOOKING_RESCHEDULED: "2026-11-23T10:00:00Z", with metadata.
json::object booked_payload(const Told& told);

/// BOOKING_CANCELLED: "2026-11-23T10:00:00+00:00", without metadata. A series' has recurringEvent,
/// that of one booking of a series has none. A seat's has its attendee's row alone, and not the
/// seat's uid.
json::object cancelled_payload(const Told& told, const std::optional<std::string>& reason);

/// After a confirmation or a refusal: "2026-11-23T10:00:00.000Z", without metadata. The status is
/// the booking's. Of a series one webhook tells for all that waited, with recurringEvent.
json::object decided_payload(const Told& told, std::string_view rejection_reason);

/// What the host's request to find another time says, made in the web app: a BOOKING_CANCELLED of
/// yet another shape, with requestReschedule.
json::object asked_to_move_payload(const Told& told, std::string_view reason);

/// "ACCEPTED".
std::string upper_status(BookingStatus status);
/// The booking's recurrence as webhooks write it: {"freq":2,"interval":1}.
json::object recurring_event(const EventType& type, bool with_count);

} // namespace calfleet::calcom_sim
