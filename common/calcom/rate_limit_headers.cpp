#include "common/calcom/rate_limit_headers.h"

#include "common/core/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace calfleet::calcom {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMaxNameBytes = 40;
constexpr double kLeastEpochSeconds = 1e9;
constexpr double kLeastEpochMilliseconds = 1e12;

milliseconds bounded(milliseconds time) {
    return std::clamp(time, milliseconds{0}, kLongestReset);
}

milliseconds until(Instant then, Instant now) {
    return std::chrono::ceil<milliseconds>(then - now);
}

std::optional<unsigned> month_of(std::string_view name) {
    static constexpr std::array<std::string_view, 12> kMonths{
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto found = std::ranges::find(kMonths, name);
    if (found == kMonths.end()) return std::nullopt;
    return static_cast<unsigned>(found - kMonths.begin()) + 1;
}

// "Fri, 20 Nov 2026 08:09:40 GMT", the only form that RFC 9110 lets a server send.
std::optional<Instant> parse_http_date(std::string_view text) {
    if (text.size() != 29 || text.substr(25) != " GMT") return std::nullopt;
    const auto month = month_of(text.substr(8, 3));
    if (!month) return std::nullopt;
    const std::string month_digits = (*month < 10 ? "0" : "") + std::to_string(*month);
    const auto instant = parse_instant(
        std::string(text.substr(12, 4)) + "-" + month_digits + "-" +
        std::string(text.substr(5, 2)) + "T" + std::string(text.substr(17, 8)) + "Z"
    );
    if (!instant) return std::nullopt;
    return *instant;
}

std::optional<milliseconds> parse_wait(std::string_view text, Instant now) {
    text = trim(text);
    std::string_view digits = text;
    if (digits.ends_with('s')) digits.remove_suffix(1);
    if (const auto number = parse_double(digits)) {
        if (*number >= kLeastEpochMilliseconds)
            return bounded(
                until(Instant{} + milliseconds(std::llround(std::min(*number, 1e14))), now)
            );
        if (*number >= kLeastEpochSeconds)
            return bounded(until(Instant{} + milliseconds(std::llround(*number * 1000)), now));
        return bounded(milliseconds(std::llround(std::clamp(*number, 0.0, 1e9) * 1000)));
    }
    if (const auto date = parse_http_date(text)) return bounded(until(*date, now));
    if (const auto instant = parse_instant(text)) return bounded(until(*instant, now));
    return std::nullopt;
}

// "x-ratelimit-remaining-default" -> "remaining-default"; nothing for other headers.
std::optional<std::string_view> limiter_part(std::string_view lower_name) {
    for (const std::string_view prefix : {"x-ratelimit-", "ratelimit-"})
        if (lower_name.starts_with(prefix)) return lower_name.substr(prefix.size());
    return std::nullopt;
}

// Null when there are too many.
RateLimit* named(std::vector<RateLimit>& limits, std::string_view name) {
    const auto found = std::ranges::find(limits, name, &RateLimit::name);
    if (found != limits.end()) return &*found;
    if (limits.size() >= kMostLimits) return nullptr;
    limits.emplace_back().name = name;
    return &limits.back();
}

void read_limiter(RateLimits& into, std::string_view part, std::string_view value, Instant now) {
    const auto dash = part.find('-');
    const std::string_view what = part.substr(0, dash);
    const std::string name =
        dash == std::string_view::npos ? "" : printable(part.substr(dash + 1), kMaxNameBytes);
    if (what == "reset") {
        const auto wait = parse_wait(value, now);
        RateLimit* limit = wait ? named(into.limits, name) : nullptr;
        if (limit != nullptr) limit->reset_in = wait;
        return;
    }
    const auto count = parse_int64(trim(value));
    if (!count || *count < 0 || (what != "limit" && what != "remaining")) return;
    RateLimit* limit = named(into.limits, name);
    if (limit != nullptr) (what == "limit" ? limit->limit : limit->remaining) = count;
}

} // namespace

std::optional<std::int64_t> RateLimits::remaining() const {
    std::optional<std::int64_t> most;
    for (const RateLimit& limit : limits)
        if (limit.remaining) most = std::max(most.value_or(0), *limit.remaining);
    return most;
}

milliseconds RateLimits::freeze() const {
    milliseconds longest = retry_after.value_or(milliseconds{0});
    for (const RateLimit& limit : limits)
        longest = std::max(longest, limit.reset_in.value_or(milliseconds{0}));
    return std::clamp(longest, kLeastFreeze, kLongestReset);
}

RateLimits parse_rate_limits(const http::Headers& headers, Instant now) {
    RateLimits limits;
    for (const http::Header& header : headers) {
        const std::string name = ascii_lower(header.name);
        if (name == "retry-after")
            limits.retry_after = parse_wait(header.value, now);
        else if (const auto part = limiter_part(name))
            read_limiter(limits, *part, header.value, now);
    }
    return limits;
}

} // namespace calfleet::calcom
