// A lane keeps its promises whatever a record, a neighbour, the database or a setting does.

#include "tests/integration/intake/lane_fixture.h"

namespace calfleet::intake {
namespace {

using namespace std::chrono_literals;

constexpr const char* kOutage = "raise exception using errcode = '57P03', message = 'away';";

std::string when(const std::string& condition, const std::string& then) {
    return "if " + condition + " then " + then + " end if;";
}

TEST_F(LaneTest, StoppedDuringAHalvedBatchCommitsNothingBehindWhatGaveUp) {
    // Four together are refused; of the halves, the first meets an outage.
    disturb(
        when("(select count(*) from fresh) > 2", "raise exception using errcode = '23514';") +
        when("exists (select 1 from fresh where event_id = 'e-1')", kOutage)
    );
    start_lane({.linger = 1000ms});
    feed_sound(0, 4);
    ASSERT_TRUE(eventually([&] { return heard.splits == 1 && heard.waits > 0; }));
    lane().stop();
    EXPECT_EQ(effects(), 0);
    EXPECT_EQ(position(), 0) << "passed records that were never applied";

    calm_down();
    EXPECT_EQ(lane().trouble(), LaneTrouble::Database);
}

TEST_F(LaneTest, HalvesWhatTakesLongerThanAStatementMayAndGrowsBack) {
    disturb("perform pg_sleep(0.02 * (select count(*) from fresh));");
    start_lane({.batch_records = 64, .linger = 1000ms}, {.statement_timeout = 300ms});
    feed_sound(0, 64);
    ASSERT_TRUE(arrives(64)) << heard.last_error();
    EXPECT_EQ(effects(), 64);
    EXPECT_GT(heard.splits, 0);
    EXPECT_LT(heard.largest, 32u);
    EXPECT_EQ(ask("select count(*) from calfleet.dead_letters"), "0");
    EXPECT_EQ(ask("select count(*) from calfleet.jobs"), "0");

    calm_down();
    int fed = 64;
    for (; heard.largest < 64u && fed < 64 * 40; fed += 64)
        feed_sound(fed, 64);
    ASSERT_TRUE(arrives(fed));
    EXPECT_EQ(heard.largest, 64u) << "portions stay small for ever";
}

TEST_F(LaneTest, HalvesWhatHoldsATransactionIdleForTooLong) {
    start_lane(
        {.batch_records = 40, .linger = 1000ms}, {.idle_in_transaction_timeout = 500ms}, 30ms
    );
    feed_sound(0, 40);
    ASSERT_TRUE(arrives(40)) << heard.last_error();
    EXPECT_EQ(effects(), 40);
    EXPECT_EQ(ask("select count(*) from calfleet.dead_letters"), "0");
}

TEST_F(LaneTest, LetsASingleSlowRecordWaitAndSaysSo) {
    disturb(when("exists (select 1 from fresh where event_id = 'e-1')", "perform pg_sleep(10);"));
    start_lane({.linger = 500ms}, {.statement_timeout = 200ms});
    feed_sound(0, 3);
    ASSERT_TRUE(eventually([&] { return lane().trouble() == LaneTrouble::Slow; }));
    EXPECT_NE(std::string(text(LaneTrouble::Slow)).find("timeouts"), std::string::npos);
    EXPECT_TRUE(arrives(1)) << "what stands before it is not held up";
    EXPECT_TRUE(lane().progress().has_work);
    calm_down();
    ASSERT_TRUE(arrives(3));
    EXPECT_EQ(lane().trouble(), LaneTrouble::None);
    EXPECT_EQ(ask("select count(*) from calfleet.dead_letters"), "0");
    EXPECT_EQ(ask("select count(*) from calfleet.jobs"), "0");
}

TEST_F(LaneTest, ALockThatSomebodyHoldsDelaysOnlyAsLongAsItIsHeld) {
    start_lane({.linger = 200ms}, {.lock_timeout = 100ms});
    postgres::Session holder({.dsn = database().dsn()});
    const auto held = holder.transact(postgres::Access::login(), [&](postgres::Transaction& t) {
        t.exec_text("lock table calfleet.effects in exclusive mode");
        feed_sound(0, 3);
        EXPECT_TRUE(eventually([&] { return heard.waits > 1; }));
    });
    ASSERT_TRUE(held);
    ASSERT_TRUE(arrives(3)) << heard.last_error();
    EXPECT_EQ(effects(), 3);
    EXPECT_EQ(ask("select count(*) from calfleet.dead_letters"), "0");
}

// What a transaction has found and done stands only if the partition is still its own when it ends,
// and nobody has settled the same event meanwhile. Both are tried with a worker that writes a row
// per event: one that merges would hide it.
class TransactionInTheMiddle : public LaneTest {
protected:
    static constexpr const char* kWait = "perform pg_advisory_xact_lock_shared(7);";

    void prepare() override {
        LaneTest::prepare();
        disturb(kWait);
        start_lane({.linger = 500ms});
    }
    /// Feeds records, runs the statements while their transaction has written its effects, and lets
    /// it go on.
    void meanwhile(int first, int records, const std::string& statements) {
        postgres::Session holder({.dsn = database().dsn()});
        const auto held = holder.transact(postgres::Access::login(), [&](postgres::Transaction& t) {
            t.exec_text("select pg_advisory_xact_lock(7)");
            feed_sound(first, records);
            EXPECT_TRUE(eventually([&] {
                return ask("select count(*) from pg_locks where locktype = 'advisory' and not "
                           "granted") == "1";
            }));
            run(statements);
        });
        ASSERT_TRUE(held) << held.error().message;
    }
};

TEST_F(TransactionInTheMiddle, CommitsNothingWhenThePositionIsResetBeforeWhatItHolds) {
    feed_sound(0, 5);
    ASSERT_TRUE(arrives(5));
    meanwhile(
        5,
        5,
        "update calfleet.consumer_positions set next_offset = 2, epoch = epoch + 1, owner = 'reset'"
    );
    ASSERT_TRUE(eventually([&] { return heard.fenced == 1; }));
    EXPECT_EQ(position(), 2) << "passed what the operator wants to be read again";
    EXPECT_EQ(effects(), 5);
}

TEST_F(TransactionInTheMiddle, AppliesNothingThatSomebodyElseHasSettledMeanwhile) {
    meanwhile(
        0,
        3,
        "insert into calfleet.inbox (company_id, event_key, bucket, outcome) values (1, '" +
            to_string(name_uuid({kLaneWorker, "/test", "e-1"})) + "', current_date, 1)"
    );
    ASSERT_TRUE(arrives(3));
    EXPECT_EQ(
        ask("select string_agg(event_id, ' ' order by event_id) from calfleet.effects"), "e-0 e-2"
    );
}

TEST_F(LaneTest, ARaceThatDoesNotEndBecomesALetterAndHarmsNobody) {
    // What stands there already cannot be seen: the row is never written, and never found.
    run("create function calfleet.hide() returns trigger language plpgsql as $$ begin "
        "if new.event_key = '" +
        to_string(name_uuid({kLaneWorker, "/test", "e-2"})) +
        "' then return null; end if; return new; end $$");
    for (const char* table : {"inbox", "seen_events"})
        run(std::string("do $$ begin if to_regclass('calfleet.") + table +
            "') is not null then create trigger hide before insert on calfleet." + table +
            " for each row execute function calfleet.hide(); end if; end $$");
    start_lane({.linger = 500ms});
    feed_sound(0, 5);
    ASSERT_TRUE(eventually([&] { return lane().trouble() == LaneTrouble::Raced; }))
        << "says nothing while it waits";
    ASSERT_TRUE(arrives(5));
    EXPECT_EQ(effects(), 4);
    EXPECT_EQ(
        ask("select string_agg(reason_class || ' ' || event_id, ',') from calfleet.dead_letters"),
        "raced e-2"
    );
    EXPECT_EQ(ask("select count(*) from calfleet.outbox"), "1");
}

TEST_F(LaneTest, NoTimestampKeepsARecordFromBeingPutAside) {
    std::vector<kafka::RawRecord> records;
    for (const std::int64_t timestamp :
         {std::int64_t{1'764'000'000'000'000}, // microseconds, sent as milliseconds
          std::int64_t{253'402'300'800'000},   // the first of the year 10000
          std::int64_t{9'000'000'000'000'000},
          std::numeric_limits<std::int64_t>::max(),
          std::numeric_limits<std::int64_t>::min(),
          std::int64_t{-1},
          std::int64_t{-62'135'596'800'001},
          std::int64_t{1}}) {
        records.push_back(sound_record(static_cast<int>(records.size())));
        records.back().value = "no object";
        records.back().timestamp_ms = timestamp;
    }
    records.push_back(sound_record(100));
    start_lane({.linger = 500ms});
    feed(records);
    ASSERT_TRUE(arrives(9)) << heard.last_error();
    EXPECT_EQ(effects(), 1);
    EXPECT_EQ(ask("select count(*) from calfleet.dead_letters where reason_class = 'schema'"), "8");
    EXPECT_EQ(
        ask("select count(*) from calfleet.dead_letters where reason like '%outside the years%'"),
        "4"
    );
    EXPECT_EQ(ask("select count(*) from calfleet.outbox where topic = 'lane-test.dlq'"), "8");
}

TEST_F(LaneTest, NoTimestampKeepsARecordFromBecomingAJob) {
    disturb(when(
        "exists (select 1 from fresh where event_id = 'e-1')",
        "raise exception using errcode = '23505';"
    ));
    std::vector<kafka::RawRecord> records{sound_record(0), sound_record(1), sound_record(2)};
    records[1].timestamp_ms = 1'764'000'000'000'000;
    start_lane({.linger = 500ms});
    feed(records);
    ASSERT_TRUE(arrives(3)) << heard.last_error();
    EXPECT_EQ(ask("select string_agg(event_id, ' ') from calfleet.jobs"), "e-1");
    EXPECT_EQ(effects(), 2);
}

TEST_F(LaneTest, HeadersOfAnySizeNumberAndBytesBecomeLettersThatSayWhatWasLeftOut) {
    std::vector<kafka::RawRecord> records;
    for (int i = 0; i < 5; ++i)
        records.push_back(sound_record(i));
    records[0].headers.emplace_back("x-large", std::string(900'000, 'x'));
    for (int i = 0; i < 5000; ++i)
        records[1].headers.emplace_back("x-" + std::to_string(i), "1");
    records[2].headers.emplace_back("ce_companyid", "2");
    records[3].key = std::string(100'000, 'k');
    records[4].headers.emplace_back(std::string("x-\xff"), std::string("\0\xff", 2));
    start_lane({.linger = 500ms});
    feed(records);
    ASSERT_TRUE(arrives(5)) << heard.last_error();
    EXPECT_EQ(
        ask("select string_agg(event_id || ' ' || split_part(reason, ';', 1), E'\\n' order by "
            "event_id) "
            "from calfleet.dead_letters"),
        "e-0 header 'x-large': 900007 bytes of 900115 in all headers, at most 32768 together are "
        "accepted (left out of what is kept: 1 headers of 900007 bytes)\n"
        "e-1 headers: 5006, at most 64 are accepted (left out of what is kept: 4934 headers of "
        "33570 bytes)\n"
        "e-2 ce_companyid: occurs twice\n"
        "e-3 record key: 100000 bytes, at most 4096 are accepted"
    );
    EXPECT_EQ(effects(), 1) << "bytes that nobody reads do no harm";
    EXPECT_EQ(
        ask("select max(octet_length(record_headers::text)) < 60000 from calfleet.outbox"), "t"
    );
}

class LaneOfSize : public LaneTest, public ::testing::WithParamInterface<LaneSettings> {};

TEST_P(LaneOfSize, TakesEverythingAndHasRoomAgainWhenItIsDone) {
    start_lane(GetParam());
    feed_sound(0, 30);
    ASSERT_TRUE(arrives(30));
    EXPECT_EQ(effects(), 30);
    EXPECT_TRUE(eventually([&] { return !lane().progress().has_work; }));
    EXPECT_TRUE(lane().has_room()) << "paused once is paused for ever";
}

INSTANTIATE_TEST_SUITE_P(
    Settings,
    LaneOfSize,
    ::testing::Values(
        LaneSettings{.batch_records = 1, .linger = 0ms, .queue_records = 2},
        LaneSettings{.batch_records = 1, .linger = 1000ms, .queue_records = 2},
        LaneSettings{.batch_records = 2, .linger = 0ms, .queue_records = 4},
        LaneSettings{.batch_records = 10000, .linger = 1000ms, .queue_records = 20000},
        LaneSettings{.batch_bytes = 1, .queue_bytes = 1}
    )
);

} // namespace
} // namespace calfleet::intake
