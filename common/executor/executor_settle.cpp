#include "common/core/crash_point.h"
#include "common/executor/executor_impl.h"
#include "common/jobs/job_upkeep.h"

#include <algorithm>
#include <set>

namespace calfleet::executor {
namespace {

using namespace std::chrono_literals;

jobs::Settlement settlement_of(const RunningJob& running) {
    const job::Job& job = running.job;
    return {running.lease(), job.company, job.entity, job.dead_letter, {}, job.kind, job.event_key};
}

/// What only another moment of the database can mend. Anything else is about this one job.
bool is_outage(const Error& error) {
    return error.kind == ErrorKind::Unavailable || error.kind == ErrorKind::InDoubt;
}

job::Reason refused(const Error& error) {
    return {"settlement_refused", "how it ended cannot be written: " + error.message};
}

/// A letter that says no more than where the event is; what it cannot keep may be what was refused.
job::Job bare(job::Job job) {
    job.record.reset();
    job.event_id.reset();
    return job;
}
job::Bury bare(const job::Job& job, const job::Bury& bury, const Error& error) {
    job::Reason reason = refused(error);
    if (job.record)
        reason.text = "the database refused to keep the record; read it in topic " +
                      job.record->topic + ", partition " + std::to_string(job.record->partition) +
                      " offset " + std::to_string(job.record->offset) + ". " + reason.text;
    return {job::bounded(std::move(reason)), bury.attempts};
}

/// Not even such a letter can be written: the row is all that is left of the job. It stays, out of
/// the way of others, and is tried less and less often.
constexpr auto kRefusedPause = 15min;
constexpr auto kLongestRefusedPause = 6h;
constexpr int kRefusedShare = 8;
Microseconds refused_pause(const job::Job& job) {
    return std::clamp<Microseconds>(job.age / kRefusedShare, kRefusedPause, kLongestRefusedPause);
}

/// False for a burial, which needs a scope of its own.
bool fill(jobs::Settlement& settlement, const job::Decision& decision) {
    return std::visit(
        job::Match{
            [](const job::Bury&) { return false; },
            [&](const auto& change) {
                settlement.decision = change;
                return true;
            },
        },
        decision
    );
}

} // namespace

std::vector<Executor::Impl::Settling> Executor::Impl::take_ended() {
    std::vector<Settling> batch;
    while (!ended.empty() && batch.size() < settings.settle_limit) {
        Ended next = std::move(ended.front());
        ended.pop_front();
        const auto found = running.find(next.key);
        if (found == running.end()) continue;
        RunningJob& job = *found->second;
        if (job.lost) {
            observer.on_fenced(job.job);
            forget(next.key);
            continue;
        }
        Settling one{&job, std::move(next.outcome), job::Finished{}, Settling::State::Open};
        if (one.outcome) one.decision = job::settle(*one.outcome, job.job, random, settings.policy);
        batch.push_back(std::move(one));
    }
    return batch;
}

Result<> Executor::Impl::write_together(postgres::Session& session, std::vector<Settling>& batch) {
    std::vector<jobs::Settlement> settlements;
    std::vector<Settling*> settled;
    std::vector<jobs::Lease> leases;
    std::vector<Settling*> returned;
    for (Settling& one : batch) {
        if (!one.outcome) {
            leases.push_back(one.running->lease());
            returned.push_back(&one);
            continue;
        }
        jobs::Settlement settlement = settlement_of(*one.running);
        if (!fill(settlement, one.decision)) continue;
        settlements.push_back(std::move(settlement));
        settled.push_back(&one);
    }
    if (settled.empty() && returned.empty()) return {};
    std::vector<bool> written;
    std::vector<JobId> released;
    const Result<> done =
        session.transact(postgres::Access::runtime(), [&](postgres::Transaction& transaction) {
            jobs::use_indexes(transaction);
            crash_point("J9");
            written = jobs::settle_jobs(transaction, settings.worker, settings.owner, settlements);
            released = jobs::release_leases(transaction, settings.owner, leases, 0us);
            crash_point("J10");
        });
    if (!done) return done.error();
    crash_point("J11");
    using State = Settling::State;
    for (std::size_t i = 0; i < settled.size(); ++i)
        settled[i]->state = written[i] ? State::Written : State::Fenced;
    const std::set<JobId> back(released.begin(), released.end());
    for (Settling* one : returned)
        one->state = back.contains(one->running->job.id) ? State::Written : State::Fenced;
    return {};
}

Result<> Executor::Impl::write_alone(postgres::Session& session, Settling& one) {
    const job::Job& job = one.running->job;
    const auto write = [&](const job::Job& as, const job::Decision& decision) {
        bool written = false;
        const Result<> done = session.transact(
            postgres::Access::company(job.company),
            [&](postgres::Transaction& transaction) {
                jobs::use_indexes(transaction);
                written = jobs::write_decision(transaction, scope(), as, decision);
            }
        );
        if (!done) return done;
        one.decision = decision;
        one.state = written ? Settling::State::Written : Settling::State::Fenced;
        return done;
    };
    job::Decision next = one.decision;
    Result<> done = write(job, next);
    if (done || is_outage(done.error())) return done;
    // The decision is refused. Another end: a failure like any other, and at last a letter; of that
    // less; and when nothing can be written, the job waits.
    const Error error = done.error();
    one.fault = error;
    if (!std::holds_alternative<job::Bury>(next)) {
        Random own = Random::from_system(); // of this thread
        next = job::settle(job::Retry{refused(error)}, job, own, settings.policy);
        done = write(job, next);
        if (done || is_outage(done.error())) return done;
    }
    if (const auto* bury = std::get_if<job::Bury>(&next)) {
        done = write(bare(job), bare(job, *bury, done.error()));
        if (done || is_outage(done.error())) return done;
    }
    return write(job, job::Wait{refused_pause(job), true, job::bounded(refused(error))});
}

Result<> Executor::Impl::write_batch(postgres::Session& session, std::vector<Settling>& batch) {
    Result<> first = write_together(session, batch);
    if (!first && (is_outage(first.error()) || first.error().kind == ErrorKind::Timeout))
        return first;
    // Burials; and each by itself when together they were refused.
    first = Result<>{};
    for (Settling& one : batch) {
        if (one.state != Settling::State::Open || !one.outcome) continue;
        const Result<> done = write_alone(session, one);
        if (done) continue;
        if (is_outage(done.error())) return done;
        if (first) first = done.error();
    }
    return first;
}

void Executor::Impl::report(const Settling& one, std::chrono::nanoseconds took) {
    const job::Job& job = one.running->job;
    if (one.fault) observer.on_fault(job, *one.fault);
    if (one.state == Settling::State::Fenced)
        observer.on_fenced(job);
    else if (one.outcome)
        observer.on_settled(job, *one.outcome, one.decision, took);
    else
        observer.on_released(job);
}

asio::awaitable<bool> Executor::Impl::settle_some() {
    auto batch = std::make_shared<std::vector<Settling>>(take_ended());
    if (batch->empty()) co_return true;
    const Monotonic began = clock.monotonic();
    std::function<Result<>(postgres::Session&)> write = [this, batch](postgres::Session& session) {
        return write_batch(session, *batch);
    };
    const Result<> done = co_await on_thread<Result<>>(DatabaseQueue::Desk, std::move(write));
    const Monotonic now = clock.monotonic();
    if (done) went_well("settle");
    if (!done)
        waiting("settle", done.error());
    else
        observer.on_settlement(batch->size(), now - began);
    for (Settling& one : *batch) {
        const JobKey key{one.running->job.id.value, one.running->job.lease_epoch};
        if (one.state == Settling::State::Open) {
            ended.push_front({key, std::move(one.outcome)});
            continue;
        }
        report(one, now - one.running->claimed_at);
        forget(key);
    }
    co_return static_cast<bool>(done);
}

asio::awaitable<void> Executor::Impl::settle_round() {
    Monotonic last{};
    for (;;) {
        if (ended.empty()) {
            co_await wait(settle_timer, 1s);
            continue;
        }
        const Monotonic now = clock.monotonic();
        const bool few = ended.size() < settings.settle_limit / 4 && ended.size() < running.size();
        if (few && !draining_ && now - last < settings.pace) {
            co_await wait(settle_timer, rest_of(settings.pace, now - last));
            continue;
        }
        last = now;
        const bool done = co_await settle_some();
        if (!done) co_await wait(settle_timer, settings.retry_pause);
    }
}

Result<> Executor::Impl::reap(postgres::Session& session) {
    std::size_t reaped = 0;
    std::int64_t orphans = 0;
    std::vector<job::Job> loops;
    constexpr int kLoopsAtOnce = 100;
    const int limit = settings.policy.crash_limit;
    Result<> done =
        session.transact(postgres::Access::runtime(), [&](postgres::Transaction& transaction) {
            jobs::use_indexes(transaction);
            reaped = jobs::reap_leases(transaction, settings.worker, limit).size();
            orphans = jobs::promote_orphans(transaction, settings.worker, orphan_cursor, 1000);
            loops = jobs::find_crash_loops(
                transaction, settings.worker, limit, loop_cursor, kLoopsAtOnce
            );
        });
    if (!done) return done;
    std::size_t buried = 0;
    for (const job::Job& job : loops) {
        const Result<bool> end = bury_crash_loop(session, job);
        if (!end && is_outage(end.error())) return end.error();
        if (end && *end) ++buried;
        if (!end && done) done = end.error();
    }
    asio::post(io, [this, reaped, buried, orphans] {
        observer.on_reaped(reaped, buried, static_cast<std::size_t>(orphans));
    });
    return done;
}

Result<bool> Executor::Impl::bury_crash_loop(postgres::Session& session, const job::Job& job) {
    const auto bury = job::settle_crash(job, settings.policy);
    if (!bury) return false;
    const auto access = postgres::Access::company(job.company);
    const auto write = [&](const job::Job& as, const job::Bury& end) {
        return session.transact(access, [&](postgres::Transaction& transaction) {
            jobs::use_indexes(transaction);
            return jobs::bury_job(transaction, settings.worker, std::nullopt, as, end);
        });
    };
    Result<bool> buried = write(job, *bury);
    if (buried || is_outage(buried.error())) return buried;
    const Error error = buried.error();
    buried = write(bare(job), bare(job, *bury, error));
    if (buried || is_outage(buried.error())) return buried;
    asio::post(io, [this, job, error] { observer.on_fault(job, error); });
    return session.transact(access, [&](postgres::Transaction& transaction) {
        jobs::use_indexes(transaction);
        jobs::set_crash_loop_aside(transaction, job, refused_pause(job), refused(error));
        return false;
    });
}

} // namespace calfleet::executor
