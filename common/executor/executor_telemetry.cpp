#include "common/executor/executor_telemetry.h"

#include "common/core/redaction.h"
#include "common/json/writer.h"
#include "common/log/log.h"
#include "common/metrics/job_outcomes.h"

#include <chrono>

namespace calfleet::executor {
namespace {

using namespace std::chrono_literals;
using std::chrono::duration;
using std::chrono::duration_cast;
using std::chrono::milliseconds;

/// What became of the row: the label that operators count by.
std::string_view name_of(const job::Decision& decision) {
    return std::visit(
        job::Match{
            [](const job::Finished& end) {
                return std::string_view(end.discarded ? "discarded" : "completed");
            },
            [](const job::TryAgain&) { return std::string_view("retried"); },
            [](const job::Wait& wait) {
                return std::string_view(wait.parked ? "parked" : "snoozed");
            },
            [](const job::Bury&) { return std::string_view("dead_letter"); },
        },
        decision
    );
}

const job::Reason* reason_of(const job::Decision& decision) {
    return std::visit(
        job::Match{
            [](const job::Finished& end) { return end.reason ? &*end.reason : nullptr; },
            [](const auto& other) { return &other.reason; },
        },
        decision
    );
}

} // namespace

ExecutorTelemetry::ExecutorTelemetry(metrics::Registry& registry, const Clock& clock)
    : clock_(clock)
    , duration_seconds_(registry.histogram(kJobDuration))
    , attempts_(registry.histogram(kJobAttempts))
    , claim_seconds_(registry.histogram(kClaimDuration))
    , settlement_seconds_(registry.histogram(kSettlementDuration))
    , settlement_jobs_(registry.histogram(kSettlementJobs))
    , claimed_(registry.counter(kJobsClaimed))
    , fenced_(registry.counter(kJobsFenced))
    , released_(registry.counter(kJobsReleased))
    , reaped_(registry.counter(kLeasesReaped))
    , crash_loops_(registry.counter(kCrashLoops))
    , orphans_(registry.counter(kJobOrphans))
    , faults_(registry.counter(kJobFaults))
    , waits_(registry.counter(kExecutorWaits))
    , in_flight_(registry.gauge(kInflightJobs))
    , oldest_due_(registry.gauge(kOldestDueJob))
    , stalled_(registry.gauge(kStalledRounds))
    , outcomes_(registry, metrics::kJobOutcomes) {}

const metrics::Counter& ExecutorTelemetry::outcome(const job::Job& job, std::string_view name) {
    const std::string topic = job.record ? job.record->topic : job.kind;
    return outcomes_.of(topic, name);
}

void ExecutorTelemetry::on_claimed(std::size_t jobs, std::chrono::nanoseconds took) {
    claimed_.add(static_cast<double>(jobs));
    claim_seconds_.observe(duration<double>(took).count());
}

void ExecutorTelemetry::on_settled(
    const job::Job& job,
    const job::Outcome&,
    const job::Decision& decision,
    std::chrono::nanoseconds took
) {
    const std::string_view end = name_of(decision);
    outcome(job, end).add();
    duration_seconds_.observe(duration<double>(took).count());
    if (std::holds_alternative<job::Finished>(decision) ||
        std::holds_alternative<job::Bury>(decision))
        attempts_.observe(job.attempts);
    const bool bad = std::holds_alternative<job::Bury>(decision);
    const log::Level level = bad ? log::Level::Warn : log::Level::Info;
    if (!log::enabled(level)) return;
    const job::Reason* reason = reason_of(decision);
    const std::string event = "job." + std::string(bad ? "dead_lettered" : end);
    log::write(
        level,
        event,
        {{"job", job.id.value},
         {"kind", job.kind},
         {"company", job.company.value},
         {"event_id", job.event_id.value_or("")},
         {"attempt", job.attempts + 1},
         {"duration_ms", duration_cast<milliseconds>(took).count()},
         {"class", reason ? reason->code : std::string()},
         {"reason", reason ? without_values(reason->text) : std::string()}}
    );
}

void ExecutorTelemetry::on_fenced(const job::Job& job) {
    fenced_.add();
    log::warn(
        "job.fenced", {{"job", job.id.value}, {"kind", job.kind}, {"epoch", job.lease_epoch}}
    );
}

void ExecutorTelemetry::on_released(const job::Job& job) {
    released_.add();
    log::info("job.released", {{"job", job.id.value}, {"kind", job.kind}});
}

void ExecutorTelemetry::on_settlement(std::size_t jobs, std::chrono::nanoseconds took) {
    settlement_jobs_.observe(static_cast<double>(jobs));
    settlement_seconds_.observe(duration<double>(took).count());
}

void ExecutorTelemetry::on_reaped(std::size_t jobs, std::size_t crash_loops, std::size_t orphans) {
    if (jobs + crash_loops + orphans == 0) return;
    reaped_.add(static_cast<double>(jobs));
    crash_loops_.add(static_cast<double>(crash_loops));
    orphans_.add(static_cast<double>(orphans));
    log::warn("job.reaped", {{"jobs", jobs}, {"crash_loops", crash_loops}, {"orphans", orphans}});
}

void ExecutorTelemetry::on_fault(const job::Job& job, const Error& error) {
    faults_.add();
    log::error(
        "job.fault",
        {{"job", job.id.value},
         {"kind", job.kind},
         {"company", job.company.value},
         {"event_id", job.event_id.value_or("")},
         {"attempt", job.attempts + 1},
         {"error_kind", name(error.kind)},
         {"error", without_values(error.message)}}
    );
}

void ExecutorTelemetry::on_waiting(std::string_view what, const Error& error) {
    waits_.add();
    // An outage is one story, not a line a second.
    const Monotonic now = clock_.monotonic();
    const auto found = last_logged_.find(what);
    if (found != last_logged_.end() && now - found->second < 10s) return;
    last_logged_.insert_or_assign(std::string(what), now);
    log::warn(
        "executor.waiting",
        {{"round", what}, {"error_kind", name(error.kind)}, {"error", error.message}}
    );
}

void ExecutorTelemetry::refresh(const ExecutorStatus& status) const {
    in_flight_.set(static_cast<double>(status.in_flight));
    oldest_due_.set(std::chrono::duration<double>(status.oldest_due).count());
    stalled_.set(static_cast<double>(status.standstills.size()));
}

std::string executor_json(const ExecutorStatus& status) {
    json::Writer json;
    json.begin_object()
        .field("in_flight", status.in_flight)
        .field("draining", status.draining)
        .field("not_ready", status.not_ready)
        .key("jobs")
        .begin_array();
    for (const JobInFlight& job : status.jobs) {
        json.begin_object()
            .field("id", job.id.value)
            .field("kind", job.kind)
            .field("attempts", job.attempts)
            .field("for_ms", job.age.count())
            .field("waits_for", job.waits_for)
            .end_object();
    }
    json.end_array().field("stands_still", describe(status.standstills)).end_object();
    return json.take();
}

} // namespace calfleet::executor
