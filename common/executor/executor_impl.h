#pragma once
// The executor's insides, shared by executor.cpp (its rounds) and executor_run.cpp (running jobs).

#include "common/core/progress_watch.h"
#include "common/core/random.h"
#include "common/executor/claim_pace.h"
#include "common/executor/database_threads.h"
#include "common/executor/executor.h"
#include "common/jobs/due_bound.h"
#include "common/jobs/job_settlement.h"
#include "common/jobs/job_store.h"
#include "common/jobs/job_transaction.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

namespace calfleet::executor {

namespace asio = boost::asio;

/// A job under our lease. Event loop thread, except for what is atomic and what the transactional
/// thread reads while the phase is Running.
struct RunningJob {
    enum class Phase { Queued, Running, Settling };

    job::Job job;
    Monotonic claimed_at;
    std::atomic<Phase> phase{Phase::Queued};
    std::atomic<Monotonic> safe_until;
    std::uint64_t ticks{1};
    std::uint64_t ticks_renewed{0}; ///< ticks when the lease was last renewed
    bool lost{false};               ///< another owner: nothing may be written
    bool remote{false};
    asio::cancellation_signal cancel;

    jobs::Lease lease() const { return {job.id, job.lease_epoch}; }
};

/// What of the time is still to come; at least a millisecond of it.
inline std::chrono::milliseconds rest_of(std::chrono::milliseconds time, Monotonic::duration gone) {
    return time - std::chrono::floor<std::chrono::milliseconds>(gone);
}

/// Claimed twice by one process (reaped in between) gives two entries: the epoch tells them apart.
using JobKey = std::pair<std::int64_t, std::int64_t>;

struct Executor::Impl {
    Impl(
        ExecutorSettings settings_in,
        ExecutorObserver& observer_in,
        postgres::StatementObserver* statements,
        const Clock& clock_in
    );

    // ---- rounds (executor.cpp) ----
    asio::awaitable<void> supervise(const StopSignal& stop);
    asio::awaitable<void> claim_round();
    asio::awaitable<Result<std::vector<job::Job>>> claim_on_desk(int limit);
    asio::awaitable<void> settle_round();
    asio::awaitable<void> renew_round();
    asio::awaitable<void> reap_round();
    asio::awaitable<void> drain();
    asio::awaitable<void> release_rest();
    Result<std::vector<job::Job>> claim(postgres::Session& session, int limit);
    Result<> wake(postgres::Session& session);
    Result<> reap(postgres::Session& session);
    Result<bool> bury_crash_loop(postgres::Session& session, const job::Job& job);
    void cancel_unsafe();

    // ---- jobs (executor_run.cpp) ----
    void begin(job::Job job, Monotonic claimed_at);
    void begin_transactional(RunningJob& running, jobs::TransactionalJobs& jobs);
    void begin_remote(RunningJob& running, RemoteJobs& jobs);
    asio::awaitable<std::optional<job::Outcome>> run_remote(RunningJob& running, RemoteJobs& jobs);
    void on_transaction_end(const JobKey& key, jobs::JobEnd end, std::chrono::nanoseconds took);
    /// Queues the outcome for settlement; nothing means: give the job back.
    void finish(RunningJob& running, std::optional<job::Outcome> outcome);
    void forget(const JobKey& key);

    struct Ended {
        JobKey key;
        std::optional<job::Outcome> outcome;
    };
    /// What is settled together; filled on the event loop, written on a database thread.
    struct Settling {
        enum class State { Open, Written, Fenced };
        RunningJob* running;
        std::optional<job::Outcome> outcome; ///< nothing: give the job back
        job::Decision decision;
        State state{State::Open};
        std::optional<Error> fault{}; ///< why its decision is another one than the outcome's
    };
    asio::awaitable<bool> settle_some();
    std::vector<Settling> take_ended();
    /// All but the dead letters in one transaction, those one by one in the scope of their
    /// companies. What the database refuses is parked and holds nobody up. What stays Open after
    /// an Error is to be tried again.
    Result<> write_batch(postgres::Session& session, std::vector<Settling>& batch);
    Result<> write_alone(postgres::Session& session, Settling& one);
    Result<> write_together(postgres::Session& session, std::vector<Settling>& batch);
    void report(const Settling& one, std::chrono::nanoseconds took);

    // ---- tools ----
    /// Runs on a database thread, resumes here.
    template <class T>
    asio::awaitable<T> on_thread(DatabaseQueue queue, std::function<T(postgres::Session&)> work);
    /// Sleeps until the time is over or somebody cancels the timer.
    asio::awaitable<void> wait(asio::steady_timer& timer, std::chrono::milliseconds time);
    /// A round could not be done; it could be done.
    void waiting(std::string_view what, const Error& error);
    void went_well(std::string_view what);
    void look_for_standstills();
    bool draining() const { return draining_; }
    jobs::JobScope scope() const {
        return {settings.worker, settings.owner, settings.policy, clock};
    }

    ExecutorSettings settings;
    ExecutorObserver& observer;
    const Clock& clock;
    std::map<std::string, jobs::TransactionalJobs*> transactional;
    std::map<std::string, RemoteJobs*> remote;

    DatabaseThreads threads;
    Random random{Random::from_system()};
    Random work_random{Random::from_system()}; ///< of the transactional thread

    std::deque<Ended> ended;
    CompanyId cursor;
    jobs::EntityName orphan_cursor;
    JobId loop_cursor;
    jobs::DueBound ready_since, parked_since;                 ///< desk thread
    jobs::CompanyLooks company_looks;                         ///< desk thread
    Monotonic wake_due{};                                     ///< desk thread
    std::map<std::string, std::string, std::less<>> troubles; ///< rounds that fail, and why
    std::int64_t rounds_done{0};
    std::int64_t moved{0}; ///< jobs begun and ended, and signs of life between
    bool draining_{false};
    bool room_made{false};                 ///< jobs ended since the last claim
    std::optional<Monotonic> last_failure; ///< of a round: the database was away
    Monotonic started_at;

    mutable std::mutex
        mutex; ///< of the map itself and not_ready: status() looks from other threads
    std::map<JobKey, std::unique_ptr<RunningJob>> running;
    std::string not_ready{"has not claimed yet"};
    ProgressWatches watches;    ///< under mutex
    Microseconds oldest_due{0}; ///< under mutex
    std::atomic<bool> draining_visible{false};
    std::atomic<Monotonic> last_tick;

    /// Behind what its coroutines refer to: they end with it.
    asio::io_context io{1};
    asio::steady_timer claim_timer{io}, settle_timer{io}, renew_timer{io}, reap_timer{io},
        drain_timer{io};
};

template <class T>
asio::awaitable<T>
Executor::Impl::on_thread(DatabaseQueue queue, std::function<T(postgres::Session&)> work) {
    auto start = [this, queue, &work](auto handler) {
        // std::function wants copies; there is one coroutine to resume.
        auto resume = std::make_shared<decltype(handler)>(std::move(handler));
        threads.submit(queue, [this, resume, work = std::move(work)](postgres::Session& session) {
            auto value = std::make_shared<T>(work(session));
            asio::post(io, [resume, value] { std::move (*resume)(std::move(*value)); });
        });
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(T)>(
        start, asio::use_awaitable
    );
}

} // namespace calfleet::executor
