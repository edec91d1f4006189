#pragma once
// When the executor claims again, and how much: at once while there is more than it takes, seldom
// while there is nothing, and not for a single job while most places are taken.

#include "common/core/clock.h"

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace calfleet::executor {

/// Touches nothing; the caller says what time it is.
class ClaimPace {
public:
    struct Settings {
        int in_flight{64};                  ///< jobs held at the same time
        int claim_limit{32};                ///< jobs of one claim
        std::chrono::milliseconds pace{10}; ///< between claims for a few places
        std::chrono::milliseconds idle_min{20}, idle_max{1000};
    };

    explicit ClaimPace(const Settings& settings)
        : settings_(settings)
        , pause_(settings.idle_min) {}

    /// Claim up to `limit` jobs, or, with a limit of 0, ask again after `wait`.
    struct Next {
        int limit{0};
        std::chrono::milliseconds wait{0};
    };
    Next next(std::size_t running, Monotonic now) {
        using std::chrono::milliseconds;
        const int room = settings_.in_flight - static_cast<int>(running);
        if (room <= 0) return {.wait = settings_.idle_max};
        const auto since = now - last_claim_;
        if (room < settings_.in_flight / 8 && since < settings_.pace)
            return {.wait = settings_.pace - std::chrono::floor<milliseconds>(since)};
        last_claim_ = now;
        limit_ = std::min(room, settings_.claim_limit);
        return {.limit = limit_};
    }

    /// What that claim brought; the pause before the next.
    std::chrono::milliseconds claimed(std::size_t jobs, bool room_made) {
        pause_ = jobs == 0 ? std::min(pause_ * 2, settings_.idle_max) : settings_.idle_min;
        const bool full = static_cast<int>(jobs) == limit_;
        return full || room_made ? std::chrono::milliseconds{0} : pause_;
    }

private:
    Settings settings_;
    std::chrono::milliseconds pause_;
    Monotonic last_claim_{};
    int limit_{0};
};

} // namespace calfleet::executor
