#include "tests/calcom-sim/limiter.h"

#include <algorithm>
#include <cctype>

namespace calfleet::calcom_sim {
namespace {

std::string capitalised(std::string name) {
    if (!name.empty())
        name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
    return name;
}

std::int64_t whole_seconds_up(Microseconds left) {
    return std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::seconds>(left).count());
}

} // namespace

Limiter::Verdict Limiter::hit(Window& window, const Limit& limit, Instant now) {
    if (now < window.blocked_until) return {.blocked = true, .left = window.blocked_until - now};
    if (window.blocked_until != Instant{} || now >= window.ends)
        window = {.hits = 0, .ends = now + limit.window, .blocked_until = {}};
    ++window.hits;
    if (window.hits > limit.requests) {
        window.blocked_until = now + limit.block;
        return {.blocked = true, .began = true, .left = limit.block};
    }
    return {.remaining = limit.requests - window.hits, .left = window.ends - now};
}

Throttle Limiter::count(const std::string& tracker, const std::vector<Limit>& limits, Instant now) {
    auto& windows = windows_[tracker];
    // Limits that were changed begin anew.
    if (windows.size() != limits.size()) windows.assign(limits.size(), {});
    Throttle throttle{.refused = true};
    bool began = false;
    for (std::size_t at = 0; at < limits.size(); ++at) {
        const Limit& limit = limits[at];
        const Verdict verdict = hit(windows[at], limit, now);
        throttle.refused = throttle.refused && verdict.blocked;
        began = began || verdict.began;
        const std::string name = capitalised(limit.name);
        const auto header = [&](const char* what, std::int64_t value) {
            throttle.headers.emplace_back(
                std::string("X-RateLimit-").append(what).append("-").append(name),
                std::to_string(value)
            );
        };
        header("Limit", limit.requests);
        header("Remaining", verdict.remaining);
        header("Reset", whole_seconds_up(verdict.left));
    }
    throttle.block_began = throttle.refused && began;
    return throttle;
}

void Limiter::forget() {
    windows_.clear();
}

bool Lockout::note(Id user, int most, Microseconds within, Instant now) {
    auto& blocks = blocks_[user];
    blocks.push_back(now);
    while (blocks.front() < now - within)
        blocks.pop_front();
    return static_cast<int>(blocks.size()) >= most;
}

} // namespace calfleet::calcom_sim
