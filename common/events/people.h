#pragma once
// The people of a booking: who holds it, and who booked it.

#include "common/events/booking.h"
#include "common/events/field_reader.h"

namespace calfleet::events {

/// The parts of a booking object that tell about people; views into the parsed document.
struct PeopleFields {
    FieldReader::Field organizer; ///< webhook shape
    FieldReader::Field hosts;     ///< REST shape: exactly one entry
    FieldReader::Field attendees; ///< both; in the REST shape also the other hosts and the guests
    FieldReader::Field responses; ///< webhook shape: {slug: {label, value, isHidden}}
    FieldReader::Field booking_field_responses; ///< REST shape: {slug: value}
};

/// Strings of the result live in the arena. False after a mistake (see FieldReader).
bool read_host(
    FieldReader& reader,
    const Path& booking,
    const PeopleFields& fields,
    TextArena& arena,
    BookingHost& host
);
bool read_customer(
    FieldReader& reader,
    const Path& booking,
    const PeopleFields& fields,
    TextArena& arena,
    std::optional<BookingCustomer>& customer
);

} // namespace calfleet::events
