// A small worker for the jobs chaos tests: every job adds one row to calfleet.effects and ends as
// its entity says.
//
//     jobs_worker DSN OWNER          kinds: "test" (transactional), "remote" (waits 50 ms, then
//     like "test")

#include "common/core/clock.h"
#include "common/executor/executor.h"
#include "common/executor/executor_telemetry.h"
#include "common/runtime/lifecycle.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdio>
#include <string>

namespace {

using namespace std::chrono_literals;
using namespace calfleet;

job::Outcome outcome_of(const job::Job& job) {
    if (job.entity.starts_with("retry") && job.attempts == 0)
        return job::Retry{{"test", "once more"}};
    if (job.entity.starts_with("bury")) return job::DeadLetter{{"test", "hopeless"}};
    return job::Completed{};
}

void add_effect(postgres::Transaction& transaction, const job::Job& job) {
    static constexpr postgres::Statement kEffect{
        "chaos.effect", "insert into effects (job, entity, epoch) values ($1, $2, $3)"};
    transaction.exec(kEffect, postgres::params(job.id.value, job.entity, job.lease_epoch));
}

class EffectJobs final : public jobs::TransactionalJobs {
public:
    job::Outcome run(postgres::Transaction& transaction, const job::Job& job, Instant) override {
        const job::Outcome outcome = outcome_of(job);
        if (std::holds_alternative<job::Completed>(outcome)) add_effect(transaction, job);
        // Long enough for a signal to find the job running.
        if (job.entity.starts_with("slow")) transaction.exec_text("select pg_sleep(0.5)");
        return outcome;
    }
};

/// Somebody else is waited for; what is proved is that the job ends once.
class WaitingJobs final : public executor::RemoteJobs {
public:
    boost::asio::awaitable<job::Outcome> run(job::Job job, executor::RemoteContext&) override {
        boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, 50ms);
        co_await timer.async_wait(boost::asio::use_awaitable);
        co_return outcome_of(job);
    }
};

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 78;
    runtime::block_watched_signals();
    StopSignal stop;
    const runtime::SignalWatch signals(stop);
    metrics::Registry registry("jobs-worker");
    executor::ExecutorTelemetry telemetry(registry, system_clock());
    executor::ExecutorSettings settings;
    settings.worker = "test-worker";
    settings.owner = argv[2];
    settings.database = {.dsn = Secret<std::string>(argv[1]), .application_name = argv[2]};
    settings.idle_poll_min = 10ms;
    settings.idle_poll_max = 50ms;
    settings.lease = 3s;
    settings.renew_every = 500ms;
    settings.safe_for = 2s;
    settings.reap_every = 200ms;
    settings.reap_patience = 500ms;
    settings.drain = 5s;
    settings.policy.delays = {1s, 1s, 1s};
    EffectJobs effects;
    WaitingJobs remote;
    executor::Executor executor(settings, telemetry, nullptr, system_clock());
    executor.add("test", effects);
    executor.add("remote", remote);
    const Result<> end = executor.run(stop);
    if (!end) std::fprintf(stderr, "%s\n", end.error().message.c_str());
    return end ? 0 : 1;
}
