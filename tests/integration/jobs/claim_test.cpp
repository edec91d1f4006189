// What a claim reads beside many due jobs and many dead ones.

#include "common/jobs/due_bound.h"

#include <gtest/gtest.h>

#include "tests/integration/jobs/job_fixture.h"

namespace calfleet::executor {
namespace {

using namespace std::chrono_literals;
using postgres::Access;
using postgres::Transaction;

struct Look {
    std::int64_t blocks{0}; ///< read of the table and its indexes
    std::size_t jobs{0};
};

class Claims : public JobsTest {
protected:
    /// Due jobs of 200 companies, one after the other.
    void fill(const std::string& name, int first_company, int rows) const {
        database().run(
            "insert into calfleet.jobs (worker, kind, company_id, entity, deadline_at) select "
            "'test-worker', 'test', " +
            std::to_string(first_company) + " + n % 200, '" + name +
            "' || n, now() + interval '3 days' from generate_series(1, " + std::to_string(rows) +
            ") n"
        );
    }
    Look look(bool all_companies, CompanyId after) {
        Look look;
        const auto claimed = desk_->transact(Access::runtime(), [&](Transaction& transaction) {
            const auto read = [&] {
                return transaction
                    .exec_text("select sum(pg_stat_get_xact_blocks_fetched(c.oid))::bigint from "
                               "pg_class c where c.oid = 'jobs'::regclass or c.oid in (select "
                               "indexrelid from pg_index where indrelid = 'jobs'::regclass)")[0]
                    .int64(0);
            };
            const std::int64_t before = read();
            auto claim = jobs::claim_due(
                transaction,
                {.worker = kWorker,
                 .owner = kMe,
                 .after = after,
                 .limit = 100,
                 .due_since = since_,
                 .all_companies = all_companies}
            );
            look.blocks = read() - before;
            return claim;
        });
        EXPECT_TRUE(claimed) << claimed.error().message;
        EXPECT_TRUE(claimed->none_before) << "the oldest that is left bounds the next look";
        if (claimed->none_before) since_ = *claimed->none_before - jobs::DueBound::kSlack;
        look.jobs = claimed->jobs.size();
        return look;
    }

private:
    Instant since_{jobs::kAnyTime};
};

/// The dead ones of companies that have nothing left are not read again at every claim.
TEST_F(Claims, ReadNoDeadEntriesOfOtherCompaniesBesideManyDueJobs) {
    fill("dead", 1000, 60000);
    const auto reader = session();
    ASSERT_TRUE(reader->transact(Access::login(), [&](Transaction& snapshot) {
        snapshot.exec_text("set transaction isolation level repeatable read");
        snapshot.exec_text("select 1 from schema_migrations limit 1");
        database().run("delete from calfleet.jobs");
        fill("due", 1, 2000);
        database().run("analyze calfleet.jobs"); // as the server does by itself
        (void)look(true, CompanyId{});           // finds the bound
        // From behind the last company on, where only dead ones are.
        const Look all = look(true, CompanyId{201});
        const Look alone = look(false, CompanyId{201});
        EXPECT_EQ(all.jobs, 100U);
        EXPECT_EQ(alone.jobs, 100U);
        RecordProperty("blocks_of_all", static_cast<int>(all.blocks));
        RecordProperty("blocks_alone", static_cast<int>(alone.blocks));
        EXPECT_LT(alone.blocks * 2, all.blocks) << "though it reads every due job";
    }));
}

/// A queue can fill faster than the server counts its rows.
TEST_F(Claims, ReadFewRowsOfATableThatNobodyHasCounted) {
    database().run("alter table calfleet.jobs set (autovacuum_enabled = off); "
                   "delete from pg_statistic where starelid = 'calfleet.jobs'::regclass");
    fill("due", 1, 20000);
    for (const bool all_companies : {true, false}) {
        const Look taken = look(all_companies, CompanyId{});
        EXPECT_EQ(taken.jobs, 100U);
        EXPECT_LT(taken.blocks, 10'000) << "a probe reads one lane of one company";
    }
    database().run("alter table calfleet.jobs reset (autovacuum_enabled)");
}

TEST(CompanyLooks, AreTakenAsOftenAsTheyAreQuick) {
    jobs::CompanyLooks looks;
    const Monotonic start{1h};
    EXPECT_TRUE(looks.due(start));
    looks.looked(start, start + 8ms);
    EXPECT_TRUE(looks.due(start + 8ms));
    looks.looked(start, start + 2s);
    EXPECT_FALSE(looks.due(start + 11s));
    EXPECT_TRUE(looks.due(start + 12s));
    looks.looked(start, start + 60s);
    EXPECT_TRUE(looks.due(start + 120s)) << "a minute at most";
    looks.looked(start, start + 1ms);
    EXPECT_TRUE(looks.due(start + 1ms));
}

} // namespace
} // namespace calfleet::executor
