#include "common/events/duration_options.h"

#include "common/json/canonical.h"
#include "common/json/parser.h"

#include <algorithm>

namespace calfleet::events {
namespace {

constexpr std::string_view kList = "lengthInMinutesOptions";
constexpr std::size_t kMostOptions = 100;
constexpr std::int64_t kMostMinutes = 60L * 24 * 365;

/// What cannot be written stands there as it is, so that it differs; what is too large for that, as
/// something that no list of minutes is.
DurationOptions unfit(std::string json, const std::string& why) {
    constexpr std::size_t kMostBytes = 4096;
    DurationOptions options;
    options.json = json.size() <= kMostBytes ? std::move(json) : "[0]";
    options.objection = std::string(kList) + ": " + why;
    return options;
}

} // namespace

bool DurationOptions::allow(std::int64_t length) const {
    return minutes.empty() || std::binary_search(minutes.begin(), minutes.end(), length);
}

DurationOptions duration_options_of(json::Value list) {
    if (!list.is_array())
        return unfit(json::canonical(list), std::string(json::name(list.kind())) + ", not a list");
    DurationOptions options;
    for (const json::Value element : list.elements()) {
        if (options.minutes.size() == kMostOptions)
            return unfit("[0]", "more than " + std::to_string(kMostOptions) + " lengths");
        const auto length = element.as_int64();
        if (!length || *length < 1 || *length > kMostMinutes)
            return unfit(
                json::canonical(list),
                "has something that is no number of minutes from 1 to " +
                    std::to_string(kMostMinutes)
            );
        options.minutes.push_back(*length);
    }
    std::sort(options.minutes.begin(), options.minutes.end());
    options.minutes.erase(
        std::unique(options.minutes.begin(), options.minutes.end()), options.minutes.end()
    );
    options.json = "[";
    for (const std::int64_t length : options.minutes)
        options.json.append(options.json.size() > 1 ? "," : "").append(std::to_string(length));
    options.json += ']';
    return options;
}

DurationOptions duration_options_of(std::string_view json) {
    json::Parser parser;
    const auto parsed = parser.parse(json);
    if (parsed) return duration_options_of(*parsed);
    return unfit(std::string(json), parsed.error().message);
}

} // namespace calfleet::events
