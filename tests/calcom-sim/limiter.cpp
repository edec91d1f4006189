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

// Of two limits with one name the later one's values are seen.
void set_header(Throttle& throttle, const std::string& name, std::int64_t value) {
    const auto known =
        std::find_if(throttle.headers.begin(), throttle.headers.end(), [&](const auto& header) {
            return header.first == name;
        });
    if (known == throttle.headers.end())
        throttle.headers.emplace_back(name, std::to_string(value));
    else
        known->second = std::to_string(value);
}

} // namespace

Limiter::Verdict Limiter::hit(Window& window, const Limit& limit, Instant now) {
    if (now >= window.ends)
        window = {.ends = now + limit.window, .blocked_until = window.blocked_until};
    ++window.hits;
    if (now < window.blocked_until) return {.blocked = true, .left = window.blocked_until - now};
    const Verdict passed{
        .remaining = std::max(0, limit.requests - window.hits), .left = window.ends - now};
    if (window.hits <= limit.requests) return passed;
    window.blocked_until = now + limit.block;
    if (limit.block.count() > 0) return {.blocked = true, .began = true, .left = limit.block};
    // Without a block a new window begins at once.
    window = {.hits = 1, .ends = now + limit.window};
    return {.remaining = std::max(0, limit.requests - 1), .left = limit.window};
}

Throttle Limiter::count(const std::string& tracker, const std::vector<Limit>& limits, Instant now) {
    auto& windows = windows_[tracker];
    Throttle throttle{.refused = true};
    bool began = false;
    for (const Limit& limit : limits) {
        const std::string key = limit.name + ":" + std::to_string(limit.requests) + ":" +
                                std::to_string(limit.window.count());
        const Verdict verdict = hit(windows[key], limit, now);
        throttle.refused = throttle.refused && verdict.blocked;
        began = began || verdict.began;
        const std::string name = capitalised(limit.name);
        set_header(throttle, "X-RateLimit-Limit-" + name, limit.requests);
        set_header(throttle, "X-RateLimit-Remaining-" + name, verdict.remaining);
        set_header(throttle, "X-RateLimit-Reset-" + name, whole_seconds_up(verdict.left));
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
