// What Producer promises, against librdkafka's mock cluster.

#include "tests/integration/kafka/members.h"
#include "tests/integration/kafka/mock_cluster.h"

namespace calfleet::kafka {
namespace {

struct ProducerOnMock : testing::Test {
    ProducerOnMock() { cluster.create_topic("events", 3); }

    std::unique_ptr<Producer> with(ProducerSettings settings) {
        settings.brokers = cluster.brokers();
        settings.client_id = "test-producer";
        return producer(std::move(settings));
    }
    bool wait_for(
        Producer& sender, const std::function<bool()>& done, std::chrono::seconds limit = 30s
    ) {
        const auto deadline = std::chrono::steady_clock::now() + limit;
        while (!done() && std::chrono::steady_clock::now() < deadline)
            sender.poll(20ms);
        return done();
    }

    MockCluster cluster;
};

TEST_F(ProducerOnMock, ReportsEveryRecordExactlyOnce) {
    auto sender = with({});
    std::vector<int> reports(2000, 0);
    for (std::size_t i = 0; i < reports.size(); ++i) {
        const auto count = [&reports, i](const Result<Delivered>& result) {
            reports[i] += result ? 1 : 100;
        };
        ASSERT_TRUE(sender->send({.topic = "events", .key = std::to_string(i), .value = "v"}, count)
        );
    }
    EXPECT_TRUE(sender->flush(20s));
    EXPECT_EQ(sender->in_flight(), 0u);
    EXPECT_EQ(reports, std::vector<int>(reports.size(), 1));
}

TEST_F(ProducerOnMock, SendsOneKeyToThePartitionThatJavaProducersChoose) {
    auto sender = with({});
    std::map<std::string, std::int32_t> chosen;
    for (const std::string key : {"17:4", "17:4", "18:4", "companyid:entityid"}) {
        ASSERT_TRUE(sender->send(
            {.topic = "events", .key = key, .value = "v"},
            [&, key](const Result<Delivered>& result) {
                ASSERT_TRUE(result);
                const auto [known, fresh] = chosen.emplace(key, result->partition);
                EXPECT_EQ(known->second, result->partition) << key;
            }
        ));
    }
    EXPECT_TRUE(sender->flush(20s));
    // toPositive(murmur2(key)) % 3 with the seed 0x9747b28c, as org.apache.kafka.common.utils.Utils
    // computes it.
    const std::map<std::string, std::int32_t> java{
        {"17:4", 1}, {"18:4", 2}, {"companyid:entityid", 1}};
    EXPECT_EQ(chosen, java);
}

TEST_F(ProducerOnMock, SaysUnavailableWhenTheLocalQueueIsFullAndTakesTheRecordLater) {
    cluster.go_down();
    auto sender = with({.message_timeout = 60000ms, .queue_max_messages = 10});
    int reports = 0;
    const auto count = [&](const Result<Delivered>& result) { reports += result ? 1 : 100; };
    for (int i = 0; i < 10; ++i)
        ASSERT_TRUE(sender->send({.topic = "events", .key = "k", .value = "v"}, count));
    const Result<> refused = sender->send({.topic = "events", .key = "k", .value = "v"}, count);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Unavailable) << refused.error().message;
    EXPECT_EQ(sender->in_flight(), 10u);

    cluster.come_up();
    EXPECT_TRUE(wait_for(*sender, [&] { return reports == 10; })) << reports;
    ASSERT_TRUE(sender->send({.topic = "events", .key = "k", .value = "v"}, count));
    EXPECT_TRUE(wait_for(*sender, [&] { return reports == 11; })) << reports;
}

TEST_F(ProducerOnMock, ReportsUnavailableWhenNoBrokerCameBackInTimeAndRecovers) {
    cluster.go_down();
    auto sender = with({.message_timeout = 500ms});
    std::optional<Result<Delivered>> fate;
    const auto keep = [&](const Result<Delivered>& result) { fate = result; };
    ASSERT_TRUE(sender->send({.topic = "events", .key = "k", .value = "v"}, keep));
    ASSERT_TRUE(wait_for(*sender, [&] { return fate.has_value(); }));
    ASSERT_FALSE(*fate);
    EXPECT_EQ(fate->error().kind, ErrorKind::Unavailable) << fate->error().message;

    cluster.come_up();
    const auto recovered = [&] {
        if (fate && *fate) return true;
        if (fate) {
            fate.reset();
            EXPECT_TRUE(sender->send({.topic = "events", .key = "k", .value = "v"}, keep));
        }
        return false;
    };
    EXPECT_TRUE(wait_for(*sender, recovered));
    EXPECT_FALSE(sender->fatal());
}

TEST_F(ProducerOnMock, ReportsInDoubtWhenTheAnswerNeverCame) {
    auto sender = with({.message_timeout = 1000ms, .linger = 0ms});
    int delivered = 0;
    ASSERT_TRUE(sender->send({.topic = "events", .key = "k", .value = "warm"}, [&](const auto&) {
        ++delivered;
    }));
    ASSERT_TRUE(wait_for(*sender, [&] { return delivered == 1; }));

    cluster.answer_after(20s);
    std::optional<Result<Delivered>> fate;
    ASSERT_TRUE(sender->send(
        {.topic = "events", .key = "k", .value = "v"}, [&](const auto& result) { fate = result; }
    ));
    ASSERT_TRUE(wait_for(*sender, [&] { return fate.has_value(); }));
    ASSERT_FALSE(*fate);
    EXPECT_EQ(fate->error().kind, ErrorKind::InDoubt) << fate->error().message;
    cluster.answer_after(0ms);
}

TEST_F(ProducerOnMock, RefusesARecordLargerThanItsLimitAtOnce) {
    auto sender = with({.message_max_bytes = 2000});
    const Result<> refused =
        sender->send({.topic = "events", .value = std::string(3000, 'x')}, [](const auto&) {
            ADD_FAILURE() << "a refused record must not be reported";
        });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Invalid) << refused.error().message;
    EXPECT_EQ(sender->in_flight(), 0u);
}

TEST_F(ProducerOnMock, ReportsARecordThatTheBrokerFindsTooLargeAsInvalid) {
    cluster.refuse_as_too_large(1);
    auto sender = with({.linger = 0ms});
    std::optional<Result<Delivered>> fate;
    ASSERT_TRUE(sender->send({.topic = "events", .value = "v"}, [&](const auto& result) {
        fate = result;
    }));
    ASSERT_TRUE(wait_for(*sender, [&] { return fate.has_value(); }));
    ASSERT_FALSE(*fate);
    EXPECT_EQ(fate->error().kind, ErrorKind::Invalid) << fate->error().message;
}

TEST_F(ProducerOnMock, ReportsWhatIsUndeliveredWhenItIsDestroyed) {
    cluster.go_down();
    int failed = 0;
    {
        auto sender = with({});
        for (int i = 0; i < 5; ++i)
            ASSERT_TRUE(sender->send({.topic = "events", .value = "v"}, [&](const auto& result) {
                failed += !result;
            }));
    }
    EXPECT_EQ(failed, 5);
}

TEST_F(ProducerOnMock, RefusesConnectionPropertiesThatWouldBreakItsPromises) {
    const auto made = Producer::create({
        .brokers = cluster.brokers(),
        .client_id = "test",
        .connection =
            {.properties =
                 {{"acks", Secret<std::string>("0")},
                  {"security.protocol", Secret<std::string>("hunter2")}}},
    });
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().kind, ErrorKind::Invalid);
    EXPECT_NE(made.error().message.find("acks"), std::string::npos) << made.error().message;
    EXPECT_NE(made.error().message.find("security.protocol"), std::string::npos)
        << made.error().message;
    EXPECT_EQ(made.error().message.find("hunter2"), std::string::npos)
        << "the value may be a password";
}

} // namespace
} // namespace calfleet::kafka
