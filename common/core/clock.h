#pragma once
// Where time comes from; the only place that reads the system's clocks.

#include "common/core/time.h"

#include <chrono>

namespace calfleet {

using Monotonic = std::chrono::steady_clock::time_point;

/// Thread-safe. Wall time may jump; use monotonic() for deadlines and durations.
class Clock {
public:
    virtual ~Clock() = default;
    virtual Instant now() const = 0;
    virtual Monotonic monotonic() const = 0;
};

/// The machine's clocks; lives for ever.
const Clock& system_clock();

/// A clock for tests: stands still until moved. Not thread-safe while being moved.
class ManualClock final : public Clock {
public:
    explicit ManualClock(Instant start)
        : now_(start) {}
    Instant now() const override { return now_; }
    Monotonic monotonic() const override { return monotonic_; }
    void advance(Microseconds by) {
        now_ += by;
        monotonic_ += std::chrono::duration_cast<Monotonic::duration>(by);
    }

private:
    Instant now_;
    Monotonic monotonic_{};
};

} // namespace calfleet
