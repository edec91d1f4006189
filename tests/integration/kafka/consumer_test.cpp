// What Consumer promises, against librdkafka's mock cluster.

#include "common/kafka/log_reader.h"

#include <algorithm>

#include "tests/integration/kafka/members.h"
#include "tests/integration/kafka/mock_cluster.h"
#include "tests/support/wait.h"

namespace calfleet::kafka {
namespace {

using testing::Test;

struct ConsumerOnMock : Test {
    ConsumerOnMock() { cluster.create_topic("events", 4); }

    std::unique_ptr<Consumer>
    member(AssignmentListener& positions, const std::string& client = "member-1") {
        return consumer(consumer_settings(cluster.brokers(), "events", client), positions);
    }
    void publish_numbered(int count) {
        std::vector<OutgoingRecord> records;
        for (int i = 0; i < count; ++i)
            records.push_back(
                {.topic = "events", .key = "key-" + std::to_string(i), .value = std::to_string(i)}
            );
        publish(cluster.brokers(), records);
    }
    /// All with one key, so in one partition; the partition.
    TopicPartition publish_in_one_partition(int count) {
        auto sender = producer({.brokers = cluster.brokers(), .client_id = "test-publisher"});
        TopicPartition used{"events", -1};
        for (int i = 0; i < count; ++i) {
            const auto note = [&](const Result<Delivered>& result) {
                used.partition = result.value().partition;
            };
            EXPECT_TRUE(
                sender->send({.topic = "events", .key = "k", .value = std::to_string(i)}, note)
            );
        }
        EXPECT_TRUE(sender->flush(20s));
        return used;
    }

    MockCluster cluster;
    KeptPositions listener;
};

TEST_F(ConsumerOnMock, ReadsEveryPartitionFromThePositionTheListenerReturned) {
    const TopicPartition used = publish_in_one_partition(100);
    listener.position[used] = 40;
    auto reader = member(listener);
    std::vector<std::int64_t> offsets;
    PollLoop loop{.members = {reader.get()}};
    loop.on_message = [&](Consumer&, const Message& message) {
        EXPECT_EQ(message.topic(), "events");
        EXPECT_EQ(message.partition(), used.partition);
        EXPECT_EQ(message.value(), std::to_string(message.offset()));
        offsets.push_back(message.offset());
    };
    ASSERT_TRUE(loop.until([&] { return offsets.size() == 60; }));
    EXPECT_EQ(offsets.front(), 40);
    EXPECT_EQ(offsets.back(), 99);
    EXPECT_TRUE(std::is_sorted(offsets.begin(), offsets.end()));
    EXPECT_TRUE(reader->joined());
    EXPECT_EQ(listener.held.size(), 4u);
    EXPECT_EQ(reader->watermarks(used).value_or(Watermarks{}).high, 100);
    const auto asked = reader->query_watermarks(used, 5s);
    ASSERT_TRUE(asked) << asked.error().message;
    EXPECT_EQ(asked->low, 0);
    EXPECT_EQ(asked->high, 100);
}

TEST_F(ConsumerOnMock, CarriesKeyValueTimestampAndHeadersUntouched) {
    const std::string binary("\x00\xff\xfe\n", 4);
    const OutgoingRecord sent{
        .topic = "events",
        .key = binary,
        .value = binary + "value",
        .headers =
            {{"ce_id", "first"},
             {"none", std::nullopt},
             {"raw", binary},
             {"empty", ""},
             {"ce_id", "last"}},
        .timestamp = *parse_instant("2026-03-04T05:06:07.089Z"),
    };
    publish(cluster.brokers(), {sent});
    auto reader = member(listener);
    bool seen = false;
    PollLoop loop{.members = {reader.get()}};
    loop.on_message = [&](Consumer&, const Message& message) {
        seen = true;
        EXPECT_EQ(message.key(), sent.key);
        EXPECT_EQ(message.value(), sent.value);
        EXPECT_EQ(message.timestamp(), sent.timestamp);
        std::size_t headers = 0;
        for (const Header& header : sent.headers)
            headers += header.name.size() + (header.value ? header.value->size() : 0);
        EXPECT_EQ(message.header_bytes(), headers);
        EXPECT_EQ(message.size_bytes(), sent.key->size() + sent.value->size() + 2 * headers);
        EXPECT_EQ(message.header("ce_id"), "last") << "the last of a name counts";
        EXPECT_EQ(message.header("none"), std::nullopt);
        EXPECT_EQ(message.header("empty"), "");
        EXPECT_EQ(message.header("absent"), std::nullopt);

        std::vector<HeaderView> views{{"left over", "from before"}};
        const RecordView record = message.view(views);
        EXPECT_EQ(record.topic, "events");
        EXPECT_EQ(record.offset, 0);
        EXPECT_EQ(record.key, sent.key);
        EXPECT_EQ(record.value, sent.value);
        const std::vector<Header> copies = message.headers();
        ASSERT_EQ(record.headers.size(), sent.headers.size());
        ASSERT_EQ(copies.size(), sent.headers.size());
        for (std::size_t i = 0; i < copies.size(); ++i) {
            EXPECT_EQ(record.headers[i].name, sent.headers[i].name);
            EXPECT_EQ(record.headers[i].value, sent.headers[i].value);
            EXPECT_EQ(copies[i].name, sent.headers[i].name);
            EXPECT_EQ(copies[i].value, sent.headers[i].value);
        }
    };
    EXPECT_TRUE(loop.until([&] { return seen; }));
}

TEST_F(ConsumerOnMock, TellsATombstoneFromAnEmptyValueAndNoKeyFromAnEmptyKey) {
    publish(
        cluster.brokers(),
        {
            {.topic = "events", .key = "tombstone", .value = std::nullopt},
            {.topic = "events", .key = std::nullopt, .value = "keyless"},
            {.topic = "events", .key = "empty", .value = ""},
            {.topic = "events", .key = "", .value = "empty key"},
        }
    );
    auto reader = member(listener);
    int seen = 0;
    PollLoop loop{.members = {reader.get()}};
    loop.on_message = [&](Consumer&, const Message& message) {
        ++seen;
        EXPECT_EQ(message.key() == "tombstone", !message.value().has_value());
        EXPECT_EQ(message.key() == "empty", message.value() == "");
        EXPECT_EQ(message.value() == "keyless", !message.key().has_value());
        EXPECT_EQ(message.value() == "empty key", message.key() == "");
        std::vector<HeaderView> headers;
        EXPECT_TRUE(message.view(headers).headers.empty());
    };
    EXPECT_TRUE(loop.until([&] { return seen == 4; }));
}

TEST_F(ConsumerOnMock, OffersPartitionsAgainThatTheListenerCouldNotPlace) {
    publish_numbered(10);
    listener.refusals = 1;
    auto reader = member(listener);
    int complaints = 0;
    int seen = 0;
    PollLoop loop{.members = {reader.get()}};
    loop.on_message = [&](Consumer&, const Message&) { ++seen; };
    loop.on_error = [&](Consumer&, const Error& error) {
        ++complaints;
        EXPECT_EQ(error.kind, ErrorKind::Unavailable);
        EXPECT_FALSE(reader->joined());
        EXPECT_EQ(seen, 0);
    };
    EXPECT_TRUE(loop.until([&] { return seen == 10; }));
    EXPECT_EQ(complaints, 1);
    EXPECT_EQ(listener.asked, 2);
    EXPECT_TRUE(reader->joined());
}

TEST_F(ConsumerOnMock, NeverReturnsARecordFromBeforeASeek) {
    const TopicPartition used = publish_in_one_partition(1000);
    auto reader = member(listener);
    std::int64_t lowest_allowed = 0;
    std::int64_t highest = -1;
    PollLoop loop{.members = {reader.get()}};
    loop.on_message = [&](Consumer&, const Message& message) {
        EXPECT_GE(message.offset(), lowest_allowed);
        highest = message.offset();
    };
    ASSERT_TRUE(loop.until([&] { return highest >= 10; }));
    lowest_allowed = 900;
    const Result<> forward = reader->seek(used, 900);
    ASSERT_TRUE(forward) << forward.error().message;
    ASSERT_TRUE(loop.until([&] { return highest == 999; }));

    lowest_allowed = 0;
    highest = -1;
    const Result<> back = reader->seek(used, 500);
    ASSERT_TRUE(back) << back.error().message;
    loop.on_message = [&](Consumer&, const Message& message) {
        EXPECT_TRUE(highest >= 0 || message.offset() == 500) << message.offset();
        highest = message.offset();
    };
    EXPECT_TRUE(loop.until([&] { return highest == 999; }));

    const Result<> unknown = reader->seek({"events", 77}, 0);
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().kind, ErrorKind::NotFound);
}

TEST_F(ConsumerOnMock, ReturnsNothingOfAPausedPartitionAndAllOfItAfterwards) {
    const TopicPartition used = publish_in_one_partition(50);
    auto reader = member(listener);
    std::vector<std::int64_t> offsets;
    bool paused = false;
    PollLoop loop{.members = {reader.get()}};
    loop.on_message = [&](Consumer&, const Message& message) {
        EXPECT_FALSE(paused && message.partition() == used.partition);
        if (message.partition() == used.partition) offsets.push_back(message.offset());
    };
    ASSERT_TRUE(loop.until([&] { return offsets.size() >= 10; }));
    paused = true;
    ASSERT_TRUE(reader->pause({&used, 1}));

    // A record in another partition proves that reading went on meanwhile.
    int others = 0;
    const auto count_used = loop.on_message;
    loop.on_message = [&](Consumer& from, const Message& message) {
        others += message.partition() != used.partition;
        count_used(from, message);
    };
    publish_numbered(40);
    ASSERT_TRUE(loop.until([&] { return others > 0; }));

    paused = false;
    ASSERT_TRUE(reader->resume({&used, 1}));
    ASSERT_TRUE(loop.until([&] { return offsets.size() >= 50; }));
    for (std::size_t i = 0; i < offsets.size(); ++i)
        ASSERT_EQ(offsets[i], static_cast<std::int64_t>(i));
    const TopicPartition unknown{"events", 77};
    EXPECT_TRUE(reader->pause({&unknown, 1})) << "a partition that just went away is no error";
}

TEST_F(ConsumerOnMock, TellsWhereEachPartitionEndsAgainAfterEveryRecord) {
    struct Ends : KeptPositions {
        void on_end(const TopicPartition& partition, std::int64_t end) override {
            ends[partition] = end;
        }
        std::map<TopicPartition, std::int64_t> ends;
    } positions;
    const TopicPartition used = publish_in_one_partition(3);
    auto reader = member(positions);
    PollLoop loop{.members = {reader.get()}};
    ASSERT_TRUE(loop.until([&] { return positions.ends.size() == 4; }));
    ASSERT_TRUE(loop.until([&] { return positions.ends[used] == 3; }));
    publish_in_one_partition(1);
    EXPECT_TRUE(loop.until([&] { return positions.ends[used] == 4; }));
    for (const auto& [partition, end] : positions.ends)
        EXPECT_EQ(end, partition == used ? 4 : 0) << "also of a partition without any record";
}

TEST_F(ConsumerOnMock, IsAccompaniedByAReaderThatAsksForBoundsAndSingleRecords) {
    const TopicPartition used = publish_in_one_partition(10);
    const TopicPartition empty{"events", (used.partition + 1) % 4};
    auto reader = std::move(*LogReader::create(cluster.brokers(), "look", {}));
    const std::vector<TopicPartition> both{used, empty};
    const auto bounds = reader->bounds(both, 10s);
    ASSERT_TRUE(bounds[0] && bounds[1]);
    EXPECT_EQ(bounds[0]->low, 0);
    EXPECT_EQ(bounds[0]->high, 10);
    EXPECT_EQ(bounds[1]->high, 0);

    std::map<TopicPartition, std::string> found;
    const auto note = [&](const TopicPartition& partition, const Message* message) {
        EXPECT_FALSE(found.contains(partition)) << "one answer each";
        found[partition] = message ? std::string(*message->value()) : "end";
    };
    for (const std::int64_t offset : {7, 0, 9}) {
        found.clear();
        ASSERT_TRUE(
            reader->first_records(std::vector{std::pair{used, offset}, {empty, 0}}, 10s, note)
        );
        EXPECT_EQ(found[used], std::to_string(offset));
        EXPECT_EQ(found[empty], "end");
    }
    cluster.go_down();
    EXPECT_FALSE(reader->bounds(both, 500ms)[0]);
    found.clear();
    EXPECT_TRUE(reader->first_records(std::vector{std::pair{used, std::int64_t{3}}}, 500ms, note));
    EXPECT_TRUE(found.empty());
    cluster.come_up();
    EXPECT_TRUE(test_support::eventually(30s, [&] { return bool(reader->bounds(both, 1s)[0]); }));
}

TEST_F(ConsumerOnMock, SharesThePartitionsWithASecondMemberAndHandsThemOverInOrder) {
    KeptPositions other;
    auto first = member(listener, "member-1");
    PollLoop loop{.members = {first.get()}};
    ASSERT_TRUE(loop.until([&] { return first->joined() && listener.held.size() == 4; }));
    auto second = member(other, "member-2");
    loop.members.push_back(second.get());
    ASSERT_TRUE(loop.until([&] {
        return other.held.size() == 2 && listener.held.size() == 2 && second->joined();
    }));
    ASSERT_EQ(listener.revoked.size(), 1u);
    EXPECT_EQ(listener.revoked[0].partitions.size(), 2u)
        << "cooperative: only what moves is taken away";
    EXPECT_FALSE(listener.revoked[0].lost);

    second->close();
    EXPECT_EQ(other.held.size(), 0u);
    ASSERT_EQ(other.revoked.size(), 1u);
    EXPECT_FALSE(other.revoked[0].lost) << "leaving is an orderly farewell";
    loop.members.pop_back();
    EXPECT_TRUE(loop.until([&] { return listener.held.size() == 4 && first->joined(); }));
    EXPECT_GE(first->rebalances(), 3u);
}

TEST_F(ConsumerOnMock, CallsPartitionsLostWhenTheGroupHasForgottenItAndJoinsAgain) {
    auto reader = member(listener);
    PollLoop loop{.members = {reader.get()}};
    ASSERT_TRUE(loop.until([&] { return reader->joined(); }));
    cluster.forget_member_at_next_heartbeat();
    ASSERT_TRUE(loop.until([&] { return !listener.revoked.empty(); }));
    EXPECT_TRUE(listener.revoked[0].lost) << "somebody else may own them already";
    EXPECT_EQ(listener.revoked[0].partitions.size(), 4u);
    EXPECT_FALSE(reader->joined());
    EXPECT_TRUE(loop.until([&] { return reader->joined() && listener.held.size() == 4; }));
}

TEST_F(ConsumerOnMock, SaysUnavailableWhileTheBrokerIsAwayAndGoesOnAfterwards) {
    publish_numbered(5);
    auto reader = member(listener);
    int seen = 0;
    int complaints = 0;
    PollLoop loop{.members = {reader.get()}};
    loop.on_message = [&](Consumer&, const Message&) { ++seen; };
    ASSERT_TRUE(loop.until([&] { return seen == 5; }));
    loop.on_error = [&](Consumer&, const Error& error) {
        ++complaints;
        EXPECT_EQ(error.kind, ErrorKind::Unavailable) << error.message;
    };
    cluster.go_down();
    ASSERT_TRUE(loop.until([&] { return complaints > 0; }));
    cluster.come_up();
    publish_numbered(5);
    EXPECT_TRUE(loop.until([&] { return seen >= 10; }));
}

TEST_F(ConsumerOnMock, HintsItsPositionToTheGroupAndReportsTheGroupsState) {
    const TopicPartition used = publish_in_one_partition(10);
    auto reader = member(listener);
    int seen = 0;
    PollLoop loop{.members = {reader.get()}};
    loop.on_message = [&](Consumer&, const Message&) { ++seen; };
    reader->commit_hint(std::vector<std::pair<TopicPartition, std::int64_t>>{{used, 3}}
    ); // before joining: dropped
    ASSERT_TRUE(loop.until([&] { return seen == 10 && reader->join_state() == "steady"; }));
    EXPECT_EQ(reader->commit_failures(), 0u);
    reader->commit_hint(std::vector<std::pair<TopicPartition, std::int64_t>>{{used, 10}});
    EXPECT_TRUE(loop.until([&] {
        return committed_offset(cluster.brokers(), "group-of-events", used) == 10;
    }));
    EXPECT_EQ(reader->commit_failures(), 0u);
}

TEST_F(ConsumerOnMock, MayBeClosedBeforeItsFirstAssignmentAndTwice) {
    auto reader = member(listener);
    reader->close();
    reader->close();
    EXPECT_TRUE(listener.revoked.empty());
    const auto polled = reader->poll(0ms);
    ASSERT_FALSE(polled);
    EXPECT_EQ(polled.error().kind, ErrorKind::Bug);
}

TEST_F(ConsumerOnMock, IsGoneInTimeWhenTheBrokerIsAway) {
    const TopicPartition used = publish_in_one_partition(10);
    auto settings = consumer_settings(cluster.brokers(), "events", "member-1");
    settings.session_timeout = 45s; // as workers have it: the member still counts as one
    auto reader = consumer(std::move(settings), listener);
    PollLoop loop{.members = {reader.get()}};
    ASSERT_TRUE(loop.until([&] { return reader->joined(); }));
    bool noticed = false;
    loop.on_error = [&](Consumer&, const Error&) { noticed = true; };
    cluster.go_down();
    ASSERT_TRUE(loop.until([&] { return noticed; }));
    const auto before = std::chrono::steady_clock::now();
    reader->commit_hint(std::vector<std::pair<TopicPartition, std::int64_t>>{{used, 10}});
    reader->close();
    EXPECT_TRUE(listener.held.empty());
    reader.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - before, 8s);
}

} // namespace
} // namespace calfleet::kafka
