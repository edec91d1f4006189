// What keeps the inbox small: by the database's date alone, in portions, whoever asks.

#include <gtest/gtest.h>

#include "tests/integration/postgres/database.h"

namespace calfleet::postgres {
namespace {

class InboxUpkeep : public PostgresTest {
protected:
    void prepare() override {
        database().migrate();
        runtime_.emplace(Settings{.dsn = database().dsn("calfleet_worker")});
    }
    void seen(int days_ago, int events) const {
        database().run(
            "insert into calfleet.inbox (company_id, event_key, bucket, outcome, seen_on) select 1 "
            "+ "
            "n % 3, gen_random_uuid(), current_date - 400, 1, (now() at time zone 'UTC')::date - " +
            std::to_string(days_ago) + " from generate_series(1, " + std::to_string(events) + ") n"
        );
    }
    struct Portion {
        std::int64_t forgotten{0};
        bool finished{false};
    };
    Portion forget(int blocks) {
        const auto done = runtime_->transact(Access::runtime(), [&](Transaction& t) {
            const auto rows = t.exec_text(
                "select forgotten, finished from calfleet.forget_events(" + std::to_string(blocks) +
                ")"
            );
            return Portion{rows[0].int64(0), rows[0].boolean(1)};
        });
        EXPECT_TRUE(done) << done.error().message;
        return done ? *done : Portion{0, true};
    }
    std::string days() const {
        return database().ask(
            "select coalesce(string_agg(distinct ((now() at time zone 'UTC')::date - "
            "seen_on)::text, ','), 'none') from calfleet.inbox"
        );
    }
    void next_day() const {
        database().run("update calfleet.inbox_upkeep set swept_on = swept_on - 1");
    }
    std::optional<Session> runtime_;
};

TEST_F(InboxUpkeep, ForgetsWhatWasSeenMoreThan36DaysAgoAndNothingElse) {
    for (const int days_ago : {0, 1, 35, 36})
        seen(days_ago, 1000);
    for (const int days_ago : {37, 38, 400})
        seen(days_ago, 1000);
    std::int64_t forgotten = 0;
    int portions = 0;
    for (Portion done; !done.finished && portions < 1000; ++portions) {
        done = forget(2);
        forgotten += done.forgotten;
        EXPECT_LE(done.forgotten, 400) << "two pages";
    }
    EXPECT_EQ(forgotten, 3000);
    EXPECT_GT(portions, 10);
    EXPECT_EQ(days(), "0,1,35,36");
}

TEST_F(InboxUpkeep, GoesThroughOnceADay) {
    EXPECT_TRUE(forget(1000).finished);
    seen(40, 10);
    EXPECT_EQ(forget(1000).forgotten, 0);
    next_day();
    EXPECT_EQ(forget(1000).forgotten, 10);
}

TEST_F(InboxUpkeep, TakesAnyPortion) {
    seen(40, 10);
    EXPECT_LE(forget(-5).forgotten, 10);
    EXPECT_TRUE(forget(2147483647).finished);
    EXPECT_EQ(days(), "none");
}

TEST_F(InboxUpkeep, IsOneProcessesTurn) {
    seen(40, 10);
    Session other({.dsn = database().dsn("calfleet_worker")});
    const auto both = other.transact(Access::runtime(), [&](Transaction& t) {
        t.exec_text("select forgotten from calfleet.forget_events(1)");
        const Portion mine = forget(1000);
        EXPECT_TRUE(mine.finished);
        EXPECT_EQ(mine.forgotten, 0);
    });
    EXPECT_TRUE(both);
    EXPECT_EQ(days(), "none");
}

TEST_F(InboxUpkeep, BelievesNoDateOfItsCaller) {
    seen(0, 100);
    seen(30, 100);
    for (const std::string date :
         {"current_date + 400", "current_date - 400", "current_date + 2"}) {
        const auto refused = runtime_->transact(Access::runtime(), [&](Transaction& t) {
            t.exec_text("select created from calfleet.maintain_inbox(" + date + ", 3, 35)");
        });
        ASSERT_FALSE(refused) << date;
        EXPECT_NE(refused.error().message.find("the clock of the caller says"), std::string::npos)
            << refused.error().message;
    }
    for (const std::string arguments :
         {"current_date, 3, 35",
          "current_date + 1, 3, 35",
          "current_date - 1, 3, 35",
          "current_date, 3, 0",
          "current_date, -5, -100",
          "current_date, 100000, 0"}) {
        const auto done = runtime_->transact(Access::runtime(), [&](Transaction& t) {
            t.exec_text("select created from calfleet.maintain_inbox(" + arguments + ")");
        });
        EXPECT_TRUE(done) << arguments << ": " << done.error().message;
    }
    EXPECT_EQ(days(), "0,30");
}

TEST_F(InboxUpkeep, WalksThroughTheTableByPagesAndNeverReadsItWhole) {
    database().run("set local role calfleet_owner; set local app.inbox_upkeep = 'on'; create "
                   "table calfleet.plan (line text)");
    database().run(R"sql(
        set local role calfleet_owner; set local app.inbox_upkeep = 'on';
        do $$ declare line text; begin
            for line in execute $q$explain delete from only calfleet.inbox
                where ctid >= format('(%s,0)', 5)::tid and ctid < format('(%s,0)', 9)::tid and seen_on < current_date - 36$q$
            loop insert into calfleet.plan values (line); end loop;
        end $$)sql");
    const std::string plan = database().ask("select string_agg(line, e'\n') from calfleet.plan");
    EXPECT_NE(plan.find("Tid Range Scan"), std::string::npos) << plan;
}

} // namespace
} // namespace calfleet::postgres
