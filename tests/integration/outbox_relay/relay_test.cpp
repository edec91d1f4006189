// outbox-relay publishes, waits, shares and gives up.

#include "tests/integration/outbox_relay/relay_fixture.h"

namespace calfleet::outbox_relay {
namespace {

TEST_F(RelayOnMock, PublishesEveryRowOfAKeyInOrderWithItsHeadersAndDeletesIt) {
    for (int i = 0; i < 5; ++i)
        write("events", "17:4", numbered(i * 100, 100));
    const auto running = relay();
    ASSERT_TRUE(eventually(30s, [&] { return rows() == 0; }));
    EXPECT_EQ(values_in("events"), numbered(0, 500));
    auto admin = kafka::Admin::create(cluster.brokers(), "test-reader");
    const auto read = (*admin)->read_all("events", 10s, [&](const kafka::Message& message) {
        EXPECT_EQ(message.key(), "17:4");
        const auto headers = message.headers();
        EXPECT_EQ(headers.size(), 3u);
        EXPECT_EQ(message.header("ce_id"), "17:4");
        EXPECT_EQ(message.header("raw"), "\xff");
        EXPECT_EQ(headers[2].value, std::nullopt);
        return false;
    });
    EXPECT_TRUE(read);
    running->end();
    EXPECT_TRUE(running->ended_well);
    EXPECT_EQ(
        database().ask("select count(*) from calfleet.outbox_shards where lease_owner is not null"),
        "0"
    );
    EXPECT_EQ(database().ask("select count(*) from calfleet.outbox_relays"), "0");
}

TEST_F(RelayOnMock, ReadsNoRowBeforeATransactionThatMayStillWriteAnEarlierOne) {
    auto slow = session();
    const auto running = relay();
    const auto done =
        slow.transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
            transaction.exec_text("insert into calfleet.outbox (shard, topic, record_key, "
                                  "record_headers, record_value) "
                                  "values (3, 'events', 'k', '[]', 'early')");
            write("events", "other", {"late"}); // commits while the earlier one is open
            const int shards = running->notes.shards;
            EXPECT_TRUE(eventually(10s, [&] { return running->notes.shards == 16; })) << shards;
            // Two more rounds of leases prove that the relay looked and read nothing.
            const std::string epoch =
                database().ask("select max(lease_until) from calfleet.outbox_shards");
            EXPECT_TRUE(eventually(10s, [&] {
                return database().ask("select max(lease_until) from calfleet.outbox_shards") !=
                       epoch;
            }));
            EXPECT_EQ(running->notes.delivered, 0);
        });
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_TRUE(eventually(20s, [&] { return rows() == 0; }));
    EXPECT_EQ(running->notes.delivered, 2);
}

TEST_F(RelayOnMock, LeavesRowsOfAMissingTopicAloneUntilItIsMadeAndPublishesTheOthers) {
    write("forgotten", "k", numbered(0, 3));
    write("events", "k", numbered(0, 3));
    const auto running = relay();
    ASSERT_TRUE(eventually(20s, [&] {
        return rows() == 3 && !running->relay.status().blocked_topics.empty();
    }));
    EXPECT_EQ(running->relay.status().blocked_topics, std::vector<std::string>{"forgotten"});
    EXPECT_EQ(running->relay.status().not_ready, "")
        << "one missing topic does not make the relay useless";
    write("events", "k", numbered(3, 3));
    ASSERT_TRUE(eventually(20s, [&] { return rows() == 3; }));
    EXPECT_EQ(values_in("events"), numbered(0, 6));
    EXPECT_EQ(database().ask("select count(*) from calfleet.dead_letters"), "0");
    cluster.create_topic("forgotten", 1);
    ASSERT_TRUE(eventually(20s, [&] { return rows() == 0; }));
    EXPECT_EQ(values_in("forgotten"), numbered(0, 3));
}

TEST_F(RelayOnMock, MakesADeadLetterOfARecordThatKafkaCanNeverTakeAndGoesOn) {
    write("events", "k", {"before"});
    write("events", "k", {std::string(5'000'000, 'x')}); // above what the producer takes
    write("events", "k", {"after"});
    database().run(
        "insert into calfleet.outbox (shard, topic, record_key, record_headers, record_value) "
        "values "
        "(1, 'no such/name', 'k', "
        "'[{\"name\":\"ce_id\",\"text\":\"7\"},{\"name\":\"ce_source\",\"text\":\"s\"}]', 'v'),"
        "(1, 'events', 'k2', '{\"not\":\"an array\"}', 'v')"
    );
    const auto running = relay();
    ASSERT_TRUE(eventually(30s, [&] { return rows() == 0; }));
    EXPECT_EQ(values_in("events"), (std::vector<std::string>{"before", "after"}));
    EXPECT_EQ(
        database().ask(
            "select string_agg(record_topic, ',' order by record_topic) from calfleet.dead_letters "
            "where worker = 'outbox-relay' and reason_class = 'undeliverable' and state = 'open'"
        ),
        "events,events,no such/name"
    );
    EXPECT_EQ(
        database().ask("select max(octet_length(record_value)) from calfleet.dead_letters"),
        "5000000"
    );
    EXPECT_EQ(
        database().ask(
            "select event_id from calfleet.dead_letters where record_topic = 'no such/name'"
        ),
        "7"
    );
    EXPECT_EQ(values_in("outbox-relay.dlq").size(), 2u)
        << "the copy of the letter that is too large itself is dropped";
}

TEST_F(RelayOnMock, TriesARecordAgainAloneBeforeItIsGivenUp) {
    write("others", "k", {"warm up"});
    const auto running = relay();
    ASSERT_TRUE(eventually(20s, [&] { return rows() == 0; }));
    cluster.refuse_as_too_large(1);
    write("others", "k", numbered(0, 3)); // one batch, refused as a whole
    ASSERT_TRUE(eventually(20s, [&] { return rows() == 0; }));
    EXPECT_EQ(values_in("others"), (std::vector<std::string>{"warm up", "0", "1", "2"}));
    EXPECT_EQ(database().ask("select count(*) from calfleet.dead_letters"), "0");
}

TEST_F(RelayOnMock, WaitsForTheBrokerThroughAnOutageWithoutLosingOrder) {
    write("events", "k", numbered(0, 10));
    const auto running = relay();
    ASSERT_TRUE(eventually(20s, [&] { return rows() == 0; }));
    cluster.go_down();
    write("events", "k", numbered(10, 50));
    ASSERT_TRUE(eventually(20s, [&] { return running->relay.status().in_flight == 50; }));
    cluster.come_up();
    ASSERT_TRUE(eventually(30s, [&] { return rows() == 0; }));
    EXPECT_EQ(values_in("events"), numbered(0, 60));
}

TEST_F(RelayOnMock, StopsInTimeWhileTheBrokerIsAwayAndKeepsTheRows) {
    write("events", "k", {"first"});
    const auto running = relay();
    ASSERT_TRUE(eventually(20s, [&] { return rows() == 0; }));
    cluster.go_down();
    write("events", "k", numbered(0, 10));
    ASSERT_TRUE(eventually(20s, [&] { return running->relay.status().in_flight == 10; }));
    const auto before = std::chrono::steady_clock::now();
    running->end();
    EXPECT_LT(std::chrono::steady_clock::now() - before, 15s);
    EXPECT_TRUE(running->ended_well);
    EXPECT_EQ(rows(), 10);
    EXPECT_EQ(
        database().ask("select count(*) from calfleet.outbox_shards where lease_owner is not null"),
        "0"
    );
}

TEST_F(RelayOnMock, SharesTheShardsWithASecondRelayAndTakesThemBackWhenItLeaves) {
    const auto first = relay("relay-1");
    ASSERT_TRUE(eventually(20s, [&] { return first->notes.shards == 16; }));
    const auto second = relay("relay-2");
    ASSERT_TRUE(eventually(20s, [&] {
        return first->notes.shards == 8 && second->notes.shards == 8;
    }));
    for (int key = 0; key < 40; ++key)
        write("events", "k" + std::to_string(key), {"v"});
    ASSERT_TRUE(eventually(20s, [&] { return rows() == 0; }));
    EXPECT_GT(first->notes.delivered, 0);
    EXPECT_GT(second->notes.delivered, 0);
    EXPECT_EQ(first->notes.delivered + second->notes.delivered, 40)
        << "each row once when nothing fails";
    second->end();
    EXPECT_TRUE(eventually(20s, [&] { return first->notes.shards == 16; }));
}

TEST_F(RelayOnMock, ReleasesNoShardWhileItsRecordsAreOnTheirWay) {
    Store busy(
        {.dsn = database().dsn("calfleet_outbox_relay"), .application_name = "busy"}, nullptr
    );
    Store fresh(
        {.dsn = database().dsn("calfleet_outbox_relay"), .application_name = "fresh"}, nullptr
    );
    EXPECT_EQ(busy.keep_leases("busy", 30s, Sharing::Give)->size(), 16u);
    EXPECT_EQ(fresh.keep_leases("fresh", 30s, Sharing::Give)->size(), 0u);
    EXPECT_EQ(busy.keep_leases("busy", 30s, Sharing::Keep)->size(), 16u);
    EXPECT_EQ(fresh.keep_leases("fresh", 30s, Sharing::Give)->size(), 0u);
    EXPECT_EQ(busy.keep_leases("busy", 30s, Sharing::Give)->size(), 8u);
    EXPECT_EQ(fresh.keep_leases("fresh", 30s, Sharing::Give)->size(), 8u);
}

TEST_F(RelayOnMock, ClosesTheReplayOfItsOwnLetterWhenDeliveredAndOpensItAgainWhenRefused) {
    const auto replay = [this](const std::string& topic, const std::string& id) {
        database().run("update calfleet.dead_letters set state = 'replaying' where id = " + id);
        database().run(
            "insert into calfleet.outbox (shard, topic, record_key, record_headers, record_value) "
            "values (1, '" +
            topic + "', 'k', '[{\"name\":\"calfleet_replay\",\"text\":\"" + id + "\"}]', 'v')"
        );
    };
    const auto letter = [this](const std::string& column) {
        return database().ask("select " + column + " from calfleet.dead_letters");
    };
    database().run(
        "insert into calfleet.outbox (shard, topic, record_key, record_headers, record_value) "
        "values (1, 'no such/name', 'k', '[]', 'v')"
    );
    const auto running = relay();
    ASSERT_TRUE(eventually(20s, [&] { return letter("count(*)") == "1" && rows() == 0; }));
    replay("still no/name", letter("id"));
    ASSERT_TRUE(eventually(20s, [&] { return letter("failures") == "2" && rows() == 0; }));
    EXPECT_EQ(letter("state"), "open");
    replay("events", letter("id"));
    EXPECT_TRUE(eventually(20s, [&] { return letter("state") == "replayed"; })) << letter("state");
    EXPECT_EQ(letter("count(*)"), "1");
}

} // namespace
TEST_F(RelayOnMock, IsNotReadyWhileItCouldNotPublishAlsoWithNothingToPublish) {
    cluster.go_down();
    const auto running = relay();
    const auto says = [&](const std::string& words) {
        const std::string said = running->relay.status().not_ready;
        return words.empty() ? said.empty() : said.find(words) != std::string::npos;
    };
    ASSERT_TRUE(eventually(30s, [&] { return says("kafka: "); }));
    cluster.come_up();
    ASSERT_TRUE(eventually(60s, [&] { return says(""); })) << running->relay.status().not_ready;
    cluster.go_down();
    EXPECT_TRUE(eventually(30s, [&] { return says("kafka: "); })) << "having worked before";
}

TEST_F(RelayOnMock, IsNotReadyWhileItSeesNoTopic) {
    kafka::MockCluster bare;
    const Running running(database(), bare.brokers(), "relay-1");
    const auto said = [&] { return running.relay.status().not_ready; };
    EXPECT_TRUE(eventually(30s, [&] {
        return said().find("calfleet topics apply") != std::string::npos;
    })) << said();
    bare.create_topic("events", 1);
    EXPECT_TRUE(eventually(30s, [&] { return said().empty(); })) << said();
}

/// 400 days ahead.
struct WrongClock final : Clock {
    Instant now() const override { return system_clock().now() + std::chrono::days{400}; }
    Monotonic monotonic() const override { return system_clock().monotonic(); }
};

TEST_F(RelayOnMock, KeepsAndTellsTheDatabasesTimesWhateverItsOwnClockSays) {
    write("events", "k", {std::string(5'000'000, 'x')}); // becomes a letter
    database().run(
        "insert into calfleet.outbox (shard, topic, record_key, record_headers, record_value, "
        "created_at) values (1, 'missing', 'k', '[]', 'v', now() - interval '1 hour')"
    );
    const WrongClock wrong;
    const Running running(database(), cluster.brokers(), "relay-1", kProgressPatience, wrong);
    ASSERT_TRUE(eventually(30s, [&] { return rows() == 1 && running.notes.oldest > 0; }));
    EXPECT_EQ(
        database().ask("select count(*) from calfleet.dead_letters where abs(extract(epoch from "
                       "now() - created_at)) < 600 and abs(extract(epoch from now() - "
                       "first_failed_at)) < 600"),
        "1"
    );
    EXPECT_NEAR(static_cast<double>(running.notes.oldest) / 1e6, 3600, 120);
}

} // namespace calfleet::outbox_relay
