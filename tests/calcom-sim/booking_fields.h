#pragma once
// The questions of an event type: what a request may ask for, what a write makes of them.

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>

namespace calfleet::calcom_sim {

namespace json = boost::json;

// The world keeps a booking field as the API shows it, {"slug","type","label","required",...}. What
// the web app knows of it beyond that (minLength, maxLength, excludeEmails, labels of options, ...)
// stands in its "internal" object, which only the old version shows and no request can write.

/// The seven that are always there.
json::array default_booking_fields();

/// What is wrong with a request's bookingFields: the message of the 400.
std::optional<std::string> booking_fields_objection(const json::value& given);

/// The whole set that a request makes: the default fields as it changes them, its own ones between
/// them. Nothing of the set before survives, so "internal" is gone. `hide_guests` is the request's
/// disableGuests, which alone makes a whole set, too. `given` may be null: not sent.
json::array booking_fields_from(const json::value* given, const std::optional<bool>& hide_guests);

/// Whether the field for guests is hidden.
bool hides_guests(const json::array& fields);

/// The message of the 400 for a set without a visible, required e-mail address; nothing when it is
/// fine.
std::optional<std::string> reachability_objection(const json::array& fields);

/// Takes out of a list of fields what answers don't show.
void hide_internal_parts(json::value& fields);

/// As a managed type's children get them: every character of a slug that is no ASCII letter, digit,
/// hyphen or underscore is a hyphen there.
json::array booking_fields_of_child(const json::array& fields);

} // namespace calfleet::calcom_sim
