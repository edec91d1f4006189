// Positions on a real broker: transactions, retention, and topics that are deleted and created
// again.

#include "common/kafka/admin.h"

#include <gmock/gmock.h>

#include "tests/integration/kafka/members.h"
#include "tests/integration/kafka/mock_cluster.h"
#include "tests/integration/kafka/raw_kafka.h"
#include "tests/integration/positions/positions_fixture.h"
#include "tests/support/kafka_server.h"
#include "tests/support/requirements.h"
#include "tests/support/wait.h"

namespace calfleet::intake {
namespace {

using namespace std::chrono_literals;
using kafka::RawKafka;
using test_support::eventually;
using testing::HasSubstr;
using testing::IsEmpty;

class PositionsE2e : public PositionsTest {
protected:
    void prepare() override {
        REQUIRE_OR_SKIP("kafka", test_support::kafka_is_missing());
        static auto* const server = new test_support::KafkaServer; // dies with the program
        PositionsTest::prepare();
        brokers = server->bootstrap();
        raw = std::make_unique<RawKafka>(brokers);
        raw->create_topic(kTopic, 1);
    }
    void TearDown() override {
        if (raw) raw->delete_topic(kTopic);
    }

    std::unique_ptr<RunningIntake> read_to(std::int64_t next_offset) {
        auto reader = start(brokers);
        EXPECT_TRUE(eventually(60s, [&] { return position() == next_offset; })) << position();
        return reader;
    }
    std::int64_t told() const { return kafka::committed_offset(brokers, kReader, {kTopic, 0}); }
    bool says(const RunningIntake& reader, const std::string& words) const {
        return eventually(90s, [&] { return reader.not_ready().find(words) != std::string::npos; });
    }
    void recreate(const std::string& name, int records) {
        raw->delete_topic(kTopic);
        raw->create_topic(kTopic, 1);
        publish(brokers, name, records);
    }

    std::string brokers;
    std::unique_ptr<RawKafka> raw;
};

TEST_F(PositionsE2e, MovePastMarkersAndAbortedRecordsAndLeaveNoLag) {
    const auto reader = start(brokers);
    EXPECT_TRUE(eventually(60s, [&] { return told() == 0; }))
        << "of an empty partition: " << told();
    raw->transact("t1", events("committed", 3), RawKafka::End::Commit);
    EXPECT_TRUE(eventually(60s, [&] { return position() == 4; })) << position();
    raw->transact("t1", events("aborted", 3), RawKafka::End::Abort);
    EXPECT_TRUE(eventually(60s, [&] { return position() == 8; })) << position();
    EXPECT_TRUE(eventually(60s, [&] { return told() == 8 && reader->lag() == 0; }))
        << told() << " " << reader->lag();
    EXPECT_EQ(applied("committed"), 3);
    EXPECT_EQ(applied("aborted"), 0);
    publish(brokers, "plain", 2);
    EXPECT_TRUE(eventually(60s, [&] { return applied("plain") == 2 && position() == 10; }));
    EXPECT_EQ(reader->not_ready(), "");
}

TEST_F(PositionsE2e, AnOpenTransactionIsNoStandstill) {
    const auto reader = start(brokers);
    ASSERT_TRUE(eventually(60s, [&] { return reader->not_ready().empty(); }));
    raw->transact("t2", events("late", 3), RawKafka::End::Open);
    publish(brokers, "behind", 2);
    std::string complaint;
    // Longer than the tests' patience of 3 s.
    eventually(8s, [&] { return !(complaint = reader->not_ready()).empty(); });
    EXPECT_EQ(complaint, "");
    EXPECT_EQ(applied("behind"), 0) << "it waits behind the open transaction";
    raw->end("t2", RawKafka::End::Commit);
    EXPECT_TRUE(eventually(60s, [&] { return applied("behind") == 2 && position() == 6; }));
}

TEST_F(PositionsE2e, GoOnWhenRetentionRemovedTheMarkersThatTheyHadPassed) {
    raw->transact("t3", events("first", 3), RawKafka::End::Commit);
    raw->transact("t3", events("aborted", 3), RawKafka::End::Abort);
    read_to(8);
    raw->delete_records({kTopic, 0}, 8);
    publish(brokers, "second", 3);
    const auto reader = read_to(11);
    EXPECT_EQ(applied("second"), 3);
    EXPECT_EQ(reader->not_ready(), "");
    EXPECT_THAT(reader->seen.errors(), IsEmpty());
}

TEST_F(PositionsE2e, GoOnBehindTheirMarkWhenRetentionRemovedIt) {
    publish(brokers, "first", 10);
    read_to(10);
    publish(brokers, "second", 5);
    raw->delete_records({kTopic, 0}, 10);
    const auto reader = read_to(15);
    EXPECT_EQ(applied("second"), 5);
    EXPECT_EQ(reader->not_ready(), "");
}

TEST_F(PositionsE2e, StandStillBeforeRecordsThatWereRemovedUnread) {
    publish(brokers, "first", 5);
    read_to(5);
    publish(brokers, "lost", 5);
    raw->delete_records({kTopic, 0}, 8);
    const auto reader = start(brokers);
    EXPECT_TRUE(says(*reader, "position 5 is before the start of events/0, which holds 8 to 10"))
        << reader->not_ready();
    EXPECT_THAT(reader->not_ready(), HasSubstr("--partition 0 --to earliest"));
    EXPECT_TRUE(eventually(30s, [&] { return reader->lag() == 5; })) << reader->lag();
    EXPECT_TRUE(eventually(30s, [&] { return reader->seen.standstills().size() >= 3; }))
        << "named again and again";
    EXPECT_EQ(position(), 5);
    reset_position(8);
    EXPECT_TRUE(eventually(60s, [&] { return applied("lost") == 2; })) << applied("lost");
    EXPECT_TRUE(eventually(30s, [&] { return reader->not_ready().empty(); }));
}

TEST_F(PositionsE2e, FindATopicThatWasCreatedAnewWhileNobodyRead) {
    publish(brokers, "old", 46);
    read_to(46);
    recreate("new", 80);
    const auto reader = start(brokers);
    EXPECT_TRUE(says(*reader, "position 46 does not belong to this log")) << reader->not_ready();
    EXPECT_EQ(applied("new"), 0);
    EXPECT_TRUE(eventually(30s, [&] { return reader->lag() == 80; })) << reader->lag();
    reset_position(0);
    EXPECT_TRUE(eventually(60s, [&] { return applied("new") == 80; })) << applied("new");
    EXPECT_TRUE(eventually(30s, [&] { return reader->not_ready().empty(); }));
}

TEST_F(PositionsE2e, FindATopicThatWasCreatedAnewWhileItWasRead) {
    publish(brokers, "old", 46);
    const auto reader = read_to(46);
    // Time for a first look at the log.
    EXPECT_TRUE(eventually(30s, [&] { return reader->lag() == 0; }));
    raw->recreate_topic(kTopic, events("new", 80));
    // Whether the reader saw the new log while it was short or found it as long as the old one.
    EXPECT_TRUE(says(*reader, "deleted and created again")) << reader->not_ready();
    RecordProperty("said", reader->not_ready());
    reset_position(0);
    EXPECT_TRUE(eventually(90s, [&] { return applied("new") == 80; })) << applied("new");
    EXPECT_TRUE(eventually(30s, [&] { return reader->not_ready().empty(); }))
        << reader->not_ready();
}

TEST_F(PositionsE2e, StandStillBeyondTheEndOfATopicThatWasCreatedAnewAndIsShorter) {
    publish(brokers, "old", 46);
    read_to(46);
    recreate("new", 20);
    const auto reader = start(brokers);
    EXPECT_TRUE(says(*reader, "position 46 is beyond the end of events/0, which holds 0 to 20"))
        << reader->not_ready();
    EXPECT_TRUE(eventually(30s, [&] { return reader->lag() == 20; })) << reader->lag();
    publish(brokers, "grown", 60);
    EXPECT_EQ(applied("grown"), 0);
    reset_position(0);
    EXPECT_TRUE(eventually(60s, [&] { return applied("new") == 20 && applied("grown") == 60; }));
}

/// What a release before 0.3.0 leaves: nobody can know any more what stood there.
TEST_F(PositionsE2e, StandStillBeforeAMarkerThatWasRemovedUnpassedAndLoseNothing) {
    raw->transact("t4", events("first", 3), RawKafka::End::Commit);
    read_to(4);
    database().run("update calfleet.consumer_positions set next_offset = 3, epoch = epoch + 1");
    raw->delete_records({kTopic, 0}, 4);
    publish(brokers, "second", 2);
    const auto reader = start(brokers);
    EXPECT_TRUE(says(*reader, "What stood at 3 to 3 was removed")) << reader->not_ready();
    EXPECT_THAT(reader->not_ready(), HasSubstr("unless these were markers of transactions"));
    EXPECT_TRUE(eventually(30s, [&] { return reader->lag() == 3; })) << reader->lag();
    EXPECT_EQ(reader->status().stalled.size(), 1U);
    reset_position(4);
    EXPECT_TRUE(eventually(60s, [&] { return applied("second") == 2; }));
    EXPECT_EQ(applied("first"), 3);
}

class CompactedTopic : public PositionsE2e {
protected:
    void prepare() override {
        PositionsE2e::prepare();
        if (IsSkipped()) return;
        raw->delete_topic(kTopic);
        const auto admin = kafka::Admin::create(brokers, "test");
        ASSERT_TRUE(admin);
        const auto made = (*admin)->apply(
            {.name = kTopic,
             .partitions = 1,
             .config =
                 {{"cleanup.policy", "compact,delete"},
                  {"segment.ms", "200"},
                  {"min.cleanable.dirty.ratio", "0.001"},
                  {"max.compaction.lag.ms", "200"}}},
            30s
        );
        ASSERT_TRUE(made) << made.error().message;
    }
    /// With the key of all others.
    void say(const std::string& name, int count) const {
        auto records = events(name, count);
        for (kafka::OutgoingRecord& record : records)
            record.key = "1:one";
        kafka::publish(brokers, records);
    }
    /// More records come until the broker has removed the one at the offset.
    void compact(const std::string& name, std::int64_t offset) {
        const auto admin = kafka::Admin::create(brokers, "test");
        ASSERT_TRUE(admin);
        int round = 0;
        EXPECT_TRUE(eventually(120s, [&] {
            say(name + std::to_string(round++), 1);
            const auto there =
                (*admin)->read_one({kTopic, 0}, offset, 10s, [](const kafka::Message&) {});
            return there && !*there;
        }));
        last = name + std::to_string(round - 1);
    }
    std::string last;
};

TEST_F(CompactedTopic, GoesOnWhenCompactionRemovedTheMark) {
    say("old", 5);
    read_to(5);
    compact("more", 4);
    const auto reader = start(brokers);
    EXPECT_TRUE(eventually(60s, [&] { return applied(last) == 1; })) << reader->not_ready();
    EXPECT_TRUE(eventually(30s, [&] { return reader->not_ready().empty(); }))
        << reader->not_ready();
    // And while it reads: the record that an earlier look saw is gone at the next.
    compact("again", position() - 1);
    EXPECT_TRUE(eventually(60s, [&] { return reader->lag() == 0; })) << reader->lag();
    std::string complaint; // the marks are compared every 15 s, and twice
    eventually(40s, [&] { return !(complaint = reader->not_ready()).empty(); });
    EXPECT_EQ(complaint, "");
}

} // namespace
} // namespace calfleet::intake
