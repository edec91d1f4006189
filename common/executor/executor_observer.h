#pragma once
// What the executor tells about itself; metrics and logs listen, nothing depends on it.

#include "common/core/result.h"
#include "common/job/job.h"
#include "common/job/outcome.h"
#include "common/job/retry_policy.h"

#include <chrono>
#include <cstddef>
#include <string_view>

namespace calfleet::executor {

/// Called on the event loop's thread: quick.
class ExecutorObserver {
public:
    virtual ~ExecutorObserver() = default;
    virtual void on_claimed(std::size_t jobs, std::chrono::nanoseconds took) = 0;
    /// After the commit. The decision says what became of the row, the outcome what the job said.
    virtual void on_settled(
        const job::Job& job,
        const job::Outcome& outcome,
        const job::Decision& decision,
        std::chrono::nanoseconds took
    ) = 0;
    /// The job has another owner or is gone; nothing was written for it.
    virtual void on_fenced(const job::Job& job) = 0;
    /// Given back without a word about it: shutdown, or a lease that could not be renewed in time.
    virtual void on_released(const job::Job& job) = 0;
    virtual void on_settlement(std::size_t jobs, std::chrono::nanoseconds took) = 0;
    virtual void on_reaped(std::size_t jobs, std::size_t crash_loops, std::size_t orphans) = 0;
    /// The handler or its transaction failed in a way that somebody should look at.
    virtual void on_fault(const job::Job& job, const Error& error) = 0;
    /// A round of the executor's own could not be done; it is tried again. what: "claim", "settle",
    /// "renew", "reap".
    virtual void on_waiting(std::string_view what, const Error& error) = 0;
};

} // namespace calfleet::executor
