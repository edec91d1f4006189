#pragma once
// The strict validation of bookings (2024-08-13) and slots (2024-09-04): unknown properties are
// refused, and the message itself says what is wrong.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/calcom-sim/router.h"

namespace calfleet::calcom_sim {

/// Collects what is wrong with a request, in the order in which the real one names it.
class Objections {
public:
    void add(std::string_view property, std::string_view constraint);
    /// The same within another property: "attendee property is wrong, timeZone property is ...".
    void
    add_within(std::string_view parent, std::string_view property, std::string_view constraint);
    /// "X property is wrong,property X should not exist", for every name that is not allowed.
    void refuse_others(const json::object& fields, const std::vector<std::string_view>& allowed);

    bool empty() const { return text_.empty(); }
    /// 400, shape 1, with all of them as the message.
    Answer answer(const Context& context) const { return context.refuse(400, text_); }

private:
    std::string text_{};
};

/// ISO 8601 as class-validator accepts it: a date, or a date and time; without an offset it is UTC.
/// Nothing for anything else.
std::optional<Instant> iso_instant(std::string_view text);
/// The same of a property.
std::optional<Instant> iso_instant(const json::value* value);
/// Only a date, "2026-11-23".
bool is_bare_date(std::string_view text);

inline constexpr std::string_view kNoDate = " must be a valid ISO 8601 date string";
inline constexpr std::string_view kNoZone = " must be a valid IANA time-zone";

/// A string property; "" for one that is missing or no string.
std::string text_of(const json::object& fields, std::string_view name);
/// A whole number; nothing for anything else.
std::optional<std::int64_t> whole_of(const json::object& fields, std::string_view name);
/// A property {"disabled":true} or missing is off.
bool is_on(const json::value& policy);

} // namespace calfleet::calcom_sim
