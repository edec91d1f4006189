#include "common/intake/event_job_store.h"
#include "common/jobs/job_decisions.h"
#include "common/jobs/job_rows.h"
#include "common/messaging/dead_letter_store.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <future>
#include <regex>

#include "tests/integration/jobs/job_fixture.h"
#include "tests/support/wait.h"

namespace calfleet::executor {
namespace {

using namespace std::chrono_literals;
using postgres::Access;
using postgres::Transaction;
using test_support::eventually;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

using JobStore = JobsTest;

TEST_F(JobStore, RunsTheJobsOfAnEntityOneAfterTheOther) {
    enqueue({"1/a", "1/a", "1/a"});
    EXPECT_EQ(states("a"), "ready,waiting,waiting");
    const auto first = claim();
    ASSERT_EQ(first.size(), 1U);
    EXPECT_THAT(claim(), IsEmpty());
    settle(first, done());
    EXPECT_EQ(states("a"), "ready,waiting");
}

TEST_F(JobStore, KeepsTheOrderOfAnEntityAcrossARetry) {
    enqueue({"1/a", "1/a"});
    const auto first = claim();
    settle(first, try_again());
    EXPECT_EQ(states("a"), "parked,waiting");
    EXPECT_THAT(claim(), IsEmpty()) << "the retry is not due and the next job must not pass it";
    let_pass(61s);
    const auto again = claim();
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].id, first[0].id);
    EXPECT_EQ(again[0].attempts, 1);
}

TEST_F(JobStore, TakesOneJobPerCompanyAndRound) {
    enqueue({"1/a", "1/b", "1/c", "2/d", "3/e"});
    EXPECT_THAT(names(claim()), UnorderedElementsAre("1/a", "2/d", "3/e"));
    EXPECT_THAT(names(claim()), ElementsAre("1/b"));
}

TEST_F(JobStore, GoesOnWithTheCompaniesBehindTheCursor) {
    enqueue({"1/a", "2/b", "3/c"});
    EXPECT_THAT(names(claim({.after = CompanyId{1}, .limit = 1})), ElementsAre("2/b"));
    EXPECT_THAT(
        names(claim({.after = CompanyId{2}, .limit = 2})), UnorderedElementsAre("3/c", "1/a")
    );
}

TEST_F(JobStore, PassesOverACompanyThatRunsEnough) {
    enqueue({"1/a", "1/b", "1/c"});
    EXPECT_EQ(claim({.running_per_company = 2}).size(), 1U);
    EXPECT_EQ(claim({.running_per_company = 2}).size(), 1U);
    EXPECT_THAT(claim({.running_per_company = 2}), IsEmpty());
}

TEST_F(JobStore, ServesInteractiveWorkFirst) {
    const jobs::NewJob jobs[] = {
        {.kind = "test", .company = CompanyId{1}, .entity = "bulk", .lane = jobs::Lane::Bulk},
        {.kind = "test",
         .company = CompanyId{1},
         .entity = "urgent",
         .lane = jobs::Lane::Interactive},
    };
    ASSERT_TRUE(desk_->transact(Access::company(CompanyId{1}), [&](Transaction& transaction) {
        jobs::enqueue_jobs(transaction, kWorker, jobs);
    }));
    EXPECT_THAT(names(claim()), ElementsAre("1/urgent"));
}

TEST_F(JobStore, LeavesOtherWorkersJobsAlone) {
    enqueue({"1/a"});
    EXPECT_THAT(claim({.worker = "another-worker"}), IsEmpty());
}

TEST_F(JobStore, DoesNotLetABusyCompanyStarveTheOthers) {
    database().run("insert into calfleet.jobs (worker, kind, company_id, entity, deadline_at) "
                   "select 'test-worker', 'test', 1, 'busy' || n, now() + interval '3 days' from "
                   "generate_series(1, 100000) n;"
                   "insert into calfleet.jobs (worker, kind, company_id, entity, deadline_at) "
                   "select 'test-worker', 'test', 2 + n % 199, 'quiet' || n, now() + interval '3 "
                   "days' from generate_series(1, 1990) n");
    CompanyId cursor;
    // 199 quiet companies and the busy one, ten jobs each, are 2 000 picks: 62.5 rounds of 32.
    for (int round = 0; round < 63; ++round) {
        const auto claimed = claim({.after = cursor});
        cursor = jobs::cursor_behind(cursor, claimed);
        settle(claimed, done());
    }
    EXPECT_EQ(count("calfleet.jobs where company_id <> 1"), 0);
    EXPECT_GE(count("calfleet.jobs where company_id = 1"), 99'980);
}

TEST_F(JobStore, KeepsWhatIsDueLaterOutOfTheWayOfClaims) {
    // As anybody writes them, the release before included.
    database().run("insert into calfleet.jobs (worker, kind, company_id, entity, run_at, "
                   "deadline_at) select 'test-worker', 'test', n, 'later', now() + interval '1 "
                   "hour', now() + interval '3 days' from generate_series(1000, 21000) n");
    EXPECT_EQ(states("later").substr(0, 13), "parked,parked");
    enqueue({"1/a"});
    std::int64_t reads = 0;
    ASSERT_TRUE(desk_->transact(Access::runtime(), [&](Transaction& transaction) {
        jobs::use_indexes(transaction);
        jobs::wake_parked(transaction, kWorker);
        EXPECT_THAT(
            names(jobs::claim_jobs(transaction, {.worker = kWorker, .owner = kMe})),
            ElementsAre("1/a")
        );
        reads = transaction
                    .exec_text("select idx_scan + idx_tup_fetch from pg_stat_xact_user_tables "
                               "where relname = 'jobs'")[0]
                    .int64(0);
    }));
    EXPECT_LT(reads, 60) << "of 20 001 companies whose jobs are due later";
    let_pass(2h);
    EXPECT_EQ(claim({.limit = 500}).size(), 500U);
}

TEST_F(JobStore, HurriesAFailedJobThatIsAskedForAgainButNotOneThatWaits) {
    enqueue({"1/failed", "2/waiting"}, "sync", true);
    settle(claim(), try_again());
    database().run("update calfleet.jobs set run_at = now()");
    const auto again = claim();
    ASSERT_EQ(again.size(), 2U);
    settle({again[0]}, try_again());
    settle({again[1]}, park());
    enqueue({"1/failed", "2/waiting"}, "sync", true);
    EXPECT_EQ(states("failed"), "ready");
    EXPECT_EQ(states("waiting"), "parked");
    EXPECT_THAT(names(claim()), ElementsAre("1/failed"));
}

/// What an old snapshot keeps in the indexes is not read again by each claim.
TEST_F(JobStore, ReadsNoDeadEntriesFromWhereItHasLooked) {
    database().run("insert into calfleet.jobs (worker, kind, company_id, entity, deadline_at) "
                   "select 'test-worker', 'test', 1 + n % 200, 'dead' || n, now() + interval '3 "
                   "days' from generate_series(1, 30000) n");
    const auto reader = session();
    ASSERT_TRUE(reader->transact(Access::login(), [&](Transaction& snapshot) {
        snapshot.exec_text("set transaction isolation level repeatable read");
        snapshot.exec_text("select 1 from schema_migrations limit 1");
        database().run("delete from calfleet.jobs");
        Instant since = jobs::kAnyTime;
        const auto look = [&] {
            std::int64_t blocks = 0;
            const auto claimed = desk_->transact(Access::runtime(), [&](Transaction& transaction) {
                jobs::use_indexes(transaction);
                const auto read = [&] {
                    return transaction
                        .exec_text("select sum(pg_stat_get_xact_blocks_fetched(oid))::bigint from "
                                   "pg_class where relname in ('jobs', 'jobs_due', "
                                   "'jobs_ready_since')")[0]
                        .int64(0);
                };
                const std::int64_t before = read();
                auto claim = jobs::claim_due(
                    transaction, {.worker = kWorker, .owner = kMe, .due_since = since}
                );
                blocks = read() - before;
                return claim;
            });
            EXPECT_TRUE(claimed) << claimed.error().message;
            EXPECT_TRUE(claimed->none_before);
            since = *claimed->none_before;
            return blocks;
        };
        EXPECT_GT(look(), 300) << "the dead rows are there";
        EXPECT_LT(look(), 100);
    }));
}

TEST_F(JobStore, AskingAgainWhileItWaitsChangesNothing) {
    enqueue({"1/a", "1/a"}, "sync", true);
    enqueue({"1/a"}, "sync", true);
    EXPECT_EQ(states("a"), "ready");
}

TEST_F(JobStore, AskingAgainWhileItRunsQueuesItOnceMore) {
    enqueue({"1/a"}, "sync", true);
    const auto first = claim();
    enqueue({"1/a"}, "sync", true);
    enqueue({"1/a"}, "sync", true);
    EXPECT_EQ(states("a"), "running");
    EXPECT_THAT(settle(first, done()), ElementsAre(true));
    EXPECT_EQ(states("a"), "ready");
    settle(claim(), done());
    EXPECT_EQ(states("a"), "");
}

TEST_F(JobStore, ANewRequestForgivesAnEarlierFailure) {
    enqueue({"1/a"}, "sync", true);
    settle(claim(), try_again());
    EXPECT_THAT(claim(), IsEmpty());
    enqueue({"1/a"}, "sync", true);
    const auto again = claim();
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].attempts, 0);
}

TEST_F(JobStore, AParkedJobIsNotHurriedByANewRequest) {
    enqueue({"1/a"}, "sync", true);
    settle(claim(), park());
    enqueue({"1/a"}, "sync", true);
    EXPECT_EQ(states("a"), "parked");
}

TEST_F(JobStore, AClaimDoesNotOvertakeTheTransactionThatAskedAgain) {
    enqueue({"1/a"}, "sync", true);
    const auto asking = session();
    const jobs::NewJob again{.kind = "sync", .company = CompanyId{1}, .entity = "a"};
    // Whoever claims before the commit would read the old state and the request would be lost.
    ASSERT_TRUE(asking->transact(Access::company(CompanyId{1}), [&](Transaction& transaction) {
        jobs::enqueue_jobs(transaction, kWorker, std::span(&again, 1));
        EXPECT_THAT(claim(), IsEmpty());
    }));
    EXPECT_EQ(claim().size(), 1U);
}

TEST_F(JobStore, AJobQueuedWhileItsPredecessorEndsIsNotForgotten) {
    enqueue({"1/a"});
    const auto first = claim();
    const auto other = session();
    std::future<std::vector<bool>> settled;
    const jobs::NewJob next{
        .kind = "test", .company = CompanyId{1}, .entity = "a", .coalesced = false};
    ASSERT_TRUE(other->transact(Access::company(CompanyId{1}), [&](Transaction& transaction) {
        jobs::enqueue_jobs(transaction, kWorker, std::span(&next, 1));
        settled = std::async(std::launch::async, [&] { return settle(first, done()); });
        // The deletion waits for us: only so it can see the row that we are about to commit.
        EXPECT_TRUE(eventually(5s, [&] {
            return count("pg_stat_activity where wait_event_type = 'Lock' and datname = "
                         "current_database()") == 1;
        }));
    }));
    EXPECT_THAT(settled.get(), ElementsAre(true));
    EXPECT_EQ(states("a"), "ready");
}

TEST_F(JobStore, IntakeLearnsThatAnEntityIsOccupied) {
    enqueue({"1/a"});
    const intake::EntityKey keys[] = {
        {CompanyId{1}, "a"}, {CompanyId{1}, "b"}, {CompanyId{2}, "a"}};
    const auto open = desk_->transact(
        Access::companies({CompanyId{1}, CompanyId{2}}),
        [&](Transaction& transaction) { return intake::have_open_jobs(transaction, kWorker, keys); }
    );
    ASSERT_TRUE(open);
    EXPECT_THAT(*open, ElementsAre(true, false, false));
}

TEST_F(JobStore, AZombieWritesNothing) {
    enqueue({"1/a"});
    const auto zombie = claim({.owner = "zombie"});
    end_leases();
    ASSERT_TRUE(desk_->transact(Access::runtime(), [&](Transaction& transaction) {
        EXPECT_EQ(jobs::reap_leases(transaction, kWorker, 3).size(), 1U);
    }));
    const auto heir = claim();
    ASSERT_EQ(heir.size(), 1U);
    EXPECT_THAT(settle(zombie, done(), "zombie"), ElementsAre(false));
    EXPECT_THAT(settle(zombie, try_again(), "zombie"), ElementsAre(false));
    EXPECT_EQ(states("a"), "running");
    EXPECT_EQ(heir[0].crashes, 1);
    EXPECT_EQ(heir[0].attempts, 0);
    EXPECT_THAT(settle(heir, done()), ElementsAre(true));
}

TEST_F(JobStore, AHeldLeaseIsNotReaped) {
    enqueue({"1/a", "2/b"});
    const auto held = claim();
    end_leases();
    ASSERT_TRUE(desk_->transact(Access::runtime(), [&](Transaction& transaction) {
        const jobs::Lease lease{held[0].id, held[0].lease_epoch};
        EXPECT_THAT(
            jobs::renew_leases(transaction, kMe, std::span(&lease, 1), 30s), ElementsAre(held[0].id)
        );
        EXPECT_THAT(jobs::reap_leases(transaction, kWorker, 3), ElementsAre(held[1].id));
    }));
}

TEST_F(JobStore, ReleasedJobsAreUnharmed) {
    enqueue({"1/a"});
    const auto held = claim();
    const jobs::Lease lease{held[0].id, held[0].lease_epoch};
    ASSERT_TRUE(desk_->transact(Access::runtime(), [&](Transaction& transaction) {
        EXPECT_EQ(jobs::release_leases(transaction, kMe, std::span(&lease, 1), 0us).size(), 1U);
    }));
    const auto again = claim();
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].attempts, 0);
    EXPECT_EQ(again[0].crashes, 0);
}

TEST_F(JobStore, ParkedJobsWakeWhenTheirTimeHasComeOrWhenTold) {
    enqueue({"1/a", "2/b"});
    settle(claim(), park(1h));
    const auto wake = [&] {
        return desk_
            ->transact(
                Access::runtime(), [&](Transaction& t) { return jobs::wake_parked(t, kWorker); }
            )
            .value()
            .jobs;
    };
    EXPECT_EQ(wake(), 0);
    ASSERT_TRUE(desk_->transact(Access::runtime(), [&](Transaction& transaction) {
        const CompanyId company{2};
        const std::string_view other = "another reason", reason = "test";
        const auto wake_second = [&](const std::string_view& why) {
            return jobs::wake_companies(transaction, std::span(&company, 1), std::span(&why, 1));
        };
        EXPECT_EQ(wake_second(other), 0);
        EXPECT_EQ(wake_second(reason), 1);
        EXPECT_EQ(jobs::wake(transaction, std::span(&other, 1)), 0);
    }));
    EXPECT_THAT(names(claim()), ElementsAre("2/b"));
    let_pass(3601s);
    EXPECT_EQ(wake(), 1);
    EXPECT_THAT(names(claim()), ElementsAre("1/a"));
}

TEST_F(JobStore, FindsRowsThatWaitForNothing) {
    enqueue({"1/a", "1/a", "2/b", "2/b"});
    database().run("delete from calfleet.jobs where entity = 'a' and state = 'ready'");
    jobs::EntityName cursor;
    ASSERT_TRUE(desk_->transact(Access::runtime(), [&](Transaction& transaction) {
        jobs::use_indexes(transaction);
        EXPECT_EQ(jobs::promote_orphans(transaction, kWorker, cursor, 1), 1);
        EXPECT_EQ(jobs::promote_orphans(transaction, kWorker, cursor, 1), 0);
    }));
    EXPECT_EQ(states("a"), "ready");
    EXPECT_EQ(states("b"), "ready,waiting");
}

TEST_F(JobStore, OneCompanysTransactionCannotSettleAnothersJob) {
    enqueue({"1/a"});
    const auto held = claim();
    jobs::Settlement one{
        {held[0].id, held[0].lease_epoch}, held[0].company, held[0].entity, {}, job::Finished{}};
    const auto written =
        desk_->transact(Access::company(CompanyId{2}), [&](Transaction& transaction) {
            return jobs::settle_jobs(transaction, kWorker, kMe, std::span(&one, 1));
        });
    ASSERT_TRUE(written);
    EXPECT_THAT(*written, ElementsAre(false));
}

/// Plans made while the table is empty live on while it fills.
TEST_F(JobStore, NoStatementReadsTheWholeTable) {
    for (const auto& catalogue :
         {jobs::job_catalogue(),
          jobs::job_upkeep_catalogue(),
          jobs::job_rows_catalogue(),
          jobs::job_settlement_catalogue()}) {
        for (const postgres::Statement& statement : catalogue) {
            const std::string sql(statement.sql);
            int highest = 0;
            const std::regex parameter("\\$([0-9]+)");
            for (std::sregex_iterator it(sql.begin(), sql.end(), parameter), end; it != end; ++it)
                highest = std::max(highest, std::stoi((*it)[1]));
            std::string nulls;
            for (int i = 0; i < highest; ++i)
                nulls += i == 0 ? "(null" : ", null";
            if (highest > 0) nulls += ")";
            std::string plan;
            const auto explained =
                desk_->transact(Access::runtime(), [&](Transaction& transaction) {
                    jobs::use_indexes(transaction);
                    transaction.exec_text(
                        "set local plan_cache_mode = force_generic_plan; reset role; prepare it "
                        "as " +
                        sql
                    );
                    for (const postgres::Row row :
                         transaction.exec_text("explain execute it" + nulls))
                        plan.append(row.text(0)).append("\n");
                    transaction.exec_text("deallocate it");
                });
            ASSERT_TRUE(explained) << statement.name << ": " << explained.error().message;
            EXPECT_EQ(plan.find("Seq Scan on jobs"), std::string::npos) << statement.name << "\n"
                                                                        << plan;
        }
    }
}

} // namespace
} // namespace calfleet::executor
