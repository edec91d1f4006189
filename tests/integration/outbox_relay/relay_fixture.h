#pragma once
// outbox-relay between a real PostgreSQL and librdkafka's mock cluster.

#include "workers/outbox-relay/relay.h"

#include "common/kafka/admin.h"
#include "common/messaging/outbox_writer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/integration/kafka/mock_cluster.h"
#include "tests/integration/postgres/database.h"
#include "tests/support/wait.h"

namespace calfleet::outbox_relay {

using namespace std::chrono_literals;
using test_support::eventually;

/// Notes what a relay tells; any thread may look.
struct Notes final : RelayObserver {
    void on_shards(std::span<const HeldShard> held) override {
        shards = static_cast<int>(held.size());
    }
    void on_settled(
        std::span<const Row> rows,
        std::span<const Report>,
        const Settlement& settlement,
        Monotonic::duration
    ) override {
        delivered += static_cast<int>(settlement.delivered.size());
        kept += static_cast<int>(rows.size() - settlement.gone.size());
    }
    void on_trouble(std::string_view with, const Error&) override {
        (with == "kafka" ? kafka_trouble : database_trouble)++;
    }
    void on_oldest(std::optional<Microseconds> age) override {
        oldest = age.value_or(Microseconds(0)).count();
    }
    void on_held_back(const Held&) override {}
    void on_restamped(std::int64_t rows) override { restamped += static_cast<int>(rows); }
    void on_standstills(std::span<const Standstill>) override {}

    std::atomic<int> shards{0}, delivered{0}, kept{0}, kafka_trouble{0}, database_trouble{0},
        restamped{0};
    std::atomic<std::int64_t> oldest{0}; ///< microseconds
};

/// A relay on a thread of its own.
struct Running {
    Running(
        const postgres::TestDatabase& database,
        const std::string& brokers,
        const std::string& owner,
        std::chrono::milliseconds patience = kProgressPatience,
        const Clock& clock = system_clock()
    )
        : store({.dsn = database.dsn("calfleet_outbox_relay"), .application_name = owner}, nullptr)
        , publisher({.brokers = brokers, .client_id = owner, .blocked_for = 200ms}, clock)
        , relay(
              store,
              publisher,
              owner,
              {.poll = 20ms, .lease = 3s, .drain = 500ms, .probe = 500ms},
              notes,
              clock,
              patience
          )
        , thread([this] { ended_well = relay.run(stop).has_value(); }) {}
    ~Running() { end(); }
    void end() {
        stop.request();
        if (thread.joinable()) thread.join();
    }

    StopSignal stop;
    Notes notes;
    Store store;
    Publisher publisher;
    Relay relay;
    std::atomic<bool> ended_well{false};
    std::thread thread;
};

struct RelayOnMock : postgres::PostgresTest {
    void prepare() override {
        database().migrate();
        cluster.create_topic("events", 3);
        cluster.create_topic("others", 1);
        cluster.create_topic("outbox-relay.dlq", 1);
    }

    std::unique_ptr<Running> relay(
        const std::string& owner = "relay-1", std::chrono::milliseconds patience = kProgressPatience
    ) {
        return std::make_unique<Running>(database(), cluster.brokers(), owner, patience);
    }
    /// Rows of one shard, written at once by SQL.
    void write_many(const std::string& topic, int count) const {
        database().run(
            "insert into calfleet.outbox (shard, topic, record_key, record_headers, record_value) "
            "select 3, '" +
            topic + "', 'k', '[]', n::text::bytea from generate_series(1, " +
            std::to_string(count) + ") n"
        );
    }
    /// Blocks of the table and its indexes that were asked for so far, by anybody.
    std::int64_t blocks() const {
        return std::stoll(database().ask(
            "select heap_blks_read + heap_blks_hit + idx_blks_read + idx_blks_hit from "
            "pg_statio_user_tables where relname = 'outbox'"
        ));
    }
    /// Of a second in which nothing is written, statistics being up to a second late.
    std::int64_t blocks_of_a_quiet_second() const {
        std::int64_t least = std::numeric_limits<std::int64_t>::max();
        std::int64_t before = blocks();
        for (int i = 0; i < 5; ++i) {
            const auto next = std::chrono::steady_clock::now() + 1s;
            eventually(2s, [&] { return std::chrono::steady_clock::now() >= next; });
            const std::int64_t now = blocks();
            least = std::min(least, now - before);
            before = now;
        }
        return least;
    }
    postgres::Session session() {
        return postgres::Session({.dsn = database().dsn(), .application_name = "test"});
    }
    /// Commits one row per value, all in one transaction.
    void write(
        const std::string& topic, const std::string& key, const std::vector<std::string>& values
    ) {
        const std::vector<HeaderView> headers{
            {"ce_id", key}, {"raw", "\xff"}, {"none", std::nullopt}};
        std::vector<messaging::OutboxRecord> records;
        for (const std::string& value : values)
            records.push_back(
                {.company = {}, .topic = topic, .key = key, .value = value, .headers = headers}
            );
        auto writer = session();
        const auto written =
            writer.transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
                transaction.exec_text("set local role calfleet_runtime");
                messaging::append_outbox(transaction, records);
            });
        ASSERT_TRUE(written) << written.error().message;
    }
    std::vector<std::string> values_in(const std::string& topic) {
        auto admin = kafka::Admin::create(cluster.brokers(), "test-reader");
        std::vector<std::string> values;
        const auto read = (*admin)->read_all(topic, 10s, [&](const kafka::Message& message) {
            values.emplace_back(message.value().value_or("(none)"));
            return true;
        });
        EXPECT_TRUE(read) << read.error().message;
        return values;
    }
    int rows() { return std::stoi(database().ask("select count(*) from calfleet.outbox")); }

    kafka::MockCluster cluster;
};

inline std::vector<std::string> numbered(int first, int count) {
    std::vector<std::string> values;
    for (int i = first; i < first + count; ++i)
        values.push_back(std::to_string(i));
    return values;
}

} // namespace calfleet::outbox_relay
