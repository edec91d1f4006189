#include "common/calcom/raw_booking_fields.h"

#include "common/core/text.h"
#include "common/json/parser.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace calfleet::calcom {
namespace {

// Members that say what the API's form says as well, or what Cal.com works out by itself.
constexpr std::array<std::string_view, 19> kCarried{
    "name",
    "type",
    "label",
    "labelAsSafeHtml",
    "defaultLabel",
    "placeholder",
    "defaultPlaceholder",
    "required",
    "hidden",
    "editable",
    "sources",
    "views",
    "getOptionsAt",
    "optionsInputs",
    "hideWhenJustOneOption",
    "variant",
    "variantsConfig",
    "disableOnPrefill",
    "isDefault"};

bool says_nothing(json::Value value) {
    if (value.is_null() || value.as_bool() == false) return true;
    if (const auto text = value.as_text()) return text->empty();
    for ([[maybe_unused]] const json::Value element : value.elements())
        return false;
    for ([[maybe_unused]] const json::Member member : value.members())
        return false;
    return value.is_array() || value.is_object();
}

/// The API's options are texts: of an option whose label is not its value one of both goes.
bool has_labels(json::Value options) {
    if (!options.is_array()) return false;
    for (const json::Value option : options.elements()) {
        if (!option.is_object()) continue;
        const auto label = option.find("label");
        const auto value = option.find("value");
        if (label && value && label->as_text() != value->as_text()) return true;
    }
    return false;
}

std::string lost_of(json::Value field) {
    std::string lost;
    const auto add = [&](std::string_view what) {
        if (!lost.empty()) lost += ", ";
        lost += what;
    };
    for (const json::Member member : field.members()) {
        if (member.key == "options") {
            if (has_labels(member.value)) add("labels of options");
            continue;
        }
        const bool carried =
            std::find(kCarried.begin(), kCarried.end(), member.key) != kCarried.end();
        if (!carried && !says_nothing(member.value)) add(printable(member.key, 40));
    }
    return lost;
}

} // namespace

Result<RawQuestions> read_raw_questions(json::Value data) {
    const auto event_type = data.find("eventType");
    const auto fields = (event_type ? *event_type : data).find("bookingFields");
    if (!fields || !fields->is_array()) return invalid("data.eventType.bookingFields: missing");
    RawQuestions raw;
    for (const json::Value field : fields->elements()) {
        if (!field.is_object()) continue;
        const auto name = field.find("name");
        const std::string_view slug = name ? name->as_text().value_or("?") : "?";
        raw.slugs.emplace_back(slug);
        std::string lost = lost_of(field);
        if (!lost.empty()) raw.losses.push_back({printable(slug, 40), std::move(lost)});
    }
    return raw;
}

bool shows_all_of(const RawQuestions& raw, std::string_view booking_fields) {
    json::Parser parser;
    const auto list = parser.parse(booking_fields);
    if (!list) return false;
    for (const json::Value field : list->elements()) {
        const auto is_default = field.find("isDefault");
        if (is_default && is_default->as_bool() == true) continue;
        const auto slug = field.find("slug");
        const auto text = slug ? slug->as_text() : std::nullopt;
        if (!text || std::find(raw.slugs.begin(), raw.slugs.end(), *text) == raw.slugs.end())
            return false;
    }
    return true;
}

} // namespace calfleet::calcom
