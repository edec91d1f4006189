#pragma once
// A wait that can be interrupted: what every loop of a worker sleeps on instead of sleeping.

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace calfleet {

/// One-way switch. Thread-safe.
class StopSignal {
public:
    void request() {
        {
            std::lock_guard lock(mutex_);
            requested_ = true;
        }
        changed_.notify_all();
    }
    bool requested() const {
        std::lock_guard lock(mutex_);
        return requested_;
    }
    /// True when stop was requested before the time ran out.
    template <class Rep, class Period>
    bool wait_for(std::chrono::duration<Rep, Period> time) const {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, time, [this] { return requested_; });
    }

private:
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    bool requested_{false};
};

} // namespace calfleet
