#pragma once
// What an outcome does to a job's row: the one place that counts attempts, spaces them and gives
// up.

#include "common/core/random.h"
#include "common/job/job.h"
#include "common/job/outcome.h"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace calfleet::job {

/// Bounds of a job's life. Delays are minimums: jitter only adds, so that a promised pause is never
/// cut short.
struct RetryPolicy {
    /// Before the second, third, ... run; one failure more than there are delays is the last.
    std::vector<std::chrono::seconds> delays{
        std::chrono::seconds{60}, std::chrono::seconds{300}, std::chrono::seconds{900}};
    double jitter{0.2}; ///< added, as a share of the delay, uniform in [0, jitter)
    /// From then on a wait for an unknown reason is a failure.
    std::chrono::hours deadline{72};
    int crash_limit{3}; ///< leases that end without a word before the job is taken for the cause
};

/// Longest reason text kept in a row or a header.
inline constexpr std::size_t kReasonBytes = 500;
/// A snooze from this length on is parked: out of the index that claims look at.
inline constexpr std::chrono::seconds kParkFrom{5};
/// A snooze is never shorter, so that an impatient handler cannot spin.
inline constexpr std::chrono::milliseconds kShortestSnooze{50};

/// The row leaves the table.
struct Finished {
    bool discarded{false};
    std::optional<Reason> reason; ///< of a discard
};
/// Due again after the delay; the attempt is used.
struct TryAgain {
    Microseconds delay;
    Reason reason;
};
/// Due again after the delay; no attempt used. parked: not looked at by claims before it is due.
struct Wait {
    Microseconds delay;
    bool parked{false};
    Reason reason;
};
/// Becomes a dead letter. attempts: failures counted, this one included if it was one.
struct Bury {
    Reason reason;
    int attempts{0};
};
using Decision = std::variant<Finished, TryAgain, Wait, Bury>;

/// A snooze for an unknown reason lasts at least this share of the job's age, up to the longest.
inline constexpr int kSnoozeShare = 8;
inline constexpr std::chrono::minutes kLongestUnknownSnooze{10};

/// Total: every outcome of every job has one decision. Only failures bury a job: what waits through
/// an outage, a pause or for a key is never given up, however long that takes.
Decision
settle(const Outcome& outcome, const Job& job, Random& random, const RetryPolicy& policy = {});

/// After a lease ended without a word. job.crashes: before this one. Nothing: the job is ready
/// again.
std::optional<Bury> settle_crash(const Job& job, const RetryPolicy& policy = {});

/// Pause after the failure number `failures` (1, 2, ...), jitter included. Nothing: that was the
/// last.
std::optional<Microseconds>
retry_delay(int failures, Random& random, const RetryPolicy& policy = {});

/// The same reason, fit to be stored: printable, text at most kReasonBytes, code never empty.
Reason bounded(Reason reason);

/// "completed", "retry", "snooze", "discard", "dead_letter": label of metrics and logs.
std::string_view name(const Outcome& outcome);

} // namespace calfleet::job
