#pragma once
// The executor's metrics and log lines.

#include "common/core/clock.h"
#include "common/executor/executor.h"
#include "common/executor/executor_observer.h"
#include "common/metrics/counter_cache.h"
#include "common/metrics/registry.h"

#include <array>
#include <map>
#include <string>
#include <utility>

namespace calfleet::executor {

inline constexpr std::array<double, 5> kAttemptBuckets{0, 1, 2, 3, 4};
inline constexpr metrics::Definition kJobDuration{
    .name = "calfleet_job_duration_seconds",
    .kind = metrics::Kind::Histogram,
    .help = "Time from the claim of a job to its settlement.",
    .buckets = metrics::kDurationBuckets};
inline constexpr metrics::Definition kJobAttempts{
    .name = "calfleet_job_attempts",
    .kind = metrics::Kind::Histogram,
    .help = "Failures that a job had before it ended.",
    .buckets = kAttemptBuckets};
inline constexpr metrics::Definition kClaimDuration{
    .name = "calfleet_job_claim_duration_seconds",
    .kind = metrics::Kind::Histogram,
    .help = "Time of a claim that found jobs.",
    .buckets = metrics::kDurationBuckets};
inline constexpr metrics::Definition kSettlementDuration{
    .name = "calfleet_job_settlement_duration_seconds",
    .kind = metrics::Kind::Histogram,
    .help = "Time of a batch of settlements, commit included.",
    .buckets = metrics::kDurationBuckets};
inline constexpr metrics::Definition kSettlementJobs{
    .name = "calfleet_job_settlement_jobs",
    .kind = metrics::Kind::Histogram,
    .help = "Jobs settled together.",
    .buckets = metrics::kSizeBuckets};
inline constexpr metrics::Definition kJobsClaimed{
    .name = "calfleet_jobs_claimed_total",
    .kind = metrics::Kind::Counter,
    .help = "Jobs taken under a lease."};
inline constexpr metrics::Definition kJobsFenced{
    .name = "calfleet_jobs_fenced_total",
    .kind = metrics::Kind::Counter,
    .help = "Jobs whose end was not written because they had another owner or were gone."};
inline constexpr metrics::Definition kJobsReleased{
    .name = "calfleet_jobs_released_total",
    .kind = metrics::Kind::Counter,
    .help = "Jobs given back without an attempt: shutdown, or a lease that could not be renewed."};
inline constexpr metrics::Definition kLeasesReaped{
    .name = "calfleet_job_leases_reaped_total",
    .kind = metrics::Kind::Counter,
    .help = "Leases of dead or frozen processes that were ended."};
inline constexpr metrics::Definition kCrashLoops{
    .name = "calfleet_job_crash_loops_total",
    .kind = metrics::Kind::Counter,
    .help = "Jobs buried because whoever ran them died, again and again."};
inline constexpr metrics::Definition kJobOrphans{
    .name = "calfleet_job_orphans_total",
    .kind = metrics::Kind::Counter,
    .help = "Waiting jobs found with nothing open before them."};
inline constexpr metrics::Definition kJobFaults{
    .name = "calfleet_job_faults_total",
    .kind = metrics::Kind::Counter,
    .help = "Handlers that threw, or transactions that failed for a reason of ours."};
inline constexpr metrics::Definition kExecutorWaits{
    .name = "calfleet_job_waits_total",
    .kind = metrics::Kind::Counter,
    .help = "Rounds of the executor that had to wait for the database."};
inline constexpr metrics::Definition kInflightJobs{
    .name = "calfleet_inflight_jobs",
    .kind = metrics::Kind::Gauge,
    .help = "Jobs that this process holds."};

inline constexpr metrics::Definition kOldestDueJob{
    .name = "calfleet_jobs_oldest_due_seconds",
    .kind = metrics::Kind::Gauge,
    .help = "How long the oldest due job of the worker has waited, as this process's last claim "
            "saw it; 0 when "
            "there is none."};
inline constexpr metrics::Definition kStalledRounds{
    .name = "calfleet_stalled_executors",
    .kind = metrics::Kind::Gauge,
    .help =
        "Parts of the executor of this process that have work and made no progress for a minute."};

class ExecutorTelemetry final : public ExecutorObserver {
public:
    ExecutorTelemetry(metrics::Registry& registry, const Clock& clock);

    void on_claimed(std::size_t jobs, std::chrono::nanoseconds took) override;
    void on_settled(
        const job::Job& job,
        const job::Outcome& outcome,
        const job::Decision& decision,
        std::chrono::nanoseconds took
    ) override;
    void on_fenced(const job::Job& job) override;
    void on_released(const job::Job& job) override;
    void on_settlement(std::size_t jobs, std::chrono::nanoseconds took) override;
    void on_reaped(std::size_t jobs, std::size_t crash_loops, std::size_t orphans) override;
    void on_fault(const job::Job& job, const Error& error) override;
    void on_waiting(std::string_view what, const Error& error) override;

    /// Before each scrape; any thread.
    void refresh(const ExecutorStatus& status) const;

private:
    const metrics::Counter& outcome(const job::Job& job, std::string_view name);

    const Clock& clock_;
    metrics::Histogram duration_seconds_, attempts_, claim_seconds_, settlement_seconds_,
        settlement_jobs_;
    metrics::Counter claimed_, fenced_, released_, reaped_, crash_loops_, orphans_, faults_, waits_;
    metrics::Gauge in_flight_, oldest_due_, stalled_;
    metrics::CounterCache outcomes_;
    std::map<std::string, Monotonic, std::less<>> last_logged_;
};

} // namespace calfleet::executor
