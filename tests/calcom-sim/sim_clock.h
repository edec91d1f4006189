#pragma once
// The simulator's own time: it can be set, stopped and made to run fast.

#include "common/core/clock.h"

namespace calfleet::calcom_sim {

/// now() = the set instant + real time since then x rate. One thread.
class SimClock {
public:
    explicit SimClock(const Clock& real)
        : real_(real)
        , base_(real.now())
        , since_(real.monotonic()) {}

    Instant now() const {
        const std::chrono::duration<double, std::micro> passed = real_.monotonic() - since_;
        return base_ + Microseconds(static_cast<std::int64_t>(passed.count() * rate_));
    }
    /// rate 0: time stands still until set again.
    void set(Instant now, double rate) {
        base_ = now;
        rate_ = rate;
        since_ = real_.monotonic();
    }
    double rate() const { return rate_; }

    /// Not changed by set().
    const Clock& real() const { return real_; }

private:
    const Clock& real_;
    Instant base_;
    Monotonic since_;
    double rate_{1.0};
};

} // namespace calfleet::calcom_sim
