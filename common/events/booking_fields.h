#pragma once
// The questions of a booking page, as Cal.com's event types say them.

#include "common/json/value.h"

#include <optional>
#include <string>
#include <string_view>

namespace calfleet::events {

/// A list of booking fields in the form in which it is written, which makes two lists comparable.
///
/// Cal.com keeps seven fields of its own (name, email, location, title, notes, guests,
/// rescheduleReason) and puts them around the others, in an order of its own, whether a list names
/// them or not. So those that are as they are by themselves are left out here, and the rest stand
/// in Cal.com's order; the order among the other fields is theirs. Of two lists with equal `json`
/// neither need be sent for the other.
///
/// Whether guests may be named is no part of it: that is the event type's "disableGuests", which
/// Cal.com keeps in this list (see guests_hidden).
struct BookingFields {
    /// [{"type":"text","slug":"allergies","label":"Allergies","required":true,"hidden":false,
    /// "placeholder":""}]. What cannot be written stands there as it is, so that it differs.
    std::string json{"[]"};
    /// What the list says about guests; nothing: nothing.
    std::optional<bool> guests_hidden{};
    /// Why the list cannot be written, with the member and its value, for a person; empty: it can.
    std::string objection{};

    friend bool operator==(const BookingFields& a, const BookingFields& b) {
        return a.json == b.json;
    }
};

/// Reads either form. Never fails: what is no list of booking fields has an objection.
BookingFields booking_fields_of(json::Value list);
/// The same of JSON text.
BookingFields booking_fields_of(std::string_view json);

/// The list to send, never empty, which Cal.com refuses; of fields without objection.
std::string booking_fields_json(const BookingFields& fields, bool hide_guests);

} // namespace calfleet::events
