#include "common/core/crash_point.h"
#include "common/executor/executor_impl.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <chrono>

namespace calfleet::executor {
namespace {

using namespace std::chrono_literals;

/// What a remote job sees of the executor.
class JobContext final : public RemoteContext {
public:
    JobContext(Executor::Impl& executor, RunningJob& running)
        : executor_(executor)
        , running_(running) {}

    void progress() override {
        ++running_.ticks;
        ++executor_.moved;
    }
    Monotonic safe_until() const override { return running_.safe_until; }
    bool may_begin() const override {
        return !executor_.draining() && !running_.lost &&
               executor_.clock.monotonic() < running_.safe_until.load();
    }
    const Clock& clock() const override { return executor_.clock; }
    void submit(std::function<std::function<void()>(postgres::Session&)> work) override {
        executor_.threads.submit(
            DatabaseQueue::Remote,
            [&executor = executor_, work = std::move(work)](postgres::Session& session) {
                if (auto then = work(session)) asio::post(executor.io, std::move(then));
            }
        );
    }

protected:
    asio::awaitable<void> on_database(std::function<void(postgres::Session&)> work) override {
        progress();
        std::function<bool(postgres::Session&)> task =
            [work = std::move(work)](postgres::Session& session) {
                work(session);
                return true;
            };
        co_await executor_.on_thread<bool>(DatabaseQueue::Remote, std::move(task));
        progress();
    }

private:
    Executor::Impl& executor_;
    RunningJob& running_;
};

} // namespace

void Executor::Impl::begin(job::Job job, Monotonic claimed_at) {
    auto entry = std::make_unique<RunningJob>();
    entry->job = std::move(job);
    entry->claimed_at = claimed_at;
    entry->safe_until = claimed_at + settings.safe_for;
    RunningJob& started = *entry;
    const JobKey key{started.job.id.value, started.job.lease_epoch};
    {
        std::lock_guard lock(mutex);
        running.insert_or_assign(key, std::move(entry));
    }
    ++moved;
    if (const auto found = transactional.find(started.job.kind); found != transactional.end())
        return begin_transactional(started, *found->second);
    if (const auto found = remote.find(started.job.kind); found != remote.end())
        return begin_remote(started, *found->second);
    finish(
        started,
        job::Snooze{
            60s,
            {"unknown_kind",
             "this version of the worker knows no jobs of kind " + started.job.kind}}
    );
}

void Executor::Impl::begin_transactional(RunningJob& started, jobs::TransactionalJobs& jobs) {
    const JobKey key{started.job.id.value, started.job.lease_epoch};
    threads.submit(DatabaseQueue::Work, [this, key, &started, &jobs](postgres::Session& session) {
        const Monotonic begun = clock.monotonic();
        // Waited too long for this thread, or the process stood still: it may be another's by now.
        if (draining_visible || begun >= started.safe_until.load()) {
            asio::post(io, [this, key] {
                if (const auto found = running.find(key); found != running.end())
                    finish(*found->second, std::nullopt);
            });
            return;
        }
        started.phase = RunningJob::Phase::Running;
        auto end = std::make_shared<jobs::JobEnd>(
            jobs::run_in_transaction(session, scope(), jobs, started.job, work_random)
        );
        asio::post(io, [this, key, end, took = clock.monotonic() - begun] {
            on_transaction_end(key, std::move(*end), took);
        });
    });
}

void Executor::Impl::on_transaction_end(
    const JobKey& key, jobs::JobEnd end, std::chrono::nanoseconds took
) {
    const auto found = running.find(key);
    if (found == running.end()) return;
    RunningJob& ended_job = *found->second;
    if (end.kind == jobs::JobEnd::Kind::Failed) {
        if (!std::holds_alternative<job::Snooze>(end.outcome))
            observer.on_fault(ended_job.job, *end.error);
        return finish(ended_job, std::move(end.outcome));
    }
    if (end.kind == jobs::JobEnd::Kind::Fenced)
        observer.on_fenced(ended_job.job);
    else
        observer.on_settled(ended_job.job, end.outcome, *end.decision, took);
    forget(key);
}

void Executor::Impl::begin_remote(RunningJob& started, RemoteJobs& jobs) {
    started.remote = true;
    started.phase = RunningJob::Phase::Running;
    const JobKey key{started.job.id.value, started.job.lease_epoch};
    asio::co_spawn(
        io,
        run_remote(started, jobs),
        asio::bind_cancellation_slot(
            started.cancel.slot(),
            [this, key](std::exception_ptr failure, std::optional<job::Outcome> outcome) {
                const auto found = running.find(key);
                if (found == running.end()) return;
                finish(*found->second, failure ? std::nullopt : std::move(outcome));
            }
        )
    );
}

asio::awaitable<std::optional<job::Outcome>>
Executor::Impl::run_remote(RunningJob& started, RemoteJobs& jobs) {
    JobContext context(*this, started);
    std::optional<Error> fault;
    try {
        co_return co_await jobs.run(started.job, context);
    } catch (const boost::system::system_error& error) {
        // Cancelled by us: the job is given back. Anything else is the handler's.
        if (error.code() == asio::error::operation_aborted) co_return std::nullopt;
        fault = bug(std::string("the handler threw: ") + error.what());
    } catch (const std::exception& error) {
        fault = bug(std::string("the handler threw: ") + error.what());
    }
    observer.on_fault(started.job, *fault);
    co_return jobs::outcome_of_error(*fault);
}

void Executor::Impl::finish(RunningJob& ended_job, std::optional<job::Outcome> outcome) {
    const JobKey key{ended_job.job.id.value, ended_job.job.lease_epoch};
    if (ended_job.lost) {
        observer.on_fenced(ended_job.job);
        return forget(key);
    }
    ended_job.phase = RunningJob::Phase::Settling;
    ended.push_back({key, std::move(outcome)});
    settle_timer.cancel();
}

void Executor::Impl::forget(const JobKey& key) {
    {
        std::lock_guard lock(mutex);
        running.erase(key);
    }
    ++moved;
    room_made = true;
    claim_timer.cancel();
    if (draining_) drain_timer.cancel();
}

} // namespace calfleet::executor
