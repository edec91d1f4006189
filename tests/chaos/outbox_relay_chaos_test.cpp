// Nothing that was committed to the outbox is lost, reordered within its key, or altered, whatever
// is killed.
//
// The account is independent of the relay's own: every row carries its key and number, the test
// keeps what was committed, and reads the topic with a client of its own.

#include "common/core/random.h"
#include "common/kafka/admin.h"
#include "common/messaging/outbox_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <thread>

#include "tests/integration/postgres/database.h"
#include "tests/support/kafka_server.h"
#include "tests/support/process.h"
#include "tests/support/requirements.h"
#include "tests/support/wait.h"

namespace calfleet {
namespace {

using namespace std::chrono_literals;
using test_support::eventually;
using test_support::Process;

constexpr int kKeys = 20;

test_support::KafkaServer& broker() {
    static auto* const server = new test_support::KafkaServer; // dies with the program
    return *server;
}

struct Relayed {
    std::map<std::string, std::vector<int>>
        numbers; ///< per key, in the topic's order, repetitions included
    int records{0};
    int repetitions{0};
};

struct OutboxRelayChaos : postgres::PostgresTest {
    void prepare() override {
        REQUIRE_OR_SKIP("kafka", test_support::kafka_is_missing());
        database().migrate();
        topic = "chaos-" + database().name();
        auto admin = kafka::Admin::create(broker().bootstrap(), "chaos-admin");
        const auto made = (*admin)->apply({.name = topic, .partitions = 3}, 20s);
        ASSERT_TRUE(made) << made.error().message;
    }

    std::unique_ptr<Process> start(const std::string& name, const std::string& crash = "") {
        test_support::ProcessOptions options{
            .argv = {std::string(CALFLEET_BIN_DIR) + "/outbox-relay"},
            .environment =
                {{"OUTBOX_RELAY_KAFKA_BROKERS", broker().bootstrap()},
                 {"OUTBOX_RELAY_POSTGRES_URL", database().dsn("calfleet_worker").reveal_for_use()},
                 {"OUTBOX_RELAY_HTTP_ADDRESS", "127.0.0.1"},
                 {"OUTBOX_RELAY_HTTP_PORT", "0"},
                 {"OUTBOX_RELAY_POLL", "10ms"},
                 {"OUTBOX_RELAY_LEASE", "3s"}},
            .without = {"CALFLEET_CRASH"},
            .directory = directory.path(),
            .name = name,
        };
        if (!crash.empty()) {
            options.without.clear();
            options.environment["CALFLEET_CRASH"] = crash;
        }
        return std::make_unique<Process>(options);
    }

    /// Commits the next number of every key; false when the database did not take it.
    bool write_round(postgres::Session& session, int number) {
        std::vector<std::string> keys, values;
        for (int key = 0; key < kKeys; ++key) {
            keys.push_back("company:" + std::to_string(key));
            values.push_back(std::to_string(number));
        }
        std::vector<std::vector<HeaderView>> headers;
        std::vector<std::string> ids;
        for (const std::string& key : keys)
            ids.push_back(key + "/" + std::to_string(number));
        std::vector<messaging::OutboxRecord> records;
        for (std::size_t i = 0; i < keys.size(); ++i)
            headers.push_back({{"ce_id", ids[i]}, {"raw", "\xff\x01"}});
        for (std::size_t i = 0; i < keys.size(); ++i)
            records.push_back(
                {.company = {},
                 .topic = topic,
                 .key = keys[i],
                 .value = values[i],
                 .headers = headers[i]}
            );
        return session
            .transact(
                postgres::Access::runtime(),
                [&](postgres::Transaction& transaction) {
                    messaging::append_outbox(transaction, records);
                }
            )
            .has_value();
    }
    postgres::Session writer() {
        return postgres::Session(
            {.dsn = database().dsn("calfleet_worker"), .application_name = "chaos writer"}
        );
    }
    void write(int rounds) {
        auto session = writer();
        for (int i = 0; i < rounds; ++i)
            ASSERT_TRUE(write_round(session, written++));
    }
    bool drained(std::chrono::seconds within) {
        return eventually(within, [&] {
            return database().ask("select count(*) from calfleet.outbox") == "0";
        });
    }

    Relayed read_topic() {
        Relayed result;
        std::set<std::string> seen;
        auto admin = kafka::Admin::create(broker().bootstrap(), "chaos-reader");
        const auto read = (*admin)->read_all(topic, 30s, [&](const kafka::Message& message) {
            const std::string key(message.key().value_or("(no key)"));
            const std::string number(message.value().value_or("(no value)"));
            EXPECT_EQ(message.header("ce_id"), key + "/" + number);
            EXPECT_EQ(message.header("raw"), "\xff\x01");
            result.numbers[key].push_back(std::stoi(number));
            ++result.records;
            if (!seen.insert(key + "/" + number).second) ++result.repetitions;
            return true;
        });
        EXPECT_TRUE(read) << read.error().message;
        return result;
    }
    /// Every committed number of every key is there, its first occurrence in order, the newest
    /// last.
    void expect_whole_account() {
        const Relayed relayed = read_topic();
        EXPECT_EQ(relayed.numbers.size(), static_cast<std::size_t>(kKeys));
        for (const auto& [key, numbers] : relayed.numbers) {
            std::vector<int> first_occurrences;
            std::set<int> seen;
            for (const int number : numbers)
                if (seen.insert(number).second) first_occurrences.push_back(number);
            std::vector<int> expected;
            for (int number = 0; number < written; ++number)
                expected.push_back(number);
            EXPECT_EQ(first_occurrences, expected) << key;
            EXPECT_EQ(numbers.back(), written - 1)
                << key << ": an old record must not be the last word";
        }
        RecordProperty("records", relayed.records);
        RecordProperty("repetitions", relayed.repetitions);
        std::clog << relayed.records << " records, " << relayed.repetitions << " repetitions\n";
    }

    test_support::TemporaryDirectory directory{"outbox-chaos"};
    std::string topic;
    int written{0};
};

struct KilledAt : OutboxRelayChaos, testing::WithParamInterface<std::string> {};

TEST_P(KilledAt, LosesNothingAndKeepsTheOrderOfEveryKey) {
    write(30);
    const auto first = start("relay", GetParam());
    std::atomic<bool> done{false};
    std::thread upstream([&] {
        auto session = writer();
        while (!done && written < 400)
            ASSERT_TRUE(write_round(session, written++));
    });
    const auto ended = first->wait_exit(60s);
    done = true;
    upstream.join();
    ASSERT_TRUE(ended) << "the point was never reached";
    EXPECT_EQ(ended->signal, SIGKILL) << first->text(Process::Stream::Output);
    write(5);
    const auto second = start("relay");
    ASSERT_TRUE(drained(60s)) << second->text(Process::Stream::Output);
    EXPECT_EQ(second->stop(30s), (test_support::Exit{.code = 0, .signal = 0}))
        << second->text(Process::Stream::Output);
    expect_whole_account();
}

INSTANTIATE_TEST_SUITE_P(
    OutboxRelay,
    KilledAt,
    testing::Values("O1", "O1:3", "O2", "O2:3", "O3", "O3:137", "O4", "O4:3", "O5", "O5:3"),
    [](const auto& point) {
        std::string name = point.param;
        std::replace(name.begin(), name.end(), ':', '_');
        return name;
    }
);

TEST_F(OutboxRelayChaos, LosesNothingWhileTwoRelaysAreKilledAtRandom) {
    const auto seed = test_support::seed();
    Random random(seed);
    std::vector<std::unique_ptr<Process>> relays(2);
    for (std::size_t i = 0; i < relays.size(); ++i)
        relays[i] = start("relay-" + std::to_string(i));
    auto session = writer();
    int kills = 0;
    while (written < 600) {
        ASSERT_TRUE(write_round(session, written++));
        if (written % 25 != 0) continue;
        const std::size_t victim = random.below(2);
        relays[victim]->signal(SIGKILL);
        ASSERT_TRUE(relays[victim]->wait_exit(10s));
        relays[victim] = start("relay-" + std::to_string(victim));
        ++kills;
        // The next kill hits a relay at work, not one that still waits for a lease.
        const auto left = database().ask("select count(*) from calfleet.outbox");
        eventually(5s, [&] {
            return database().ask("select count(*) from calfleet.outbox") < left;
        });
    }
    EXPECT_GE(kills, 20);
    ASSERT_TRUE(drained(90s));
    for (const auto& relay : relays)
        EXPECT_EQ(relay->stop(30s).code, 0);
    expect_whole_account();
}

TEST_F(OutboxRelayChaos, LosesNothingWhileTheBrokerIsKilledAndStartedAgain) {
    const auto relay = start("relay");
    write(50);
    for (int round = 0; round < 2; ++round) {
        broker().kill9();
        write(50);
        broker().restart();
        write(50);
    }
    ASSERT_TRUE(drained(120s)) << relay->text(Process::Stream::Output);
    EXPECT_TRUE(relay->running()) << "an outage is waited out";
    EXPECT_EQ(relay->stop(30s).code, 0);
    expect_whole_account();
}

TEST_F(OutboxRelayChaos, LosesNothingWhileTheDatabaseIsRestartedWithoutShutdown) {
    const auto relay = start("relay");
    auto session = writer();
    for (int round = 0; round < 3; ++round) {
        write(60);
        postgres::test_server().restart_immediate();
        // The writer's own row is not in doubt: a refused round is repeated with the same number.
        ASSERT_TRUE(eventually(30s, [&] { return write_round(session, written); }));
        ++written;
    }
    ASSERT_TRUE(drained(60s)) << relay->text(Process::Stream::Output);
    EXPECT_TRUE(relay->running());
    EXPECT_EQ(relay->stop(30s).code, 0);
    expect_whole_account();
}

} // namespace
} // namespace calfleet
