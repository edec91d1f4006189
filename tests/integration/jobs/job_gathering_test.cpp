// Steps of many remote jobs in one transaction, on a real database.

#include "common/executor/gathering.h"
#include "common/jobs/job_transaction.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "tests/integration/jobs/job_fixture.h"
#include "tests/support/wait.h"

namespace calfleet::executor {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using postgres::Access;
using postgres::Transaction;
using test_support::eventually;

constexpr postgres::Statement kEffects{
    "test.effects",
    "insert into effects (job, entity) select * from unnest($1::bigint[], $2::text[])"};

struct Step {
    std::int64_t job{0};
    std::string entity;
};

/// Each job writes its entity, together with whoever else is there; the answer is its length.
class GatheredJobs final : public RemoteJobs {
public:
    GatheredJobs()
        : steps_([this](Transaction& transaction, std::span<const Step* const> steps) {
            return write(transaction, steps);
        }) {}

    asio::awaitable<job::Outcome> run(job::Job job, RemoteContext& context) override {
        const Step step{job.id.value, job.entity};
        const Result<std::size_t> length = co_await steps_.ask(context, job.company, step);
        if (!length) co_return jobs::outcome_of_error(length.error());
        if (*length != job.entity.size()) ++wrong;
        co_return job::Completed{};
    }
    std::atomic<int> transactions{0}, wrong{0};

private:
    std::vector<std::size_t> write(Transaction& transaction, std::span<const Step* const> steps) {
        ++transactions;
        postgres::Array jobs, entities;
        std::vector<std::size_t> lengths;
        for (const Step* step : steps) {
            jobs.add(step->job);
            entities.add(step->entity);
            lengths.push_back(step->entity.size());
        }
        transaction.exec(kEffects, postgres::params(jobs, entities));
        return lengths;
    }
    Gathering<Step, std::size_t> steps_;
};

class GatheringTest : public JobsTest {
protected:
    void prepare() override {
        JobsTest::prepare();
        database().run("alter table calfleet.effects add check (entity <> 'poison')");
    }
    void enqueue_many(int companies) {
        database().run(
            "insert into calfleet.jobs (worker, kind, company_id, entity, deadline_at) select "
            "'test-worker', 'gathered', n, 'entity ' || n, now() + interval '3 days' from "
            "generate_series(1, " +
            std::to_string(companies) + ") n"
        );
    }
    std::unique_ptr<RunningExecutor> executor(GatheredJobs& jobs) {
        auto wanted = quick_settings(settings());
        wanted.worker = kWorker;
        wanted.sessions = 3;
        wanted.in_flight = 500;
        wanted.claim_limit = 250;
        auto made = std::make_unique<RunningExecutor>(wanted);
        (*made)->add("gathered", jobs);
        return made;
    }
    bool empty() const { return count("calfleet.jobs") == 0; }
};

TEST_F(GatheringTest, MakesFewTransactionsOfManyStepsAndAnswersEachItsOwn) {
    enqueue_many(200);
    GatheredJobs jobs;
    const auto running = executor(jobs);
    running->start();
    ASSERT_TRUE(eventually(30s, [&] { return empty(); }));
    EXPECT_EQ(count("(select distinct job from calfleet.effects) e"), 200);
    EXPECT_EQ(count("calfleet.effects"), 200) << "once each";
    EXPECT_LT(jobs.transactions, 100) << "every job had a transaction of its own";
    EXPECT_EQ(jobs.wrong, 0);
}

TEST_F(GatheringTest, LetsOneBadStepFailAloneAndWritesTheOthers) {
    enqueue_many(50);
    database().run("update calfleet.jobs set entity = 'poison' where company_id = 25");
    GatheredJobs jobs;
    const auto running = executor(jobs);
    running->start();
    ASSERT_TRUE(eventually(30s, [&] { return empty(); }));
    EXPECT_EQ(count("calfleet.effects"), 49);
    EXPECT_EQ(
        database().ask("select entity || ' ' || reason_class from calfleet.dead_letters"),
        "poison database_refused"
    );
}

TEST_F(GatheringTest, CostsNoAttemptWhileTheDatabaseIsAway) {
    enqueue_many(20);
    database().run("create function calfleet.away() returns trigger language plpgsql as 'begin "
                   "raise exception using errcode = ''57P03'', message = ''starting up''; end'");
    database().run("create trigger away before insert on calfleet.effects for each statement "
                   "execute function calfleet.away()");
    GatheredJobs jobs;
    const auto running = executor(jobs);
    running->start();
    ASSERT_TRUE(eventually(30s, [&] {
        return count("calfleet.jobs where last_class = 'database_unavailable'") == 20;
    }));
    EXPECT_EQ(count("calfleet.jobs where attempts > 0 or crashes > 0"), 0);
    database().run("drop trigger away on calfleet.effects");
    let_pass(60s);
    ASSERT_TRUE(eventually(30s, [&] { return empty(); }));
    EXPECT_EQ(count("calfleet.effects"), 20);
}

TEST_F(GatheringTest, EndsWithAnExecutorThatIsStoppedWhileStepsWait) {
    enqueue_many(100);
    GatheredJobs jobs;
    postgres::Session holder({.dsn = database().dsn()});
    const auto held = holder.transact(Access::login(), [&](Transaction& transaction) {
        transaction.exec_text("lock table calfleet.effects in share mode");
        const auto running = executor(jobs);
        running->start();
        EXPECT_TRUE(eventually(30s, [&] { return jobs.transactions > 0; }));
        EXPECT_TRUE(running->stop());
    });
    ASSERT_TRUE(held) << held.error().message;
    EXPECT_EQ(count("calfleet.effects"), 0);
    EXPECT_EQ(count("calfleet.jobs where attempts > 0"), 0);
    end_leases();
    let_pass(60s);
    const auto again = executor(jobs);
    again->start();
    ASSERT_TRUE(eventually(30s, [&] { return empty(); }));
    EXPECT_EQ(count("calfleet.effects"), 100);
}

} // namespace
} // namespace calfleet::executor
