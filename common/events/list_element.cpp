#include "common/events/list_element.h"

#include "common/core/text.h"
#include "common/json/canonical.h"

#include <algorithm>
#include <array>

namespace calfleet::events {
namespace {

/// Of a repeated key the last, as jsonb has it.
std::optional<json::Value> last(json::Value object, std::string_view key) {
    std::optional<json::Value> found;
    for (const json::Member member : object.members())
        if (member.key == key) found = member.value;
    return found;
}

bool says_nothing(json::Value value) {
    return value.is_null() || value.as_text() == std::string_view{};
}

/// Words of the API are quoted; what a person wrote is not: it may be an address.
std::string shown(std::string_view key, const std::optional<json::Value>& value) {
    constexpr std::array<std::string_view, 3> kWords{"type", "slug", "integration"};
    if (!value) return "";
    if (const auto text = value->as_text())
        return std::find(kWords.begin(), kWords.end(), key) != kWords.end()
                   ? "'" + printable(*text, 64) + "' "
                   : "";
    if (value->is_array() || value->is_object())
        return std::string(json::name(value->kind())) + " ";
    return json::canonical(*value) + " ";
}

} // namespace

ListElement::ListElement(
    std::string_view list, std::size_t index, json::Value value, std::string& objection
)
    : list_(list)
    , index_(index)
    , value_(value)
    , objection_(objection) {
    if (!value.is_object()) unfit("", std::string(json::name(value.kind())) + ", not an object");
}

std::optional<json::Value> ListElement::member(std::string_view key) {
    asked_.push_back(key);
    const auto found = last(value_, key);
    return found && !says_nothing(*found) ? found : std::nullopt;
}

std::optional<std::string_view> ListElement::text(std::string_view key) {
    const auto found = member(key);
    if (!found) return std::nullopt;
    const auto text = found->as_text();
    if (!text) unfit(key, "is not text");
    return text;
}

std::optional<bool> ListElement::truth(std::string_view key) {
    const auto found = member(key);
    if (!found) return std::nullopt;
    const auto truth = found->as_bool();
    if (!truth) unfit(key, "is neither true nor false");
    return truth;
}

void ListElement::object_to(std::string_view key, std::string_view why) {
    if (!objection_.empty()) return;
    objection_ = std::string(list_) + "[" + std::to_string(index_) + "]";
    if (!key.empty()) objection_ += "." + printable(key, 64);
    objection_ += ": " + shown(key, key.empty() ? std::nullopt : last(value_, key));
    objection_ += why;
}

void ListElement::unfit(std::string_view key, std::string_view why) {
    object_to(key, why);
    fit_ = false;
}

bool ListElement::close() {
    for (const json::Member member : value_.members())
        if (!says_nothing(member.value) &&
            std::find(asked_.begin(), asked_.end(), member.key) == asked_.end())
            object_to(member.key, "cannot be written through Cal.com's API; take it out");
    return fit_;
}

} // namespace calfleet::events
