#pragma once
// The time by which readings of Cal.com are put in order: the database's.

#include "common/core/clock.h"

#include <chrono>

namespace calfleet::team_syncer {

/// The database's time, as a run asked for it once: readings of all processes are in one order,
/// whatever the clocks of their machines say.
class DatabaseClock final : public Clock {
public:
    explicit DatabaseClock(const Clock& machine)
        : machine_(machine) {}
    void set(Instant now) {
        now_ = now;
        set_at_ = machine_.monotonic();
    }
    Instant now() const override {
        return now_ + std::chrono::duration_cast<Microseconds>(machine_.monotonic() - set_at_);
    }
    Monotonic monotonic() const override { return machine_.monotonic(); }

private:
    const Clock& machine_;
    Instant now_{};
    Monotonic set_at_{};
};

} // namespace calfleet::team_syncer
