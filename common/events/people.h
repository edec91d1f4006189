#pragma once
// The people of a booking: who holds it, and who booked it.

#include "common/events/booking.h"
#include "common/events/field_reader.h"

namespace calfleet::events {

/// The parts of a booking object that tell about people; views into the parsed document.
struct PeopleFields {
    FieldReader::Field organizer; ///< webhook shape
    FieldReader::Field hosts;     ///< REST shape: exactly one entry
    FieldReader::Field team;      ///< webhook shape: {id, name, members: [host]}
    FieldReader::Field attendees; ///< both; in the REST shape also the other hosts and the guests
    FieldReader::Field responses; ///< webhook shape: {slug: {label, value, isHidden}}
    FieldReader::Field booking_field_responses; ///< REST shape: {slug: value}
    FieldReader::Field reminder_number;         ///< smsReminderNumber
    FieldReader::Field seats_per_slot;          ///< webhook shape; null: no seats
    FieldReader::Field attendee_seat;           ///< webhook shape: the uid of the seat in question
    FieldReader::Field seat;                    ///< REST shape, of a seat just taken
    bool stands{false};                         ///< its status says accepted or pending
};

/// Strings of the result live in the arena. False after a mistake (see FieldReader).
bool read_hosts(
    FieldReader& reader,
    const Path& booking,
    const PeopleFields& fields,
    TextArena& arena,
    BookingEvent& event
);
/// The customer, and who has a seat. event.change and event.status are read before; status becomes
/// that of the booking where it was that of a seat.
bool read_customers(
    FieldReader& reader,
    const Path& booking,
    const PeopleFields& fields,
    TextArena& arena,
    BookingEvent& event
);

} // namespace calfleet::events
