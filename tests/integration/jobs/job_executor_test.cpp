#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gmock/gmock.h>

#include <set>

#include "tests/integration/jobs/executor_fixture.h"
#include "tests/support/wait.h"

namespace calfleet::executor {
namespace {

using namespace std::chrono_literals;
using postgres::Access;
using postgres::Transaction;
using test_support::eventually;
namespace asio = boost::asio;

TEST_F(ExecutorTest, RunsEveryJobOnceAndRemovesIt) {
    for (int i = 0; i < 10; ++i)
        enqueue({"1/a", "1/b", "2/c", "3/d", "4/e"});
    ScriptedJobs jobs(completed);
    RunningExecutor executor(quick());
    executor->add("test", jobs);
    executor.start();
    EXPECT_TRUE(eventually(kPatience, [&] { return empty(); }));
    EXPECT_TRUE(executor.stop());
    EXPECT_EQ(count("calfleet.effects"), 50);
    EXPECT_EQ(count("(select distinct job from calfleet.effects) jobs"), 50);
    EXPECT_EQ(executor.seen.settled, 50U);
}

TEST_F(ExecutorTest, KeepsTheOrderOfAnEntityAcrossRetries) {
    enqueue({"1/a", "1/a", "1/a"});
    const std::int64_t first = std::stoll(database().ask("select min(id) from calfleet.jobs"));
    ScriptedJobs jobs([first](const job::Job& job) -> job::Outcome {
        if (job.id.value == first && job.attempts < 2) return job::Retry{{"test", "not yet"}};
        return job::Completed{};
    });
    RunningExecutor executor(quick());
    executor->add("test", jobs);
    executor.start();
    for (int failures = 1; failures <= 2; ++failures) {
        ASSERT_TRUE(eventually(kPatience, [&] {
            return count(
                       "calfleet.jobs where state = 'parked' and attempts = " +
                       std::to_string(failures)
                   ) == 1;
        }));
        EXPECT_EQ(states("a"), "parked,waiting,waiting");
        let_pass(1000s);
    }
    ASSERT_TRUE(eventually(kPatience, [&] { return empty(); }));
    EXPECT_EQ(
        database().ask(
            "select string_agg((job - " + std::to_string(first) +
            ")::text, ',' order by id) from calfleet.effects"
        ),
        "0,0,0,1,2"
    );
}

TEST_F(ExecutorTest, SpendsThreeRetriesAtOneFiveAndFifteenMinutesThenBuries) {
    enqueue({"1/a"});
    ScriptedJobs jobs([](const job::Job&) -> job::Outcome {
        return job::Retry{{"flaky", "the answer was no"}};
    });
    RunningExecutor executor(quick());
    executor->add("test", jobs);
    executor.start();
    int attempts = 0;
    for (const double pause : {60.0, 300.0, 900.0}) {
        ++attempts;
        ASSERT_TRUE(eventually(kPatience, [&] {
            return count(
                       "calfleet.jobs where state = 'parked' and attempts = " +
                       std::to_string(attempts)
                   ) == 1;
        }));
        const double due = due_in();
        EXPECT_GT(due, pause - 5);
        EXPECT_LE(due, pause * 1.2);
        let_pass(std::chrono::seconds(1200));
    }
    ASSERT_TRUE(eventually(kPatience, [&] { return empty(); }));
    EXPECT_EQ(
        database().ask("select reason_class || '|' || attempts || '|' || state || '|' || entity "
                       "from calfleet.dead_letters"),
        "flaky|4|open|a"
    );
    EXPECT_EQ(database().ask("select topic from calfleet.outbox"), "test-worker.dlq");
}

TEST_F(ExecutorTest, SnoozesWithoutAnAttempt) {
    enqueue({"1/a"});
    ScriptedJobs jobs([](const job::Job&) -> job::Outcome {
        return job::Snooze{10min, {"limit", "later"}};
    });
    RunningExecutor executor(quick());
    executor->add("test", jobs);
    executor.start();
    for (int runs = 1; runs <= 5; ++runs) {
        ASSERT_TRUE(eventually(kPatience, [&] {
            return jobs.runs() == runs && states("a") == "parked";
        }));
        let_pass(601s);
    }
    ASSERT_TRUE(eventually(kPatience, [&] { return jobs.runs() == 6; }));
    EXPECT_EQ(database().ask("select attempts from calfleet.jobs"), "0");
    EXPECT_EQ(count("calfleet.dead_letters"), 0);
}

TEST_F(ExecutorTest, BuriesNoJobForHavingWaitedLong) {
    enqueue({"1/a"});
    database().run("update calfleet.jobs set created_at = now() - interval '400 days', deadline_at "
                   "= now() - interval '397 days'");
    ScriptedJobs jobs([](const job::Job&) -> job::Outcome {
        return job::Snooze{10min, {"limit", "later"}};
    });
    RunningExecutor executor(quick());
    executor->add("test", jobs);
    executor.start();
    for (int runs = 1; runs <= 3; ++runs) {
        ASSERT_TRUE(eventually(kPatience, [&] {
            return jobs.runs() == runs && states("a") == "parked";
        }));
        let_pass(601s);
    }
    EXPECT_EQ(count("calfleet.dead_letters"), 0);
}

/// The deadline is the database's: a process whose clock is years ahead gives nothing up.
TEST_F(ExecutorTest, TakesALateStatementForAFailureOnlyPastTheDeadlineOfTheDatabase) {
    enqueue({"1/fresh", "2/overdue"});
    database().run("update calfleet.jobs set deadline_at = now() - interval '1 second' where "
                   "company_id = 2");
    ScriptedJobs jobs([](const job::Job&) -> job::Outcome {
        return job::Snooze{10min, {"database_timeout", "too slow"}, job::Blame::Unknown};
    });
    RunningExecutor executor(quick());
    executor->add("test", jobs);
    executor.start();
    ASSERT_TRUE(eventually(kPatience, [&] { return jobs.runs() == 2; }));
    ASSERT_TRUE(eventually(kPatience, [&] {
        return database().ask("select string_agg(attempts::text, ',' order by company_id) from "
                              "calfleet.jobs where last_class = 'database_timeout'") == "0,1";
    }));
}

TEST_F(ExecutorTest, ParksAKindItDoesNotKnow) {
    enqueue({"1/a"}, "from-the-next-release");
    RunningExecutor executor(quick());
    executor.start();
    ASSERT_TRUE(eventually(kPatience, [&] { return states("a") == "parked"; }));
    EXPECT_EQ(database().ask("select last_class || attempts from calfleet.jobs"), "unknown_kind0");
}

TEST_F(ExecutorTest, AHandlerThatThrowsCostsItsJobAnAttemptAndItsEffectIsUndone) {
    enqueue({"1/a", "2/b"});
    ScriptedJobs jobs([](const job::Job& job) -> job::Outcome {
        if (job.entity == "a") throw std::runtime_error("surprise");
        return job::Completed{};
    });
    RunningExecutor executor(quick());
    executor->add("test", jobs);
    executor.start();
    ASSERT_TRUE(eventually(kPatience, [&] {
        return count("calfleet.jobs where attempts = 1") == 1 && effects() == "b";
    }));
    EXPECT_EQ(executor.seen.faults, 1U);
}

TEST_F(ExecutorTest, TakesOverTheJobsOfADeadProcess) {
    enqueue({"1/a", "2/b"});
    ASSERT_EQ(claim({.owner = "dead", .lease = 1s}).size(), 2U);
    ScriptedJobs jobs(completed);
    RunningExecutor executor(quick());
    executor->add("test", jobs);
    executor.start();
    EXPECT_TRUE(eventually(kPatience, [&] { return empty(); }));
    EXPECT_EQ(jobs.runs(), 2);
    EXPECT_EQ(executor.seen.reaped, 2U);
}

TEST_F(ExecutorTest, AnOutageCostsNeitherAnAttemptNorACrash) {
    for (int i = 0; i < 40; ++i)
        enqueue({"1/a", "2/b", "3/c"});
    ScriptedJobs jobs(completed);
    RunningExecutor executor(quick());
    executor->add("test", jobs);
    executor.start();
    ASSERT_TRUE(eventually(kPatience, [&] { return jobs.runs() > 5; }));
    postgres::test_server().restart_immediate();
    ASSERT_TRUE(eventually(kPatience, [&] { return empty(); }))
        << database().ask("select string_agg(concat_ws(' ', id, state, attempts, crashes, "
                          "last_class, run_at - now(), lease_until - now()), '; ') "
                          "from (select * from calfleet.jobs order by id limit 10) as left_over");
    EXPECT_EQ(count("calfleet.dead_letters"), 0);
    EXPECT_EQ(count("calfleet.effects"), 120);
    EXPECT_EQ(count("(select distinct job from calfleet.effects) jobs"), 120);
    EXPECT_EQ(executor.seen.crash_loops, 0U);
}

/// A remote kind that waits, then answers.
class WaitingJobs final : public RemoteJobs {
public:
    explicit WaitingJobs(std::chrono::milliseconds time)
        : time_(time) {}
    asio::awaitable<job::Outcome> run(job::Job job, RemoteContext& context) override {
        ++begun;
        most = std::max(most.load(), begun - ended);
        asio::steady_timer timer(co_await asio::this_coro::executor, time_);
        co_await timer.async_wait(asio::use_awaitable);
        const std::string entity = job.entity;
        const auto written =
            co_await context.database(Access::company(job.company), [&](Transaction& transaction) {
                static constexpr postgres::Statement kEffect{
                    "test.remote_effect", "insert into effects (job, entity) values ($1, $2)"};
                transaction.exec(kEffect, postgres::params(job.id.value, entity));
            });
        ++ended;
        if (!written) co_return job::Snooze{1s, {"database", written.error().message}};
        co_return job::Completed{};
    }
    std::atomic<int> begun{0}, ended{0}, most{0};

private:
    std::chrono::milliseconds time_;
};

TEST_F(ExecutorTest, RunsRemoteJobsOfManyCompaniesAtTheSameTime) {
    database().run("insert into calfleet.jobs (worker, kind, company_id, entity, deadline_at) "
                   "select 'test-worker', 'remote', n, 'r' || n, now() + interval '3 days' from "
                   "generate_series(1, 200) n");
    WaitingJobs jobs(1000ms);
    auto settings = quick();
    settings.in_flight = 500;
    RunningExecutor executor(settings);
    executor->add("remote", jobs);
    executor.start();
    ASSERT_TRUE(eventually(kPatience, [&] { return empty(); }));
    EXPECT_EQ(count("(select distinct job from calfleet.effects) jobs"), 200);
    EXPECT_GT(jobs.most, 150);
}

TEST_F(ExecutorTest, RenewsTheLeaseOfARemoteJobThatMakesProgress) {
    class Steady final : public RemoteJobs {
    public:
        asio::awaitable<job::Outcome> run(job::Job, RemoteContext& context) override {
            asio::steady_timer timer(co_await asio::this_coro::executor);
            for (int step = 0; step < 40; ++step) {
                timer.expires_after(100ms);
                co_await timer.async_wait(asio::use_awaitable);
                context.progress();
            }
            co_return job::Completed{};
        }
    } jobs;
    enqueue({"1/a"}, "remote");
    RunningExecutor first(quick("first")), second(quick("second"));
    first->add("remote", jobs);
    second->add("remote", jobs);
    first.start();
    second.start();
    ASSERT_TRUE(eventually(kPatience, [&] { return empty(); }));
    EXPECT_EQ(first.seen.claimed + second.seen.claimed, 1U) << "4 s of work under a lease of 2 s";
}

TEST_F(ExecutorTest, CancelsAndLosesARemoteJobThatStandsStill) {
    class Stuck final : public RemoteJobs {
    public:
        asio::awaitable<job::Outcome> run(job::Job, RemoteContext&) override {
            ++begun;
            asio::steady_timer never(co_await asio::this_coro::executor, std::chrono::hours(1));
            try {
                co_await never.async_wait(asio::use_awaitable);
            } catch (const boost::system::system_error&) {
                ++cancelled;
                throw;
            }
            co_return job::Completed{};
        }
        std::atomic<int> begun{0}, cancelled{0};
    } jobs;
    enqueue({"1/a"}, "remote");
    RunningExecutor executor(quick());
    executor->add("remote", jobs);
    executor.start();
    ASSERT_TRUE(eventually(kPatience, [&] { return jobs.cancelled >= 1; }));
    EXPECT_TRUE(eventually(kPatience, [&] { return jobs.begun >= 2; }))
        << "given back, it is tried again";
    EXPECT_EQ(count("calfleet.jobs where attempts > 0"), 0);
}

TEST_F(ExecutorTest, GivesBackWhatItCannotFinishWhenStopped) {
    enqueue({"1/a", "2/b"}, "remote");
    WaitingJobs jobs(1h);
    RunningExecutor executor(quick());
    executor->add("remote", jobs);
    executor.start();
    ASSERT_TRUE(eventually(kPatience, [&] { return jobs.begun == 2; }));
    EXPECT_EQ(executor->status().in_flight, 2U);
    EXPECT_EQ(executor->status().jobs.at(0).waits_for, "its handler");
    EXPECT_TRUE(executor.stop());
    EXPECT_EQ(
        count("calfleet.jobs where state = 'ready' and attempts = 0 and crashes = 0 and "
              "lease_owner is null"),
        2
    );
    EXPECT_EQ(executor.seen.released, 2U);
}

TEST_F(ExecutorTest, LetsRunningJobsEndWhenStopped) {
    enqueue({"1/a"}, "remote");
    WaitingJobs jobs(300ms);
    auto settings = quick();
    settings.drain = 10s;
    RunningExecutor executor(settings);
    executor->add("remote", jobs);
    executor.start();
    ASSERT_TRUE(eventually(kPatience, [&] { return jobs.begun == 1; }));
    EXPECT_TRUE(executor.stop());
    EXPECT_TRUE(empty());
    EXPECT_EQ(count("calfleet.effects"), 1);
}

TEST_F(ExecutorTest, SharesTheWorkOfSeveralProcessesWithoutRunningAJobTwice) {
    database().run("insert into calfleet.jobs (worker, kind, company_id, entity, deadline_at) "
                   "select 'test-worker', 'test', 1 + n % 50, 'x' || n, now() + interval '3 days' "
                   "from generate_series(1, 1000) n");
    ScriptedJobs one(completed), two(completed);
    RunningExecutor first(quick("first")), second(quick("second"));
    first->add("test", one);
    second->add("test", two);
    first.start();
    second.start();
    ASSERT_TRUE(eventually(60s, [&] { return empty(); }));
    EXPECT_EQ(count("calfleet.effects"), 1000);
    EXPECT_EQ(count("(select distinct job from calfleet.effects) jobs"), 1000);
    EXPECT_GT(one.runs(), 100);
    EXPECT_GT(two.runs(), 100);
}

} // namespace
} // namespace calfleet::executor
