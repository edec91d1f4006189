#include "common/executor/executor.h"

#include "common/core/crash_point.h"
#include "common/executor/executor_impl.h"
#include "common/jobs/job_upkeep.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>

#include <algorithm>
#include <set>

namespace calfleet::executor {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

/// Losing the executor's own loop is losing the executor: run() ends with the error.
constexpr auto kRethrow = [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
};

std::string_view waits_for(RunningJob::Phase phase) {
    switch (phase) {
    case RunningJob::Phase::Queued:
        return "a database thread";
    case RunningJob::Phase::Running:
        return "its handler";
    case RunningJob::Phase::Settling:
        return "settlement";
    }
    return "";
}

} // namespace

Executor::Impl::Impl(
    ExecutorSettings settings_in,
    ExecutorObserver& observer_in,
    postgres::StatementObserver* statements,
    const Clock& clock_in
)
    : settings(std::move(settings_in))
    , observer(observer_in)
    , clock(clock_in)
    , threads(settings.database, settings.sessions, statements, clock_in)
    , started_at(clock_in.monotonic())
    , watches(settings.patience)
    , last_tick(clock_in.monotonic()) {}

asio::awaitable<void> Executor::Impl::wait(asio::steady_timer& timer, milliseconds time) {
    timer.expires_after(time);
    boost::system::error_code cancelled;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
}

void Executor::Impl::waiting(std::string_view what, const Error& error) {
    const bool outage = error.kind == ErrorKind::Unavailable || error.kind == ErrorKind::Timeout ||
                        error.kind == ErrorKind::InDoubt;
    if (outage) last_failure = clock.monotonic();
    troubles.insert_or_assign(std::string(what), error.message);
    observer.on_waiting(what, error);
}

void Executor::Impl::went_well(std::string_view what) {
    ++rounds_done;
    const auto found = troubles.find(what);
    if (found == troubles.end()) return;
    troubles.erase(found);
    std::lock_guard lock(mutex);
    watches.forget(what);
}

void Executor::Impl::look_for_standstills() {
    const Monotonic now = clock.monotonic();
    std::lock_guard lock(mutex);
    for (const auto& [what, why] : troubles)
        watches.look(what, true, 0, why, now);
    watches.look("jobs", !running.empty(), moved, "none that runs ends or makes a step", now);
}

Result<std::vector<job::Job>> Executor::Impl::claim(postgres::Session& session, int limit) {
    const Monotonic began = clock.monotonic();
    const jobs::ClaimRequest request{
        .worker = settings.worker,
        .owner = settings.owner,
        .after = cursor,
        .limit = limit,
        .running_per_company = settings.running_per_company,
        .lease = settings.lease,
        .due_since = ready_since.from(began),
        .all_companies = company_looks.due(began)};
    auto claimed =
        session.transact(postgres::Access::runtime(), [&](postgres::Transaction& transaction) {
            return jobs::claim_due(transaction, request);
        });
    if (!claimed) return claimed.error();
    if (request.all_companies) company_looks.looked(began, clock.monotonic());
    if (claimed->none_before)
        ready_since.looked(request.due_since, *claimed->none_before, began, clock.monotonic());
    {
        std::lock_guard lock(mutex);
        oldest_due = claimed->oldest_due;
    }
    return std::move(claimed->jobs);
}

Result<> Executor::Impl::wake(postgres::Session& session) {
    const Monotonic began = clock.monotonic();
    const Instant since = parked_since.from(began);
    const auto woken =
        session.transact(postgres::Access::runtime(), [&](postgres::Transaction& transaction) {
            jobs::use_indexes(transaction);
            return jobs::wake_parked(transaction, settings.worker, since);
        });
    if (!woken) return woken.error();
    if (woken->none_before) {
        parked_since.looked(since, *woken->none_before, began, clock.monotonic());
        wake_due = began + settings.wake_every;
    }
    return {};
}

asio::awaitable<Result<std::vector<job::Job>>> Executor::Impl::claim_on_desk(int limit) {
    std::function<Result<std::vector<job::Job>>(postgres::Session&)> work =
        [this, limit](postgres::Session& session) {
            if (clock.monotonic() >= wake_due)
                if (const Result<> woken = wake(session); !woken)
                    return Result<std::vector<job::Job>>(woken.error());
            return claim(session, limit);
        };
    auto claimed =
        co_await on_thread<Result<std::vector<job::Job>>>(DatabaseQueue::Desk, std::move(work));
    std::lock_guard lock(mutex);
    not_ready = claimed ? "" : claimed.error().message;
    co_return claimed;
}

asio::awaitable<void> Executor::Impl::claim_round() {
    ClaimPace pace(
        {.in_flight = settings.in_flight,
         .claim_limit = settings.claim_limit,
         .pace = settings.pace,
         .idle_min = settings.idle_poll_min,
         .idle_max = settings.idle_poll_max}
    );
    while (!draining_) {
        const Monotonic began = clock.monotonic();
        const ClaimPace::Next next = pace.next(running.size(), began);
        if (next.limit == 0) {
            co_await wait(claim_timer, next.wait);
            continue;
        }
        room_made = false;
        auto claimed = co_await claim_on_desk(next.limit);
        if (!claimed) {
            waiting("claim", claimed.error());
            co_await wait(claim_timer, settings.retry_pause);
            continue;
        }
        went_well("claim");
        crash_point("J1");
        if (!claimed->empty()) observer.on_claimed(claimed->size(), clock.monotonic() - began);
        cursor = jobs::cursor_behind(cursor, *claimed);
        for (job::Job& job : *claimed)
            begin(std::move(job), began);
        const milliseconds pause = pace.claimed(claimed->size(), room_made);
        if (pause.count() > 0) co_await wait(claim_timer, pause);
    }
}

asio::awaitable<void> Executor::Impl::renew_round() {
    milliseconds pause = settings.renew_every;
    for (;;) {
        co_await wait(renew_timer, pause);
        auto leases = std::make_shared<std::vector<jobs::Lease>>();
        std::vector<JobKey> keys;
        for (const auto& [key, job] : running) {
            // Waiting for us is not the job's standstill; running without progress is.
            const bool stepped =
                job->phase != RunningJob::Phase::Running || job->ticks != job->ticks_renewed;
            if (job->lost || !stepped) continue;
            leases->push_back(job->lease());
            keys.push_back(key);
        }
        pause = settings.renew_every;
        if (leases->empty()) continue;
        const Monotonic began = clock.monotonic();
        std::function<Result<std::vector<JobId>>(postgres::Session&)> renew =
            [this, leases](postgres::Session& session) {
                return session.transact(
                    postgres::Access::runtime(),
                    [&](postgres::Transaction& transaction) {
                        jobs::use_indexes(transaction);
                        auto held = jobs::renew_leases(
                            transaction, settings.owner, *leases, settings.lease
                        );
                        crash_point("J14");
                        return held;
                    }
                );
            };
        const auto renewed =
            co_await on_thread<Result<std::vector<JobId>>>(DatabaseQueue::Desk, std::move(renew));
        if (!renewed) {
            waiting("renew", renewed.error());
            pause = settings.retry_pause;
            continue;
        }
        went_well("renew");
        const std::set<JobId> held(renewed->begin(), renewed->end());
        for (const JobKey& key : keys) {
            const auto found = running.find(key);
            if (found == running.end()) continue; // settled meanwhile
            RunningJob& job = *found->second;
            if (held.contains(job.job.id)) {
                job.safe_until = began + settings.safe_for;
                job.ticks_renewed = job.ticks;
            } else if (job.phase != RunningJob::Phase::Settling) {
                job.lost = true;
                job.cancel.emit(asio::cancellation_type::terminal);
            }
        }
    }
}

asio::awaitable<void> Executor::Impl::reap_round() {
    for (;;) {
        // Apart from the reapers of other processes.
        co_await wait(
            reap_timer,
            settings.reap_every -
                milliseconds(
                    random.below(1 + static_cast<std::uint64_t>(settings.reap_every.count()) / 10)
                )
        );
        // While the database was away nobody could renew: whoever lives needs time to say so first.
        const Monotonic since = std::max(last_failure.value_or(started_at), started_at);
        if (clock.monotonic() - since < settings.reap_patience) continue;
        std::function<Result<>(postgres::Session&)> work = [this](postgres::Session& session) {
            return reap(session);
        };
        const Result<> done = co_await on_thread<Result<>>(DatabaseQueue::Desk, std::move(work));
        if (done)
            went_well("reap");
        else
            waiting("reap", done.error());
    }
}

void Executor::Impl::cancel_unsafe() {
    const Monotonic now = clock.monotonic();
    for (const auto& [key, job] : running)
        if (job->remote && job->phase == RunningJob::Phase::Running &&
            now >= job->safe_until.load())
            job->cancel.emit(asio::cancellation_type::terminal);
}

asio::awaitable<void> Executor::Impl::release_rest() {
    for (const auto& [key, job] : running)
        if (job->remote && job->phase == RunningJob::Phase::Running)
            job->cancel.emit(asio::cancellation_type::terminal);
    // Cancelled coroutines end within this time; one that does not is left behind with its lease,
    // which runs out by itself: giving it back could let two run.
    const Monotonic until = clock.monotonic() + 3s;
    while (!running.empty() && clock.monotonic() < until)
        co_await wait(drain_timer, 50ms);
}

asio::awaitable<void> Executor::Impl::drain() {
    draining_ = true;
    draining_visible = true;
    claim_timer.cancel();
    const Monotonic until = clock.monotonic() + settings.drain;
    while (!running.empty() && clock.monotonic() < until) {
        last_tick = clock.monotonic();
        co_await wait(drain_timer, 100ms);
    }
    if (!running.empty()) co_await release_rest();
}

asio::awaitable<void> Executor::Impl::supervise(const StopSignal& stop) {
    asio::steady_timer timer(io);
    while (!stop.requested()) {
        last_tick = clock.monotonic();
        cancel_unsafe();
        look_for_standstills();
        co_await wait(timer, 100ms);
    }
    co_await drain();
    io.stop();
}

Executor::Executor(
    ExecutorSettings settings,
    ExecutorObserver& observer,
    postgres::StatementObserver* statements,
    const Clock& clock
)
    : impl_(std::make_unique<Impl>(std::move(settings), observer, statements, clock)) {}

Executor::~Executor() = default;

void Executor::add(std::string kind, jobs::TransactionalJobs& jobs) {
    impl_->transactional.insert_or_assign(std::move(kind), &jobs);
}

void Executor::add(std::string kind, RemoteJobs& jobs) {
    impl_->remote.insert_or_assign(std::move(kind), &jobs);
}

Result<> Executor::run(const StopSignal& stop) {
    Impl& impl = *impl_;
    asio::co_spawn(impl.io, impl.claim_round(), kRethrow);
    asio::co_spawn(impl.io, impl.settle_round(), kRethrow);
    asio::co_spawn(impl.io, impl.renew_round(), kRethrow);
    asio::co_spawn(impl.io, impl.reap_round(), kRethrow);
    asio::co_spawn(impl.io, impl.supervise(stop), kRethrow);
    Result<> result;
    try {
        impl.io.run();
    } catch (const std::exception& error) {
        result = bug(std::string("executor: its event loop threw: ") + error.what());
    }
    impl.threads.stop();
    return result;
}

ExecutorStatus Executor::status() const {
    constexpr std::size_t kShown = 100;
    const Monotonic now = impl_->clock.monotonic();
    ExecutorStatus status;
    status.draining = impl_->draining_visible;
    std::lock_guard lock(impl_->mutex);
    status.not_ready = impl_->not_ready;
    status.standstills = impl_->watches.stalled(now);
    status.oldest_due = impl_->oldest_due;
    status.in_flight = impl_->running.size();
    for (const auto& [key, running] : impl_->running) {
        const job::Job& job = running->job;
        status.jobs.push_back(
            {job.id,
             job.kind,
             job.attempts,
             std::chrono::duration_cast<milliseconds>(now - running->claimed_at),
             waits_for(running->phase)}
        );
    }
    std::sort(
        status.jobs.begin(),
        status.jobs.end(),
        [](const JobInFlight& a, const JobInFlight& b) { return a.age > b.age; }
    );
    if (status.jobs.size() > kShown) status.jobs.resize(kShown);
    return status;
}

Monotonic::duration Executor::since_tick() const {
    return std::max(impl_->clock.monotonic() - impl_->last_tick.load(), impl_->threads.busy_for());
}

} // namespace calfleet::executor
