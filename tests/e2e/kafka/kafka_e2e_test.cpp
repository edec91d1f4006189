// What common/kafka promises and only a real broker can show: topics, time look-up, positions
// outside the log.

#include "common/kafka/admin.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/integration/kafka/members.h"
#include "tests/support/kafka_server.h"
#include "tests/support/requirements.h"
#include "tests/support/wait.h"

namespace calfleet::kafka {
namespace {

struct KafkaEndToEnd : testing::Test {
    void SetUp() override {
        REQUIRE_OR_SKIP("kafka", test_support::kafka_is_missing());
        static auto* const server = new test_support::KafkaServer; // dies with the program
        brokers = server->bootstrap();
        admin = std::move(*Admin::create(brokers, "test-admin"));
        topic = testing::UnitTest::GetInstance()->current_test_info()->name();
    }

    void make_topic(int partitions, std::map<std::string, std::string> config = {}) {
        const auto made = admin->apply(
            {.name = topic, .partitions = partitions, .config = std::move(config)}, 20s
        );
        ASSERT_TRUE(made) << made.error().message;
    }
    std::vector<OutgoingRecord> numbered(int count) const {
        std::vector<OutgoingRecord> records;
        for (int i = 0; i < count; ++i)
            records.push_back({.topic = topic, .key = "k", .value = std::to_string(i)});
        return records;
    }

    std::string brokers;
    std::string topic;
    std::unique_ptr<Admin> admin;
    KeptPositions listener;
};

TEST_F(KafkaEndToEnd, CreatesTopicsAndAddsPartitionsButNeverRemovesThem) {
    const TopicSpec spec{.name = topic, .partitions = 3, .config = {{"retention.ms", "604800000"}}};
    ASSERT_TRUE(admin->describe({topic}, 10s)->empty()) << "asking must not create it";
    EXPECT_EQ(admin->apply(spec, 20s).value(), TopicChange::Created);
    EXPECT_EQ(admin->apply(spec, 20s).value(), TopicChange::Existed);
    TopicSpec more = spec;
    more.partitions = 5;
    EXPECT_EQ(admin->apply(more, 20s).value(), TopicChange::PartitionsAdded);
    EXPECT_EQ(admin->apply(spec, 20s).value(), TopicChange::Existed);
    const std::map<std::string, int> expected{{topic, 5}};
    EXPECT_TRUE(test_support::eventually(10s, [&] {
        return admin->describe({topic, "absent"}, 10s).value() == expected;
    }));
    EXPECT_EQ(admin->config_of(topic, 10s)->at("retention.ms"), "604800000");
    EXPECT_EQ(admin->config_of("absent", 10s).error().kind, ErrorKind::NotFound);
}

TEST_F(KafkaEndToEnd, NamesWhatTheBrokerRefusesInATopic) {
    const auto bad_name = admin->apply({.name = "no such/name", .partitions = 1}, 20s);
    ASSERT_FALSE(bad_name);
    EXPECT_EQ(bad_name.error().kind, ErrorKind::Invalid) << bad_name.error().message;
    const auto bad_config =
        admin->apply({.name = topic, .partitions = 1, .config = {{"retention.ms", "soon"}}}, 20s);
    ASSERT_FALSE(bad_config);
    EXPECT_EQ(bad_config.error().kind, ErrorKind::Invalid) << bad_config.error().message;
    const auto too_many_copies =
        admin->apply({.name = topic, .partitions = 1, .replication = 7}, 20s);
    ASSERT_FALSE(too_many_copies);
    EXPECT_EQ(too_many_copies.error().kind, ErrorKind::Invalid) << too_many_copies.error().message;
}

TEST_F(KafkaEndToEnd, FindsTheFirstOffsetAtOrAfterATime) {
    make_topic(1);
    const Instant start = *parse_instant("2026-03-04T05:06:07.000Z");
    std::vector<OutgoingRecord> records = numbered(10);
    for (std::size_t i = 0; i < records.size(); ++i)
        records[i].timestamp = start + std::chrono::seconds(i);
    publish(brokers, records);
    const TopicPartition partition{topic, 0};
    EXPECT_EQ(admin->offset_at(partition, start - 1h, 10s).value(), 0);
    EXPECT_EQ(admin->offset_at(partition, start + 4s, 10s).value(), 4);
    EXPECT_EQ(admin->offset_at(partition, start + 4s + 1us, 10s).value(), 5);
    EXPECT_EQ(admin->offset_at(partition, start + 1h, 10s).value(), 10)
        << "nothing so late: the end";
    const auto bounds = admin->watermarks(partition, 10s);
    EXPECT_EQ(bounds->low, 0);
    EXPECT_EQ(bounds->high, 10);
}

TEST_F(KafkaEndToEnd, ReadsATopicToItsEndOutsideOfAnyGroup) {
    make_topic(3);
    std::vector<OutgoingRecord> records;
    for (int i = 0; i < 500; ++i)
        records.push_back({.topic = topic, .key = std::to_string(i), .value = std::to_string(i)});
    publish(brokers, records);
    std::vector<int> seen;
    const auto read = admin->read_all(topic, 10s, [&](const Message& message) {
        seen.push_back(std::stoi(std::string(*message.value())));
        if (seen.size() == 1)
            publish(brokers, {{.topic = topic, .key = "late", .value = "-1"}}); // after the end
        return true;
    });
    ASSERT_TRUE(read) << read.error().message;
    std::sort(seen.begin(), seen.end());
    ASSERT_EQ(seen.size(), 500u);
    EXPECT_EQ(seen.front(), 0);
    EXPECT_EQ(seen.back(), 499);

    int few = 0;
    EXPECT_TRUE(admin->read_all(topic, 10s, [&](const Message&) { return ++few < 7; }));
    EXPECT_EQ(few, 7);
    EXPECT_EQ(
        admin->read_all("absent", 10s, [](const Message&) { return true; }).error().kind,
        ErrorKind::NotFound
    );
}

TEST_F(KafkaEndToEnd, NamesThePositionThatLiesOutsideTheLogAndStandsStillThere) {
    make_topic(1);
    publish(brokers, numbered(10));
    const TopicPartition partition{topic, 0};
    listener.position[partition] = 25;
    auto reader = consumer(consumer_settings(brokers, topic, "member-1"), listener);
    std::vector<Error> errors;
    std::vector<std::int64_t> offsets;
    PollLoop loop{.members = {reader.get()}};
    loop.on_error = [&](Consumer&, const Error& error) { errors.push_back(error); };
    loop.on_message = [&](Consumer&, const Message& message) {
        offsets.push_back(message.offset());
    };
    ASSERT_TRUE(loop.until([&] { return !errors.empty(); }));
    EXPECT_EQ(errors[0].kind, ErrorKind::Invalid);
    const std::string expected =
        "position 25 of \"" + topic + "\" partition 0 is outside the log, which holds 0 to 10";
    EXPECT_EQ(errors[0].message.substr(0, expected.size()), expected);
    EXPECT_TRUE(offsets.empty()) << "never reset silently";

    const Result<> moved = reader->seek(partition, 8); // an operator's decision
    ASSERT_TRUE(moved) << moved.error().message;
    EXPECT_TRUE(loop.until([&] { return offsets.size() == 2; }));
    EXPECT_EQ(offsets, (std::vector<std::int64_t>{8, 9}));
}

TEST_F(KafkaEndToEnd, SaysNotFoundForAMissingTopicAndReadsTheOthers) {
    make_topic(1);
    publish(brokers, numbered(3));
    ConsumerSettings settings = consumer_settings(brokers, topic, "member-1");
    settings.topics.push_back(topic + "-later");
    auto reader = consumer(settings, listener);
    int seen = 0;
    std::vector<Error> errors;
    PollLoop loop{.members = {reader.get()}};
    loop.on_error = [&](Consumer&, const Error& error) { errors.push_back(error); };
    loop.on_message = [&](Consumer&, const Message&) { ++seen; };
    ASSERT_TRUE(loop.until([&] { return seen == 3 && !errors.empty(); }));
    EXPECT_EQ(errors[0].kind, ErrorKind::NotFound) << errors[0].message;
    EXPECT_NE(errors[0].message.find(topic + "-later"), std::string::npos) << errors[0].message;
}

TEST_F(KafkaEndToEnd, ReportsARecordThatItsTopicFindsTooLargeAsInvalid) {
    make_topic(1, {{"max.message.bytes", "2000"}});
    auto sender =
        producer({.brokers = brokers, .client_id = "test", .message_timeout = 0ms, .linger = 0ms});
    std::optional<Result<Delivered>> large, small;
    std::string noise; // does not compress
    for (std::uint32_t state = 1; noise.size() < 5000;)
        noise += static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
    ASSERT_TRUE(sender->send({.topic = topic, .value = noise}, [&](const auto& result) {
        large = result;
    }));
    ASSERT_TRUE(sender->send({.topic = topic, .value = "small"}, [&](const auto& result) {
        small = result;
    }));
    EXPECT_TRUE(sender->flush(20s));
    ASSERT_TRUE(large && !*large);
    EXPECT_EQ(large->error().kind, ErrorKind::Invalid) << large->error().message;
    EXPECT_FALSE(sender->fatal());
}

} // namespace
} // namespace calfleet::kafka
