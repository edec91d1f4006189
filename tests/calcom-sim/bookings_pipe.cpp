#include "tests/calcom-sim/bookings_pipe.h"

#include <algorithm>

namespace calfleet::calcom_sim {
namespace {

bool is_digit(char letter) {
    return letter >= '0' && letter <= '9';
}

// Whether a text after the 'T' ends with Z or an offset.
bool names_zone(std::string_view time) {
    return time.find_first_of("Zz+-") != std::string_view::npos;
}

} // namespace

void Objections::add(std::string_view property, std::string_view constraint) {
    if (!text_.empty()) text_ += ", ";
    text_.append(property).append(" property is wrong,").append(constraint).append(" ");
}

void Objections::add_within(
    std::string_view parent, std::string_view property, std::string_view constraint
) {
    if (!text_.empty()) text_ += ", ";
    text_.append(parent).append(" property is wrong, ");
    text_.append(property).append(" property is wrong,").append(constraint).append(" ");
}

void Objections::refuse_others(
    const json::object& fields, const std::vector<std::string_view>& allowed
) {
    for (const auto& field : fields) {
        const std::string_view name = field.key();
        if (std::find(allowed.begin(), allowed.end(), name) == allowed.end())
            add(name, "property " + std::string(name) + " should not exist");
    }
}

bool is_bare_date(std::string_view text) {
    return text.size() == 10 && text[4] == '-' && text[7] == '-' &&
           std::count_if(text.begin(), text.end(), is_digit) == 8;
}

std::optional<Instant> iso_instant(std::string_view text) {
    if (text.size() < 10 || !is_bare_date(text.substr(0, 10))) return std::nullopt;
    std::string full(text.substr(0, 10));
    std::string_view time = text.substr(10);
    if (time.empty()) {
        full += "T00:00:00Z";
    } else {
        const bool without_seconds = time.size() >= 6 && (time.size() == 6 || time[6] != ':');
        full.append(time.substr(0, without_seconds ? 6 : time.size()));
        if (without_seconds) full.append(":00").append(time.substr(6));
        if (!names_zone(time)) full += "Z";
    }
    const auto instant = parse_instant(full);
    return instant ? std::optional<Instant>(*instant) : std::nullopt;
}

std::optional<Instant> iso_instant(const json::value* value) {
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return iso_instant(std::string_view(value->get_string()));
}

std::string text_of(const json::object& fields, std::string_view name) {
    const json::value* const value = fields.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string{};
}

std::optional<std::int64_t> whole_of(const json::object& fields, std::string_view name) {
    const json::value* const value = fields.if_contains(name);
    return value != nullptr && value->is_int64() ? std::optional(value->get_int64()) : std::nullopt;
}

bool is_on(const json::value& policy) {
    if (!policy.is_object()) return false;
    const json::value* const disabled = policy.get_object().if_contains("disabled");
    return disabled == nullptr || !disabled->is_bool() || !disabled->get_bool();
}

} // namespace calfleet::calcom_sim
