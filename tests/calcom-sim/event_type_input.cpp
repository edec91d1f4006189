#include "tests/calcom-sim/event_type_input.h"

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
constexpr std::array<Rule, 14> kRules{{
    {.name = "lengthInMinutes",
     .kind = Kind::Whole,
     .least = 1,
     .required = true,
     .never_null = true},
    {.name = "title", .kind = Kind::Text, .required = true, .never_null = true},
    {.name = "slug", .kind = Kind::Text, .required = true, .never_null = true},
    {.name = "description", .kind = Kind::Text},
    {.name = "bookingFields", .kind = Kind::List},
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

// The set that a request asks for: the default fields, changed where the request names them, and
// the request's own.
json::array booking_fields_from(const json::array& given) {
    json::array fields = default_booking_fields();
    for (const json::value& element : given) {
        if (!element.is_object()) continue;
        json::object field = element.get_object();
        const json::value* slug = field.if_contains("slug");
        const json::value wanted = slug == nullptr ? field["type"] : *slug;
        const auto known = std::find_if(fields.begin(), fields.end(), [&](const json::value& one) {
            return one.at("slug") == wanted;
        });
        json::object merged =
            known == fields.end() ? json::object{{"isDefault", false}} : known->get_object();
        for (const auto& part : field)
            merged[part.key()] = part.value();
        if (known == fields.end())
            fields.push_back(std::move(merged));
        else
            *known = std::move(merged);
    }
    return fields;
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
        type.slug = slug_of(value.get_string());
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
    else if (name == "bookingFields" && value.is_array())
        type.booking_fields = booking_fields_from(value.get_array());
    else if (name == "isInstantEvent")
        return;
    else if (is_rest_property(name) && !value.is_null())
        type.rest[name] = as_shown(name, value);
}

} // namespace

std::optional<Answer> objection(const Context& context, Writing writing) {
    if (context.request.body.is_array()) return context.unforeseen();
    const json::object& fields = context.request.fields();
    json::array errors;
    bool null_refused = false;
    for (const Rule& rule : kRules) {
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
    return std::nullopt;
}

void write_fields(EventType& type, const json::object& fields) {
    for (const auto& field : fields)
        write_one(type, field.key(), field.value());
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
    std::string slug;
    for (const char letter : text) {
        const auto code = static_cast<unsigned char>(letter);
        const bool plain = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') ||
                           letter == '_' || letter == '.' || code >= 0x80;
        if (plain)
            slug.push_back(letter);
        else if (letter >= 'A' && letter <= 'Z')
            slug.push_back(static_cast<char>(letter - 'A' + 'a'));
        else if (!slug.empty() && slug.back() != '-')
            slug.push_back('-');
    }
    while (!slug.empty() && slug.back() == '-')
        slug.pop_back();
    return slug;
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
