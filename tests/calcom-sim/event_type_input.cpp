#include "tests/calcom-sim/event_type_input.h"

#include "common/core/text.h"

#include <algorithm>
#include <array>
#include <limits>

#include "tests/calcom-sim/event_type_view.h"
#include "tests/calcom-sim/shapes.h"

namespace calfleet::calcom_sim {
namespace {

enum class Kind { Text, Whole, Flag, List };

struct Rule {
    std::string_view name;
    Kind kind;
    std::optional<int> least{};
    bool required{};   ///< to create
    bool never_null{}; ///< the database refuses null: 500
};
// In the order in which complaints are listed. The documented minimum of the buffers is not
// enforced.
constexpr std::array<Rule, 13> kRules{{
    {.name = "lengthInMinutes",
     .kind = Kind::Whole,
     .least = 1,
     .required = true,
     .never_null = true},
    {.name = "title", .kind = Kind::Text, .required = true, .never_null = true},
    {.name = "slug", .kind = Kind::Text, .required = true, .never_null = true},
    {.name = "description", .kind = Kind::Text},
    {.name = "disableGuests", .kind = Kind::Flag},
    {.name = "slotInterval", .kind = Kind::Whole},
    {.name = "minimumBookingNotice", .kind = Kind::Whole, .least = 0, .never_null = true},
    {.name = "beforeEventBuffer", .kind = Kind::Whole, .never_null = true},
    {.name = "afterEventBuffer", .kind = Kind::Whole, .never_null = true},
    {.name = "scheduleId", .kind = Kind::Whole},
    {.name = "offsetStart", .kind = Kind::Whole, .least = 1},
    {.name = "hidden", .kind = Kind::Flag, .never_null = true},
    {.name = "locations", .kind = Kind::List},
}};

bool is_whole(const json::value& value) {
    return value.is_int64() && value.get_int64() <= std::numeric_limits<int>::max() &&
           value.get_int64() >= std::numeric_limits<int>::min();
}

// What the validators of one property say; empty: nothing.
json::object constraints_of(const Rule& rule, const json::value* value) {
    json::object constraints;
    const std::string name(rule.name);
    const bool absent = value == nullptr;
    switch (rule.kind) {
    case Kind::Text:
        if (absent || !value->is_string()) constraints["isString"] = name + " must be a string";
        break;
    case Kind::Flag:
        if (absent || !value->is_bool())
            constraints["isBoolean"] = name + " must be a boolean value";
        break;
    case Kind::List:
        if (absent || !value->is_array()) constraints["isArray"] = name + " must be an array";
        break;
    case Kind::Whole:
        if (rule.least && (absent || !value->is_int64() || value->get_int64() < *rule.least))
            constraints["min"] = name + " must not be less than " + std::to_string(*rule.least);
        if (absent || !is_whole(*value)) constraints["isInt"] = name + " must be an integer number";
        break;
    }
    return constraints;
}

int whole(const json::value& value) {
    return static_cast<int>(value.get_int64());
}

template <class T>
std::optional<T> whole_or_none(const json::value& value) {
    if (value.is_null()) return std::nullopt;
    return static_cast<T>(value.get_int64());
}

bool is_disabled(const json::value& value) {
    const json::value* disabled =
        value.is_object() ? value.get_object().if_contains("disabled") : nullptr;
    return disabled != nullptr && disabled->is_bool() && disabled->get_bool();
}

// Properties that come back a little different from how they were sent.
json::value as_shown(std::string_view name, const json::value& value) {
    if (name == "recurrence" && is_disabled(value)) return nullptr;
    const bool marked = name == "seats" || name == "recurrence";
    if (!marked || !value.is_object() || is_disabled(value)) return value;
    json::object shown{{"disabled", false}};
    for (const auto& part : value.get_object())
        shown[part.key()] = part.value();
    return shown;
}

void write_one(EventType& type, std::string_view name, const json::value& value) {
    if (name == "title")
        type.title = value.get_string().c_str();
    else if (name == "slug")
        type.slug = value.get_string().empty() ? type.slug : slug_of(value.get_string());
    else if (name == "description")
        type.description = value.is_string()
                               ? std::optional<std::string>(value.get_string().c_str())
                               : std::nullopt;
    else if (name == "lengthInMinutes")
        type.length_minutes = whole(value);
    else if (name == "hidden")
        type.hidden = value.get_bool();
    else if (name == "beforeEventBuffer")
        type.before_buffer = whole(value);
    else if (name == "afterEventBuffer")
        type.after_buffer = whole(value);
    else if (name == "minimumBookingNotice")
        type.minimum_notice = whole(value);
    else if (name == "slotInterval")
        type.slot_interval = whole_or_none<int>(value);
    else if (name == "scheduleId")
        type.schedule_id = whole_or_none<Id>(value);
    else if (name == "locations" && value.is_array())
        type.locations = value.get_array();
    else if (name == "isInstantEvent" || name == "bookingFields" || name == "disableGuests")
        return;
    else if (is_rest_property(name) && !value.is_null())
        type.rest[name] = as_shown(name, value);
}

std::optional<bool> hide_guests_in(const json::object& fields) {
    const json::value* const value = fields.if_contains("disableGuests");
    return value != nullptr && value->is_bool() ? std::optional(value->get_bool()) : std::nullopt;
}

// A request that only disables guests asks for a whole set of booking fields, too.
bool asks_for_booking_fields(const json::object& fields) {
    const json::value* const given = fields.if_contains("bookingFields");
    return (given != nullptr && given->is_array()) || hide_guests_in(fields);
}

json::array wanted_booking_fields(const json::object& fields) {
    return booking_fields_from(fields.if_contains("bookingFields"), hide_guests_in(fields));
}

// The check of booking fields speaks before all others, and for itself.
std::optional<Answer> booking_fields_refusal(const Context& context) {
    const json::value* const given = context.request.fields().if_contains("bookingFields");
    if (given == nullptr || given->is_null()) return std::nullopt;
    const auto wrong = booking_fields_objection(*given);
    return wrong ? std::optional<Answer>(context.refuse(400, *wrong)) : std::nullopt;
}

// The lengths that a booker may choose from.
json::object length_options_constraints(const json::value& value) {
    const std::string name = "lengthInMinutesOptions";
    json::object constraints;
    const json::array* const list = value.if_array();
    const auto each = [&](auto fits) {
        return list != nullptr && std::all_of(list->begin(), list->end(), fits);
    };
    if (!each([](const json::value& one) { return one.is_int64() && one.get_int64() >= 1; }))
        constraints["min"] = "each value in " + name + " must not be less than 1";
    if (!each(is_whole))
        constraints["isInt"] = "each value in " + name + " must be an integer number";
    const bool unique = each([&](const json::value& one) {
        return std::count(list->begin(), list->end(), one) == 1;
    });
    if (!unique) constraints["arrayUnique"] = "All " + name + "'s elements must be unique";
    if (list == nullptr || list->empty())
        constraints["arrayNotEmpty"] = name + " should not be empty";
    if (list == nullptr) constraints["isArray"] = name + " must be an array";
    return constraints;
}

void check_length_options(const json::object& fields, json::array& errors) {
    constexpr std::string_view kName = "lengthInMinutesOptions";
    const json::value* const options = fields.if_contains(kName);
    if (options == nullptr || options->is_null()) return;
    const json::object constraints = length_options_constraints(*options);
    if (!constraints.empty())
        errors.push_back(validation_error(fields, kName, options, constraints));
}

} // namespace

std::optional<Answer> objection(const Context& context, Writing writing) {
    if (context.request.body.is_array()) return context.unforeseen();
    const json::object& fields = context.request.fields();
    if (auto wrong = booking_fields_refusal(context)) return wrong;
    json::array errors;
    bool null_refused = false;
    for (const Rule& rule : kRules) {
        if (rule.name == "title") check_length_options(fields, errors);
        const json::value* value = fields.if_contains(rule.name);
        const bool must = writing == Writing::Create && rule.required;
        const bool is_null = value != nullptr && value->is_null();
        if (is_null && !must) null_refused = null_refused || rule.never_null;
        if ((value == nullptr || is_null) && !must) continue;
        json::object constraints = constraints_of(rule, value);
        if (!constraints.empty())
            errors.push_back(validation_error(fields, rule.name, value, constraints));
    }
    if (!errors.empty()) return context.invalid(std::move(errors));
    if (null_refused) return context.unforeseen();
    if (!asks_for_booking_fields(fields)) return std::nullopt;
    const auto wrong = reachability_objection(wanted_booking_fields(fields));
    return wrong ? std::optional<Answer>(context.refuse(400, *wrong)) : std::nullopt;
}

void write_fields(EventType& type, const json::object& fields) {
    for (const auto& field : fields)
        write_one(type, field.key(), field.value());
    if (!asks_for_booking_fields(fields)) return;
    type.booking_fields = wanted_booking_fields(fields);
    type.rest["disableGuests"] = hides_guests(type.booking_fields);
}

std::optional<Answer> foreign_schedule(const Context& context, Id owner) {
    const json::value* wanted = context.request.fields().if_contains("scheduleId");
    if (wanted == nullptr || wanted->is_null()) return std::nullopt;
    const Schedule* schedule = context.world.schedules.find(wanted->get_int64());
    if (schedule != nullptr && schedule->owner_id == owner) return std::nullopt;
    return context.refuse(
        404,
        "User with ID=" + std::to_string(owner) +
            " does not own schedule with ID=" + std::to_string(wanted->get_int64())
    );
}

std::string slug_of(std::string_view text) {
    // Little is done to it: blanks around it go, then what may not stand first.
    text = trim(text);
    for (const char first : {'-', '.', '_'})
        while (text.starts_with(first))
            text.remove_prefix(1);
    return std::string(text);
}

bool slug_is_taken(const World& world, const EventType& self, std::string_view slug) {
    for (const auto& [id, type] : world.event_types.rows()) {
        if (id == self.id || type.slug != slug) continue;
        if (self.team_id ? type.team_id == self.team_id
                         : !type.team_id && type.owner_id == self.owner_id)
            return true;
    }
    return false;
}

} // namespace calfleet::calcom_sim
