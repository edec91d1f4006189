#pragma once
// Claims jobs, runs them, writes down how they ended.
//
//     claim ──► run ──► outcome ──► decision (job::settle) ──► row
//       ▲        │ lease renewed every 10 s while the job makes progress
//       └────────┘ every write guarded by owner and epoch of the lease
//
// A database outage costs no attempt and no crash: outcomes are kept until they can be written,
// leases are renewed as soon as the database is back, and nobody reaps until it has been back for a
// while.

#include "common/core/clock.h"
#include "common/core/progress_watch.h"
#include "common/core/stop_signal.h"
#include "common/executor/executor_observer.h"
#include "common/executor/remote_jobs.h"
#include "common/job/retry_policy.h"
#include "common/jobs/transactional_jobs.h"
#include "common/postgres/session.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace calfleet::executor {

struct ExecutorSettings {
    std::string worker; ///< whose jobs
    std::string owner;  ///< never used twice, also by a restarted container of the same name
    postgres::Settings database{};
    int sessions{2};      ///< one claims and settles, the others do the work; 1 does all
    int claim_limit{128}; ///< jobs per claim, one per company
    int running_per_company{4};
    int in_flight{64}; ///< jobs held at the same time; raise it for remote jobs
    std::size_t settle_limit{256};
    /// While jobs come and go all the time: at most one claim and one settlement of a few in this
    /// time, so that they become more than a few.
    std::chrono::milliseconds pace{10};
    std::chrono::milliseconds idle_poll_min{
        100}; ///< pause after a claim that found nothing, doubling ...
    std::chrono::milliseconds idle_poll_max{1000}; ///< ... up to this
    std::chrono::milliseconds wake_every{200};     ///< looks for parked jobs that are due
    std::chrono::milliseconds retry_pause{1000};   ///< after the database could not be asked
    std::chrono::seconds lease{30};
    std::chrono::milliseconds renew_every{10000};
    std::chrono::milliseconds safe_for{
        25000}; ///< after the last renewal a job may begin nothing any more
    std::chrono::milliseconds reap_every{10000};
    std::chrono::milliseconds reap_patience{
        15000}; ///< the database was there for so long before anybody is taken for dead
    std::chrono::milliseconds drain{
        20000}; ///< after a stop request running jobs may end for so long
    Monotonic::duration patience{kProgressPatience}; ///< work without progress is told after it
    job::RetryPolicy policy{};
};

/// A job in this process, for /status, which anybody in the cluster may read: whose it is and what
/// it is about is in the table.
struct JobInFlight {
    JobId id;
    std::string kind;
    int attempts{0};
    std::chrono::milliseconds age{0}; ///< since it was claimed
    std::string_view waits_for;       ///< "a database thread", "its handler", "settlement"
};

struct ExecutorStatus {
    std::vector<JobInFlight> jobs; ///< oldest first, at most 100
    std::size_t in_flight{0};
    bool draining{false};
    std::string not_ready; ///< why the last claim failed; empty when it did not
    std::vector<Standstill> standstills;
    Microseconds oldest_due{0}; ///< how long the oldest due job has waited at the last claim
};

/// One per process. The thread in run() is the event loop: coroutines of remote jobs and the
/// executor's own rounds.
class Executor {
public:
    Executor(
        ExecutorSettings settings,
        ExecutorObserver& observer,
        postgres::StatementObserver* statements,
        const Clock& clock
    );
    ~Executor();

    /// Before run(); the handlers outlive the executor. A job of no known kind is snoozed: a newer
    /// version will know it.
    void add(std::string kind, jobs::TransactionalJobs& jobs);
    void add(std::string kind, RemoteJobs& jobs);

    /// Until stop is requested; then claims nothing more, lets running jobs end for the drain time
    /// and gives the others back, no attempt and no crash used. Error: a bug in the executor
    /// itself; leases of this process run out by themselves.
    Result<> run(const StopSignal& stop);

    /// Thread-safe, as is everything below.
    ExecutorStatus status() const;
    /// Longest time since the event loop or a database thread showed a sign of life.
    Monotonic::duration since_tick() const;

    struct Impl;

private:
    std::unique_ptr<Impl> impl_;
};

/// {"in_flight":2,"draining":false,"jobs":[{"id":7,"kind":"event","company":17,...,"waits_for":"its
/// handler"}]}
std::string executor_json(const ExecutorStatus& status);

} // namespace calfleet::executor
