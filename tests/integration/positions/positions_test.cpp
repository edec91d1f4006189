// Positions against a broker that can be replaced by another one: how far they move, to which log
// they belong, and what is said when they do not move.

#include <gmock/gmock.h>

#include "tests/integration/kafka/mock_cluster.h"
#include "tests/integration/positions/positions_fixture.h"
#include "tests/support/wait.h"

namespace calfleet::intake {
namespace {

using namespace std::chrono_literals;
using kafka::MockCluster;
using test_support::eventually;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Broker : MockCluster {
    explicit Broker(int partitions = 1) { create_topic(kTopic, partitions); }
};

class Positions : public PositionsTest {
protected:
    /// Reads all of a first log and ends.
    void read_a_log_of(int records) {
        Broker broker;
        publish(broker.brokers(), "old", records);
        const auto reader = start(broker.brokers());
        ASSERT_TRUE(eventually(60s, [&] { return position() == records; }));
    }
};

TEST_F(Positions, OfQuietPartitionsAreToldToTheGroupToo) {
    Broker broker(3);
    publish(broker.brokers(), "a", 5); // all in one partition
    const auto reader = start(broker.brokers());
    ASSERT_TRUE(eventually(60s, [&] { return applied("a") == 5; }));
    const auto told = [&](std::int32_t partition) {
        return kafka::committed_offset(broker.brokers(), kReader, {kTopic, partition});
    };
    EXPECT_TRUE(eventually(30s, [&] { return told(0) + told(1) + told(2) == 5; }))
        << told(0) << " " << told(1) << " " << told(2);
    EXPECT_TRUE(eventually(30s, [&] { return reader->lag() == 0; }));
    EXPECT_EQ(reader->not_ready(), "");
}

TEST_F(Positions, OfTheSameLogGoOnAndNothingIsReadTwice) {
    Broker broker;
    publish(broker.brokers(), "first", 46);
    {
        const auto reader = start(broker.brokers());
        ASSERT_TRUE(eventually(60s, [&] { return position() == 46; }));
    }
    publish(broker.brokers(), "second", 34);
    const auto reader = start(broker.brokers());
    EXPECT_TRUE(eventually(60s, [&] { return applied("second") == 34; }));
    EXPECT_EQ(applied("first"), 46);
    EXPECT_EQ(position(), 80);
    EXPECT_EQ(reader->not_ready(), "");
    EXPECT_THAT(reader->seen.errors(), IsEmpty());
}

TEST_F(Positions, DoNotApplyToATopicThatWasCreatedAnewAndIsLonger) {
    read_a_log_of(46);
    Broker anew;
    publish(anew.brokers(), "new", 80);
    const auto reader = start(anew.brokers());
    ASSERT_TRUE(eventually(60s, [&] {
        return reader->not_ready().find("does not belong to this log") != std::string::npos;
    })) << reader->not_ready();
    EXPECT_EQ(position(), 46);
    EXPECT_EQ(applied("new"), 0) << "none is passed over";
    EXPECT_TRUE(eventually(30s, [&] { return reader->lag() == 80; })) << reader->lag();
    EXPECT_TRUE(eventually(30s, [&] { return reader->seen.standstills().size() >= 3; }))
        << "named again and again";
    EXPECT_THAT(reader->seen.standstills(), Contains(HasSubstr("lasting events/0: position 46")));

    reset_position(0);
    EXPECT_TRUE(eventually(60s, [&] { return applied("new") == 80; }));
    EXPECT_TRUE(eventually(30s, [&] { return reader->not_ready().empty(); }))
        << reader->not_ready();
}

TEST_F(Positions, OfAnotherLogDoNotStopTheOtherPartitions) {
    {
        Broker broker(2);
        publish(broker.brokers(), "old", 10);
        const auto reader = start(broker.brokers());
        ASSERT_TRUE(eventually(60s, [&] { return applied("old") == 10; }));
    }
    Broker anew(2);
    publish(anew.brokers(), "old", 20); // the same key, the same partition
    const auto reader = start(anew.brokers());
    ASSERT_TRUE(eventually(60s, [&] { return !reader->status().stalled.empty(); }));
    for (int i = 0; i < 8; ++i)
        publish(anew.brokers(), "other" + std::to_string(i), 1);
    EXPECT_TRUE(eventually(60s, [&] { return applied("other_") > 0; })) << "of the other partition";
    EXPECT_EQ(applied("old"), 10);
    EXPECT_EQ(reader->status().stalled.size(), 1U);
}

TEST_F(Positions, MovedByAReleaseWithoutMarksAreTrusted) {
    read_a_log_of(46);
    // As such a worker would have read on in the same topic.
    database().run("update calfleet.consumer_positions set next_offset = 50, epoch = epoch + 1");
    Broker anew;
    publish(anew.brokers(), "new", 80);
    const auto reader = start(anew.brokers());
    EXPECT_TRUE(eventually(60s, [&] { return applied("new") == 30; })) << applied("new");
    EXPECT_EQ(reader->not_ready(), "");
}

TEST_F(Positions, ThatARowHoldsLockedAreReportedAsStandingStill) {
    Broker broker;
    publish(broker.brokers(), "a", 1);
    auto fast = settings(broker.brokers());
    fast.database.statement_timeout = 60s; // longer than the test's patience of 3 s
    fast.database.lock_timeout = 60s;
    const auto reader = start(fast);
    ASSERT_TRUE(eventually(60s, [&] { return position() == 1; }));
    postgres::Session holder(
        {.dsn = database().dsn(),
         .application_name = "holder",
         .statement_timeout = 90s,
         .lock_timeout = 90s,
         .idle_in_transaction_timeout = 90s}
    );
    const auto held = holder.transact(postgres::Access::login(), [&](auto& transaction) {
        constexpr postgres::Statement kLock{
            "test.lock", "select 1 from calfleet.consumer_positions for update"};
        transaction.exec(kLock, postgres::params());
        publish(broker.brokers(), "b", 1);
        EXPECT_TRUE(eventually(60s, [&] {
            return reader->not_ready().find("events/0 makes no progress") != std::string::npos;
        })) << reader->not_ready();
        EXPECT_TRUE(eventually(30s, [&] { return reader->lag() == 1; })) << reader->lag();
        EXPECT_EQ(reader->status().stalled.size(), 1U);
    });
    ASSERT_TRUE(held);
    EXPECT_TRUE(eventually(60s, [&] { return reader->not_ready().empty(); }))
        << reader->not_ready();
    EXPECT_EQ(applied("b"), 1);
}

TEST_F(Positions, OfAPausedIntakeAreReportedAsStandingStillAndGoOn) {
    Broker broker(2);
    publish(broker.brokers(), "a", 1);
    auto small = settings(broker.brokers());
    small.lanes = 1;
    small.lane.batch_records = 1;
    small.lane.queue_records = 2;
    small.database.statement_timeout = 90s;
    small.database.lock_timeout = 90s;
    const auto reader = start(small);
    ASSERT_TRUE(eventually(60s, [&] { return applied("a") == 1; }));
    postgres::Session holder(
        {.dsn = database().dsn(),
         .application_name = "holder",
         .statement_timeout = 90s,
         .lock_timeout = 90s,
         .idle_in_transaction_timeout = 90s}
    );
    const auto held = holder.transact(postgres::Access::login(), [&](auto& transaction) {
        constexpr postgres::Statement kLock{
            "test.lock", "select 1 from calfleet.consumer_positions for update"};
        transaction.exec(kLock, postgres::params());
        publish(broker.brokers(), "b", 50);
        EXPECT_TRUE(eventually(60s, [&] { return reader->status().paused; }));
        for (int i = 0; i < 8; ++i)
            publish(broker.brokers(), "other" + std::to_string(i), 1);
        EXPECT_TRUE(eventually(60s, [&] {
            return reader->not_ready().find("fetching is paused") != std::string::npos;
        })) << reader->not_ready();
        EXPECT_TRUE(eventually(30s, [&] { return reader->lag() == 58; })) << reader->lag();
        EXPECT_EQ(reader->status().stalled.size(), 2U);
    });
    ASSERT_TRUE(held);
    EXPECT_TRUE(eventually(90s, [&] { return applied("b") == 50 && applied("other_") == 8; }));
    EXPECT_TRUE(eventually(60s, [&] {
        return reader->not_ready().empty() && !reader->status().paused && reader->lag() == 0;
    })) << reader->not_ready();
}

TEST_F(Positions, WithoutABrokerAreReportedAndRecoverByThemselves) {
    Broker broker;
    publish(broker.brokers(), "a", 1);
    const auto reader = start(broker.brokers());
    ASSERT_TRUE(eventually(60s, [&] { return position() == 1 && reader->not_ready().empty(); }));
    broker.go_down();
    EXPECT_TRUE(eventually(90s, [&] { return !reader->not_ready().empty(); }));
    broker.come_up();
    EXPECT_TRUE(eventually(90s, [&] { return reader->not_ready().empty(); }))
        << reader->not_ready();
}

TEST_F(Positions, ARebalanceDoesNotMakeAMemberUnready) {
    Broker broker(4);
    auto patient = settings(broker.brokers());
    patient.patience = 60s;
    const auto first = start(patient);
    ASSERT_TRUE(eventually(60s, [&] { return first->not_ready().empty(); })) << first->not_ready();
    patient.kafka.client_id = "second-member";
    patient.owner = "second";
    const auto second = start(patient);
    std::string complaint;
    EXPECT_TRUE(eventually(60s, [&] {
        if (complaint.empty()) complaint = first->not_ready();
        return second->not_ready().empty() && second->status().partitions.size() == 2;
    }));
    EXPECT_EQ(complaint, "");
}

} // namespace
} // namespace calfleet::intake
