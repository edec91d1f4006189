#include "tests/calcom-sim/booking_fields.h"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <vector>

#include "tests/calcom-sim/bookings_pipe.h"

namespace calfleet::calcom_sim {
namespace {

constexpr std::string_view kPhoneSlug = "attendeePhoneNumber";
constexpr std::array<std::string_view, 5> kNamedBySlug{
    "title", "notes", "guests", "rescheduleReason", "location"};
constexpr std::array<std::string_view, 3> kNamedByType{"name", "splitName", "email"};
constexpr std::array<std::string_view, 12> kOwnTypes{
    "phone",
    "address",
    "text",
    "number",
    "textarea",
    "select",
    "multiselect",
    "multiemail",
    "checkbox",
    "radio",
    "boolean",
    "url"};

template <class Names>
bool is_one_of(const Names& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool flag_of(const json::object& field, std::string_view name) {
    const json::value* const value = field.if_contains(name);
    return value != nullptr && value->is_bool() && value->get_bool();
}

bool has_options(std::string_view type) {
    return type == "select" || type == "multiselect" || type == "checkbox" || type == "radio";
}

bool has_placeholder(std::string_view type) {
    return type != "boolean" && type != "multiselect" && type != "checkbox" && type != "radio";
}

// The complaints about one field's properties, in the order in which they are declared.
class Complaints {
public:
    explicit Complaints(const json::object& field)
        : field_(field) {}

    void text(std::string_view name, bool must) {
        check(name, must, &json::value::is_string, " must be a string");
    }
    void flag(std::string_view name, bool must) {
        check(name, must, &json::value::is_bool, " must be a boolean value");
    }
    void list(std::string_view name) {
        check(name, true, &json::value::is_array, " must be an array");
    }
    const std::string& found() const { return found_; }

private:
    void check(
        std::string_view name,
        bool must,
        bool (json::value::*fits)() const noexcept,
        const char* rule
    ) {
        const json::value* const value = field_.if_contains(name);
        const bool absent = value == nullptr || value->is_null();
        if (absent ? !must : (value->*fits)()) return;
        if (!found_.empty()) found_ += ", ";
        found_.append(name).append(rule);
    }

    const json::object& field_;
    std::string found_{};
};

std::string complaints_about(const json::object& field, std::string_view type) {
    Complaints wrong(field);
    if (type == "splitName") {
        for (const char* name :
             {"firstNameLabel", "firstNamePlaceholder", "lastNameLabel", "lastNamePlaceholder"})
            wrong.text(name, false);
        wrong.flag("lastNameRequired", false);
        wrong.flag("disableOnPrefill", false);
        return wrong.found();
    }
    const bool own = is_one_of(kOwnTypes, type);
    if (own) wrong.text("slug", true);
    wrong.text("label", own);
    if (own || (type != "name" && type != "location")) wrong.flag("required", own);
    if (!own || has_placeholder(type)) wrong.text("placeholder", false);
    if (has_options(type)) wrong.list("options");
    wrong.flag("disableOnPrefill", false);
    wrong.flag("hidden", false);
    return wrong.found();
}

// One field of a request; slugs are those before it.
std::optional<std::string> objection(const json::object& field, std::vector<std::string>& slugs) {
    const std::string type = text_of(field, "type");
    const std::string slug = text_of(field, "slug");
    const bool by_slug = is_one_of(kNamedBySlug, slug);
    const bool by_type = is_one_of(kNamedByType, type);
    if (!by_slug && type.empty())
        return "All booking fields except ones with slug equal to title, notes, guests, "
               "rescheduleReason and location must have a 'type' property.";
    if (!by_type && slug.empty())
        return "Each booking field except ones with type equal to name, splitName, email must have "
               "a 'slug' property.";
    if (std::find(slugs.begin(), slugs.end(), slug) != slugs.end())
        return "Duplicate bookingFields slug '" + slug +
               "' found. All bookingFields slugs must be unique.";
    if (!by_type) slugs.push_back(slug);
    if (!by_slug && !by_type && !is_one_of(kOwnTypes, type))
        return "Unsupported booking field type '" + type + "'.";
    const std::string wrong = complaints_about(field, by_slug ? slug : type);
    if (wrong.empty()) return std::nullopt;
    return "Validation failed for " + (type.empty() ? slug : type) + " booking field: " + wrong;
}

void copy_text(const json::object& from, json::object& to, std::string_view name) {
    const json::value* const value = from.if_contains(name);
    if (value != nullptr && value->is_string()) to[name] = *value;
}

json::object own_field(const json::object& given) {
    const std::string type = text_of(given, "type");
    json::object field{{"isDefault", false}, {"type", type}, {"slug", text_of(given, "slug")}};
    field["label"] = text_of(given, "label");
    field["required"] = flag_of(given, "required");
    if (has_placeholder(type)) copy_text(given, field, "placeholder");
    field["disableOnPrefill"] = flag_of(given, "disableOnPrefill");
    field["hidden"] = flag_of(given, "hidden");
    if (has_options(type)) field["options"] = given.at("options");
    return field;
}

json::object split_name(const json::object& given) {
    json::object field{{"isDefault", true}, {"type", "splitName"}, {"slug", "splitName"}};
    for (const char* name :
         {"firstNameLabel", "firstNamePlaceholder", "lastNameLabel", "lastNamePlaceholder"})
        field[name] = text_of(given, name);
    field["lastNameRequired"] = flag_of(given, "lastNameRequired");
    field["disableOnPrefill"] = flag_of(given, "disableOnPrefill");
    return field;
}

// A default field as a request changes it: what it leaves out is off, not as it was.
json::object changed_default(const json::object& usual, const json::object& given) {
    const std::string slug = text_of(usual, "slug");
    json::object field{{"isDefault", true}, {"type", usual.at("type")}, {"slug", slug}};
    copy_text(given, field, "label");
    if (slug == "location") {
        field["required"] = false;
        field["hidden"] = false;
        return field;
    }
    copy_text(given, field, "placeholder");
    field["required"] = slug == "name" || flag_of(given, "required");
    field["disableOnPrefill"] = flag_of(given, "disableOnPrefill");
    if (slug != "name") field["hidden"] = flag_of(given, "hidden");
    return field;
}

// What a request says of a default field; nullptr: nothing.
const json::object* said_of(const std::vector<json::object>& given, std::string_view slug) {
    for (const json::object& field : given) {
        const std::string type = text_of(field, "type");
        const std::string own = text_of(field, "slug");
        if (slug == "name"    ? type == "name" || type == "splitName"
            : slug == "email" ? type == "email"
                              : own == slug)
            return &field;
    }
    return nullptr;
}

bool is_own(const json::object& field) {
    return !is_one_of(kNamedBySlug, text_of(field, "slug")) &&
           !is_one_of(kNamedByType, text_of(field, "type"));
}

bool is_reachable_by(const json::array& fields, std::string_view slug) {
    return std::any_of(fields.begin(), fields.end(), [&](const json::value& field) {
        const json::object& one = field.get_object();
        return text_of(one, "slug") == slug && flag_of(one, "required") && !flag_of(one, "hidden");
    });
}

} // namespace

json::array default_booking_fields() {
    static const json::array kFields = json::parse(R"([
        {"isDefault":true,"type":"name","slug":"name","required":true,"label":"your_name",
         "disableOnPrefill":false},
        {"isDefault":true,"type":"email","slug":"email","required":true,"disableOnPrefill":false,
         "hidden":false},
        {"isDefault":true,"type":"radioInput","slug":"location","required":false,"hidden":false},
        {"isDefault":true,"type":"text","slug":"title","required":true,"disableOnPrefill":false,
         "hidden":true},
        {"isDefault":true,"type":"textarea","slug":"notes","required":false,
         "disableOnPrefill":false,"hidden":false},
        {"isDefault":true,"type":"multiemail","slug":"guests","required":false,
         "disableOnPrefill":false,"hidden":false},
        {"isDefault":true,"type":"textarea","slug":"rescheduleReason","required":false,
         "disableOnPrefill":false,"hidden":false}])")
                                           .get_array();
    return kFields;
}

std::optional<std::string> booking_fields_objection(const json::value& given) {
    if (!given.is_array()) return "'bookingFields' must be an array.";
    if (given.get_array().empty()) return "'bookingFields' must contain at least 1 booking field.";
    std::vector<std::string> slugs;
    for (const json::value& field : given.get_array()) {
        const json::object none;
        const json::object* const object = field.if_object();
        if (auto wrong = objection(object == nullptr ? none : *object, slugs)) return wrong;
    }
    return std::nullopt;
}

json::array booking_fields_from(const json::value* given, const std::optional<bool>& hide_guests) {
    std::vector<json::object> wanted;
    if (given != nullptr && given->is_array())
        for (const json::value& field : given->get_array())
            if (field.is_object()) wanted.push_back(field.get_object());
    if (hide_guests) {
        const auto guests = std::find_if(wanted.begin(), wanted.end(), [](const auto& field) {
            return text_of(field, "slug") == "guests";
        });
        if (guests != wanted.end())
            (*guests)["hidden"] = *hide_guests;
        else
            wanted.push_back({{"slug", "guests"}, {"hidden", *hide_guests}});
    }
    json::array fields;
    for (const json::value& element : default_booking_fields()) {
        const json::object& usual = element.get_object();
        const std::string slug = text_of(usual, "slug");
        const json::object* const said = said_of(wanted, slug);
        if (said == nullptr)
            fields.push_back(usual);
        else if (text_of(*said, "type") == "splitName")
            fields.push_back(split_name(*said));
        else
            fields.push_back(changed_default(usual, *said));
        if (slug != "location") continue;
        for (const json::object& field : wanted) {
            if (!is_own(field)) continue;
            json::object own = own_field(field);
            if (text_of(own, "type") == "phone" && text_of(own, "slug") == kPhoneSlug)
                own["isDefault"] = true;
            fields.push_back(std::move(own));
        }
    }
    return fields;
}

bool hides_guests(const json::array& fields) {
    return std::any_of(fields.begin(), fields.end(), [](const json::value& field) {
        const json::object& one = field.get_object();
        return text_of(one, "slug") == "guests" && flag_of(one, "hidden");
    });
}

std::optional<std::string> reachability_objection(const json::array& fields) {
    if (is_reachable_by(fields, "email")) return std::nullopt;
    if (is_reachable_by(fields, kPhoneSlug))
        return "checkIsEmailUserAccessible - Email booking field must be required and visible";
    return "Booking fields validation failed: visible and required email or visible and required "
           "attendee phone field is needed.";
}

void hide_internal_parts(json::value& fields) {
    if (!fields.is_array()) return;
    for (json::value& field : fields.get_array())
        if (field.is_object()) field.get_object().erase("internal");
}

json::array booking_fields_of_child(const json::array& fields) {
    json::array children = fields;
    for (json::value& field : children) {
        if (!field.is_object()) continue;
        json::value* const slug = field.get_object().if_contains("slug");
        if (slug == nullptr || !slug->is_string()) continue;
        std::string plain;
        for (const char letter : std::string_view(slug->get_string())) {
            const auto code = static_cast<unsigned char>(letter);
            // A hyphen for each UTF-16 unit: one a character, two for those beyond the first plane.
            if ((code & 0xC0U) == 0x80U) continue;
            if (code >= 0xF0U) plain.push_back('-');
            const bool kept = (letter >= 'a' && letter <= 'z') ||
                              (letter >= 'A' && letter <= 'Z') ||
                              (letter >= '0' && letter <= '9') || letter == '-' || letter == '_';
            plain.push_back(kept ? letter : '-');
        }
        *slug = plain;
    }
    return children;
}

} // namespace calfleet::calcom_sim
