#include "common/config/duration.h"

#include "common/core/redaction.h"
#include "common/core/text.h"

#include <array>

namespace calfleet::config {
namespace {

struct Unit {
    std::string_view name;
    std::int64_t milliseconds;
};

constexpr std::array<Unit, 5> kUnits{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::int64_t kLongest = 3650 * kUnits.front().milliseconds;

} // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
    const auto wrong = [&](std::string_view why) {
        return invalid(
            "'" + printable(without_keys(text).text, 40) + "' is not a duration (" +
            std::string(why) + "); expected like 500ms, 30s, 5m, 12h, 7d"
        );
    };
    const auto digits = text.find_first_not_of("0123456789");
    if (digits == 0 || text.empty()) return wrong("no number");
    if (digits == std::string_view::npos) return wrong("no unit");
    const auto number = parse_int64(text.substr(0, digits));
    if (!number) return wrong("number too large");
    for (const Unit& unit : kUnits) {
        if (text.substr(digits) != unit.name) continue;
        if (*number > kLongest / unit.milliseconds) return wrong("longer than 3650d");
        return std::chrono::milliseconds{*number * unit.milliseconds};
    }
    return wrong("unknown unit");
}

std::string format_duration(std::chrono::milliseconds duration) {
    if (duration.count() == 0) return "0s";
    for (const Unit& unit : kUnits)
        if (duration.count() % unit.milliseconds == 0)
            return std::to_string(duration.count() / unit.milliseconds) + std::string(unit.name);
    return {};
}

} // namespace calfleet::config
