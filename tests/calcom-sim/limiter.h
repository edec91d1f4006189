#pragma once
// The throttler: fixed windows from the first request, then a block; named headers, no Retry-After.

#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tests/calcom-sim/entities.h"

namespace calfleet::calcom_sim {

struct Throttle {
    bool refused{};
    bool block_began{}; ///< this very request was the one too many
    /// X-RateLimit-Limit-Default and so on, one trio a limit, in the order of the limits.
    std::vector<std::pair<std::string, std::string>> headers{};
};

/// Cal.com's own arithmetic. Hits are counted in a window that begins with its first request and
/// does not slide. The hit above the limit begins a block, which later requests do not prolong.
/// Requests during a block are counted all the same: the window goes on beside the block, a new one
/// may begin under it, and whoever knocks often enough is blocked again with the first request
/// after it. With several limits a request is refused only when all of them are exceeded. One
/// thread.
class Limiter {
public:
    /// `tracker` is whom to count: a key's value, an address. `limits` is not empty.
    Throttle count(const std::string& tracker, const std::vector<Limit>& limits, Instant now);
    void forget();

private:
    struct Window {
        int hits{};
        Instant ends{};
        Instant blocked_until{};
    };
    struct Verdict {
        bool blocked{};
        bool began{};
        int remaining{};
        Microseconds left{};
    };
    static Verdict hit(Window& window, const Limit& limit, Instant now);

    /// By tracker, and there by the limit's name, size and span: a limit that is changed counts
    /// anew.
    std::unordered_map<std::string, std::map<std::string, Window>> windows_{};
};

/// Locks an account whose keys were blocked too often within a span of time.
class Lockout {
public:
    /// A block of this user's keys has begun; true when it is one too many.
    bool note(Id user, int most, Microseconds within, Instant now);
    void forget() { blocks_.clear(); }

private:
    std::map<Id, std::deque<Instant>> blocks_{};
};

} // namespace calfleet::calcom_sim
