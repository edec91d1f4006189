// Header lines as a server might bend them: what is believed stays within its bounds.

#include "common/calcom/rate_limit_headers.h"
#include "common/core/text.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace calfleet;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Instant kNow = parse_instant("2026-11-20T08:09:40Z").value();
    http::Headers headers;
    for (const std::string_view line : split({reinterpret_cast<const char*>(data), size}, '\n')) {
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        headers.push_back({std::string(line.substr(0, colon)), std::string(line.substr(colon + 1))}
        );
    }
    const auto limits = calcom::parse_rate_limits(headers, kNow);
    if (limits.limits.size() > calcom::kMostLimits) std::abort();
    for (const calcom::RateLimit& limit : limits.limits) {
        if (!is_valid_utf8(limit.name)) std::abort();
        if (limit.limit.value_or(0) < 0 || limit.remaining.value_or(0) < 0) std::abort();
        if (limit.reset_in &&
            (limit.reset_in->count() < 0 || *limit.reset_in > calcom::kLongestReset))
            std::abort();
    }
    if (limits.freeze() < calcom::kLeastFreeze || limits.freeze() > calcom::kLongestReset)
        std::abort();
    return 0;
}
