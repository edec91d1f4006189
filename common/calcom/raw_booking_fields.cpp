#include "common/calcom/raw_booking_fields.h"

#include "common/core/text.h"

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

Result<std::vector<QuestionLosses>> read_question_losses(json::Value data) {
    const auto event_type = data.find("eventType");
    const auto fields = (event_type ? *event_type : data).find("bookingFields");
    if (!fields || !fields->is_array()) return invalid("data.eventType.bookingFields: missing");
    std::vector<QuestionLosses> losses;
    for (const json::Value field : fields->elements()) {
        if (!field.is_object()) continue;
        std::string lost = lost_of(field);
        if (lost.empty()) continue;
        const auto name = field.find("name");
        const auto slug = name ? name->as_text() : std::nullopt;
        losses.push_back({printable(slug.value_or("?"), 40), std::move(lost)});
    }
    return losses;
}

} // namespace calfleet::calcom
