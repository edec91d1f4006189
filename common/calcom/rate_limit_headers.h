#pragma once
// What the server says about its limiter in the headers of nearly every answer.

#include "common/core/time.h"
#include "common/http/call.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace calfleet::calcom {

/// One of the limits of a key. The limiter's name is the headers' suffix, in lower case
/// ("X-RateLimit-Remaining-Default": "default"); empty for headers without one.
struct RateLimit {
    std::string name;
    std::optional<std::int64_t> limit;
    std::optional<std::int64_t> remaining;
    /// Until the window, or the block, ends; 0 s to kLongestReset.
    std::optional<std::chrono::milliseconds> reset_in;
};

struct RateLimits {
    std::vector<RateLimit> limits;
    std::optional<std::chrono::milliseconds> retry_after;

    bool empty() const { return limits.empty() && !retry_after; }
    /// Most requests still allowed now. A request is refused only when every limit is used up, so
    /// the roomiest counts; nothing when none says it.
    std::optional<std::int64_t> remaining() const;
    /// Until a refused key may try again: the latest of the resets and Retry-After, at least
    /// kLeastFreeze, at most kLongestReset.
    std::chrono::milliseconds freeze() const;
};

inline constexpr std::chrono::milliseconds kLeastFreeze{std::chrono::seconds{60}};
inline constexpr std::chrono::milliseconds kLongestReset{std::chrono::hours{1}};
inline constexpr std::size_t kMostLimits = 8;

/// X-RateLimit-{Limit,Remaining,Reset}[-name] by prefix in any case, also without "X-", and
/// Retry-After. A reset is seconds to go, a Unix time in seconds or milliseconds, or an HTTP or RFC
/// 3339 date; which one is told by its size and shape. What cannot be read is passed over: a
/// limiter that cannot be understood must not stop the work. At most kMostLimits limits are kept.
RateLimits parse_rate_limits(const http::Headers& headers, Instant now);

} // namespace calfleet::calcom
