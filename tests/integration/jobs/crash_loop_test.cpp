// Jobs that kill their process, ends that cannot be written, and what stands still.

#include <gmock/gmock.h>

#include <atomic>

#include "tests/integration/jobs/executor_fixture.h"
#include "tests/support/wait.h"

namespace calfleet::executor {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using test_support::eventually;

TEST_F(ExecutorTest, BuriesAJobThatKeepsKillingItsProcess) {
    enqueue({"1/a", "1/a"});
    // Two processes died of it before; this lease is of the third.
    ASSERT_EQ(claim({.owner = "third"}).size(), 1U);
    database().run("update calfleet.jobs set crashes = 2 where state = 'running'");
    end_leases();
    ScriptedJobs jobs(completed);
    RunningExecutor executor(quick());
    executor->add("test", jobs);
    executor.start();
    ASSERT_TRUE(eventually(kPatience, [&] { return empty(); }));
    EXPECT_EQ(
        database().ask("select string_agg(reason_class, ',') from calfleet.dead_letters"),
        "crash_loop"
    );
    EXPECT_EQ(jobs.runs(), 1) << "the job behind it runs, the buried one does not";
    EXPECT_EQ(executor.seen.crash_loops, 1U);
}

TEST_F(ExecutorTest, BuriesACrashLoopThatWasAskedForAgainAndQueuesItAnew) {
    enqueue({"1/a"}, "test", true);
    ASSERT_EQ(claim({.owner = "third"}).size(), 1U);
    enqueue({"1/a"}, "test", true); // while it runs
    database().run("update calfleet.jobs set crashes = 2, attempts = 3 where state = 'running'");
    end_leases();
    std::atomic<int> attempts{-1}, crashes{-1};
    ScriptedJobs jobs([&](const job::Job& job) -> job::Outcome {
        attempts = job.attempts;
        crashes = job.crashes;
        return job::Completed{};
    });
    RunningExecutor executor(quick());
    executor->add("test", jobs);
    executor.start();
    ASSERT_TRUE(eventually(kPatience, [&] { return empty(); }));
    EXPECT_EQ(jobs.runs(), 1);
    EXPECT_EQ(attempts, 0);
    EXPECT_EQ(crashes, 0);
    EXPECT_EQ(
        database().ask("select reason_class || state from calfleet.dead_letters"), "crash_loopopen"
    );
}

TEST_F(ExecutorTest, AnswersARequestThatCameBeforeTheLimitOfCrashesToo) {
    enqueue({"1/a"}, "test", true);
    ASSERT_EQ(claim({.owner = "first"}).size(), 1U);
    enqueue({"1/a"}, "test", true);
    end_leases();
    ScriptedJobs jobs(completed);
    RunningExecutor executor(quick());
    executor->add("test", jobs);
    executor.start();
    ASSERT_TRUE(eventually(kPatience, [&] { return empty(); }));
    EXPECT_EQ(jobs.runs(), 1);
}

/// However many burials the database refuses, those behind them are buried and run.
TEST_F(ExecutorTest, LetsNoBurialThatFailsHoldUpOthers) {
    database().run(
        "create function calfleet.refuse() returns trigger language plpgsql as $$ begin "
        "if new.entity like 'bad%' then raise exception 'refused' using errcode = '23514'; end if; "
        "return new; end $$; create trigger refuse before insert on calfleet.dead_letters for each "
        "row execute function calfleet.refuse();"
        "insert into calfleet.jobs (worker, kind, company_id, entity, state, crashes, lease_until, "
        "lease_owner, deadline_at) select 'test-worker', 'test', 1 + n % 3, case when n <= 120 "
        "then 'bad' || n else 'good' end, 'running', 2, now() - interval '1 minute', 'dead', now() "
        "+ interval '1 day' from generate_series(1, 121) n"
    );
    ScriptedJobs jobs([](const job::Job&) -> job::Outcome {
        return job::DeadLetter{{"test", "no"}};
    });
    RunningExecutor executor(quick());
    executor->add("test", jobs);
    executor.start();
    EXPECT_TRUE(eventually(kPatience, [&] {
        return count("calfleet.dead_letters where entity = 'good'") == 1;
    }));
    EXPECT_TRUE(eventually(kPatience, [&] {
        return count("calfleet.jobs where state = 'parked' and last_class = "
                     "'settlement_refused'") == 120;
    })) << "none keeps its company's place";
    // The same for jobs that end by themselves.
    enqueue({"1/bad", "1/fine"});
    EXPECT_TRUE(eventually(kPatience, [&] {
        return count("calfleet.dead_letters where entity = 'fine'") == 1 &&
               states("bad") == "parked";
    }));
}

/// A burial that is refused for what the letter would carry ends in a letter that carries less.
TEST_F(ExecutorTest, BuriesWithoutTheRecordWhatTheDatabaseRefusesToKeep) {
    database().run(
        "create function calfleet.refuse() returns trigger language plpgsql as $$ begin "
        "if new.event_id is not null then raise exception 'refused' using errcode = '23514'; end "
        "if; return new; end $$; create trigger refuse before insert on calfleet.dead_letters for "
        "each row execute function calfleet.refuse();"
        "insert into calfleet.jobs (worker, kind, company_id, entity, event_id, state, crashes, "
        "lease_until, lease_owner, deadline_at) select 'test-worker', 'test', 1, 'e' || n, 'e', "
        "case when n = 1 then 'running' else 'ready' end, 2, "
        "case when n = 1 then now() - interval '1 minute' end, case when n = 1 then 'dead' end, "
        "now() + interval '1 day' from generate_series(1, 2) n"
    );
    ScriptedJobs jobs([](const job::Job&) -> job::Outcome {
        return job::DeadLetter{{"test", "no"}};
    });
    RunningExecutor executor(quick());
    executor->add("test", jobs);
    executor.start();
    EXPECT_TRUE(eventually(kPatience, [&] { return empty(); }));
    EXPECT_EQ(
        database().ask("select string_agg(entity || reason_class, ' ' order by entity) from "
                       "calfleet.dead_letters where event_id is null"),
        "e1settlement_refused e2settlement_refused"
    );
}

/// An end that is refused is a failure like any other: it is tried again for as often as those.
TEST_F(ExecutorTest, CountsAnEndThatIsRefusedAsAFailure) {
    database().run(
        "create function calfleet.refuse() returns trigger language plpgsql as $$ begin "
        "if old.attempts < 2 then raise exception 'refused' using errcode = '23514'; end if; "
        "return old; end $$; create trigger refuse before delete on calfleet.jobs for each row "
        "execute function calfleet.refuse()"
    );
    class Done final : public RemoteJobs {
    public:
        asio::awaitable<job::Outcome> run(job::Job, RemoteContext&) override {
            ++runs;
            co_return job::Completed{};
        }
        std::atomic<int> runs{0};
    } jobs;
    enqueue({"1/a"}, "remote");
    ExecutorSettings settings = quick();
    settings.policy.delays = {1s, 1s, 1s};
    RunningExecutor executor(std::move(settings));
    executor->add("remote", jobs);
    executor.start();
    EXPECT_TRUE(eventually(kPatience, [&] { return empty(); }))
        << database().ask("select state || attempts || last_class from calfleet.jobs");
    EXPECT_EQ(jobs.runs, 3);
    EXPECT_EQ(count("calfleet.dead_letters"), 0);
}

TEST_F(ExecutorTest, SaysWhatStandsStillAndThatItGoesOn) {
    std::atomic<bool> hold{true};
    ScriptedJobs jobs([&](const job::Job&) -> job::Outcome {
        eventually(kPatience, [&] { return !hold; });
        return job::Completed{};
    });
    ExecutorSettings settings = quick();
    settings.patience = 300ms;
    RunningExecutor executor(std::move(settings));
    executor->add("test", jobs);
    executor.start();
    const auto says = [&](std::string_view text) {
        return describe(executor->status().standstills).find(text) != std::string::npos;
    };
    database().run("revoke update on calfleet.jobs from calfleet_runtime");
    EXPECT_TRUE(eventually(kPatience, [&] { return says("claim makes no progress"); }))
        << describe(executor->status().standstills);
    database().run("grant update on calfleet.jobs to calfleet_runtime");
    EXPECT_TRUE(eventually(kPatience, [&] { return executor->status().standstills.empty(); }));
    enqueue({"1/a"});
    EXPECT_TRUE(eventually(kPatience, [&] { return says("jobs makes no progress"); }));
    hold = false;
    EXPECT_TRUE(eventually(kPatience, [&] {
        return empty() && executor->status().standstills.empty();
    }));
}

} // namespace
} // namespace calfleet::executor
