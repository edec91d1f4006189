// How outbox-relay reads: bounded, never twice, and what it says when it cannot.

#include "tests/integration/outbox_relay/relay_fixture.h"

namespace calfleet::outbox_relay {
namespace {

TEST_F(RelayOnMock, DeletesNothingUnderAnEpochThatIsOver) {
    write("events", "k", {"v"});
    Store store(
        {.dsn = database().dsn("calfleet_outbox_relay"), .application_name = "zombie"}, nullptr
    );
    const auto held = store.keep_leases("zombie", 30s, Sharing::Give);
    ASSERT_TRUE(held) << held.error().message;
    Cursors cursors;
    cursors.hold(*held);
    const auto batch = store.read({.windows = cursors.windows()});
    ASSERT_TRUE(batch) << batch.error().message;
    ASSERT_EQ(batch->rows.size(), 1u);
    database().run(
        "update calfleet.outbox_shards set lease_epoch = lease_epoch + 1, lease_owner = 'successor'"
    );
    const std::vector<Report> reports{{Fate::Delivered, ""}};
    const auto deleted = store.settle(*held, batch->rows, reports, settle(batch->rows, reports));
    ASSERT_TRUE(deleted) << deleted.error().message;
    EXPECT_EQ(*deleted, 0);
    EXPECT_EQ(rows(), 1);
}

TEST_F(RelayOnMock, ReadsNoMoreBytesThanAllowedButAlwaysOneRow) {
    write("events", "k", std::vector<std::string>(10, std::string(400'000, 'x')));
    Store store(
        {.dsn = database().dsn("calfleet_outbox_relay"), .application_name = "reader"}, nullptr
    );
    const auto held = store.keep_leases("reader", 30s, Sharing::Give);
    ASSERT_TRUE(held);
    Cursors cursors;
    cursors.hold(*held);
    const auto read = [&](ReadLimits limits, std::vector<std::string> aside = {}) {
        return store.read({.windows = cursors.windows(), .aside = aside, .limits = limits})
            ->rows.size();
    };
    EXPECT_EQ(read({.rows_per_shard = 250, .bytes = 1'000'000}), 2u);
    EXPECT_EQ(read({.rows_per_shard = 250, .bytes = 1}), 1u);
    EXPECT_EQ(read({.rows_per_shard = 2}), 2u);
    EXPECT_EQ(read({}, {"events"}), 0u);
    EXPECT_TRUE(store.oldest(cursors.windows())->has_value());
}

/// Headers and keys count, compressed ones as what they could become.
TEST_F(RelayOnMock, CountsHeadersAndKeysAgainstTheBytesOfARead) {
    database().run(
        "insert into calfleet.outbox (shard, topic, record_key, record_headers, record_value) "
        "select n % 16, 'events', 'k', jsonb_build_array(jsonb_build_object('name', 'h', 'text', "
        "repeat('x', 900000))), 'v' from generate_series(1, 64) n;"
        "insert into calfleet.outbox (shard, topic, record_key, record_headers) select n % 16, "
        "'events', convert_to(repeat('k', 900000), 'UTF8'), '[]' from generate_series(1, 64) n"
    );
    Store store(
        {.dsn = database().dsn("calfleet_outbox_relay"), .application_name = "reader"}, nullptr
    );
    const auto held = store.keep_leases("reader", 30s, Sharing::Give);
    ASSERT_TRUE(held);
    Cursors cursors;
    cursors.hold(*held);
    std::size_t bytes = 0;
    const auto batch = store.read({.windows = cursors.windows()});
    ASSERT_TRUE(batch) << batch.error().message;
    for (const Row& row : batch->rows) {
        bytes += row.key.value_or("").size() + row.value.value_or("").size();
        for (const auto& header : row.headers)
            bytes += header.value.value_or("").size();
    }
    EXPECT_GE(batch->rows.size(), 1u);
    EXPECT_LE(bytes, 5'000'000u);
    database().run("update calfleet.outbox set topic = 'others'");
    const auto running = relay();
    EXPECT_TRUE(eventually(60s, [&] { return rows() == 0; })) << rows();
}

TEST_F(RelayOnMock, KeepsWhatNoTopicTakesInTheTableAndGoesOn) {
    database().run(
        "insert into calfleet.outbox (shard, topic, record_key, record_headers, record_value) "
        "values (3, 'events', 'k', '[{\"name\": \"h\", \"text\": \"kept\"}]', "
        "convert_to(repeat('x', 30000000), 'UTF8'))"
    );
    write_many("events", 3);
    const auto running = relay();
    ASSERT_TRUE(eventually(30s, [&] { return rows() == 0; }));
    EXPECT_EQ(values_in("events").size(), 3u);
    EXPECT_EQ(
        database().ask("select reason_class || ' ' || octet_length(record_value) || ' ' || "
                       "(record_headers->0->>'text') from calfleet.dead_letters"),
        "undeliverable 30000000 kept"
    );
}

TEST_F(RelayOnMock, ReadsRowsOfAMissingTopicOnceAndNotAtEachRead) {
    write_many("forgotten", 30'000);
    write_many("events", 10);
    const auto running = relay();
    ASSERT_TRUE(eventually(30s, [&] { return rows() == 30'000; }));
    EXPECT_LT(blocks_of_a_quiet_second(), 20'000) << "each read of all took thousands of blocks";
    write_many("events", 10);
    ASSERT_TRUE(eventually(30s, [&] { return rows() == 30'000; }));
    // Its successor has to find its own way, and nothing is lost on it.
    running->end();
    const auto successor = relay("relay-2");
    write_many("events", 10);
    ASSERT_TRUE(eventually(30s, [&] { return rows() == 30'000; }));
    EXPECT_EQ(values_in("events").size(), 30u);
    cluster.create_topic("forgotten", 1);
    ASSERT_TRUE(eventually(60s, [&] { return rows() == 0; }));
    EXPECT_EQ(values_in("forgotten"), numbered(1, 30'000));
    EXPECT_EQ(successor->relay.status().blocked_topics, std::vector<std::string>{});
    // And it is read with the others again.
    write_many("forgotten", 1);
    ASSERT_TRUE(eventually(20s, [&] { return rows() == 0; }));
}

TEST_F(RelayOnMock, DoesNotReadAgainWhatAnOldSnapshotKeeps) {
    write_many("events", 30'000);
    auto reader = session();
    const auto done =
        reader.transact(postgres::Access::login(), [&](postgres::Transaction& snapshot) {
            snapshot.exec_text("set transaction isolation level repeatable read");
            snapshot.exec_text("select 1 from calfleet.schema_migrations limit 1");
            database().run("delete from calfleet.outbox");
            const auto running = relay();
            write_many("events", 5);
            EXPECT_TRUE(eventually(30s, [&] { return rows() == 0; }));
            EXPECT_LT(blocks_of_a_quiet_second(), 2000) << "the dead fill hundreds of blocks";
            write_many("events", 5);
            EXPECT_TRUE(eventually(30s, [&] { return rows() == 0; }));
        });
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(values_in("events").size(), 10u);
}

/// Transactions commit in any order while the relay reads: none of their rows is passed over.
TEST_F(RelayOnMock, PassesNoRowThatCommitsLate) {
    const auto running = relay();
    std::vector<std::thread> writers;
    for (int writer = 0; writer < 4; ++writer)
        writers.emplace_back([&, writer] {
            auto mine = session();
            for (int i = 0; i < 40; ++i) {
                const auto written = mine.transact(
                    postgres::Access::login(),
                    [&](postgres::Transaction& transaction) {
                        const std::string key = std::to_string(writer);
                        transaction.exec_text(
                            "insert into calfleet.outbox (shard, topic, record_key, "
                            "record_headers, "
                            "record_value) values (" +
                            std::to_string((writer + i) % 16) + ", 'events', '" + key +
                            "', '[]', 'v')"
                        );
                        transaction.exec_text("select pg_sleep(random() * 0.03)");
                    }
                );
                EXPECT_TRUE(written);
            }
        });
    for (auto& writer : writers)
        writer.join();
    EXPECT_TRUE(eventually(30s, [&] { return rows() == 0; }));
    EXPECT_EQ(values_in("events").size(), 160u);
}

TEST_F(RelayOnMock, PublishesRowsThatADumpBroughtFromAnotherCluster) {
    write_many("events", 5);
    write_many("events", 5);
    database().run("update calfleet.outbox set xid = (1000000000 + 20 - id)::text::xid8");
    EXPECT_EQ(
        database().ask(
            "select string_agg(convert_from(record_value, 'UTF8'), ' ' order by xid, id) "
            "from calfleet.outbox"
        ),
        "5 4 3 2 1 5 4 3 2 1"
    );
    const auto running = relay();
    ASSERT_TRUE(eventually(60s, [&] { return rows() == 0; }));
    EXPECT_EQ(
        values_in("events"),
        (std::vector<std::string>{"5", "4", "3", "2", "1", "5", "4", "3", "2", "1"})
    );
    EXPECT_EQ(running->notes.restamped, 10);
}

TEST_F(RelayOnMock, SaysThatATopicHasBeenMissingForLong) {
    write_many("forgotten", 3);
    const auto running = relay("relay-1", 1s);
    ASSERT_TRUE(eventually(30s, [&] {
        return running->relay.status().not_ready.find("topic forgotten") != std::string::npos;
    })) << running->relay.status().not_ready;
    cluster.create_topic("forgotten", 1);
    EXPECT_TRUE(eventually(30s, [&] { return running->relay.status().not_ready.empty(); }));
}

TEST_F(RelayOnMock, SaysWhoseOpenTransactionItsRowsWaitFor) {
    auto slow = session();
    const auto done =
        slow.transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
            transaction.exec_text("select pg_current_xact_id()");
            write("events", "other", {"late"});
            const auto running = relay("relay-1", 1s);
            EXPECT_TRUE(eventually(30s, [&] {
                return running->relay.status().not_ready.find(
                           "of postgres in database " + database().name()
                       ) != std::string::npos;
            })) << running->relay.status().not_ready;
        });
    ASSERT_TRUE(done) << done.error().message;
}

/// Nobody's session holds it, and it is not even in this database.
TEST_F(RelayOnMock, NamesATransactionThatWasPreparedInAnotherDatabase) {
    test_support::PostgresServer& server = postgres::test_server();
    server.sql("alter system set max_prepared_transactions = 3");
    server.stop();
    server.start();
    const postgres::TestDatabase elsewhere;
    server.sql("create table notes (id int)", elsewhere.name());
    server.sql(
        "begin; insert into notes values (1); prepare transaction 'forgotten'", elsewhere.name()
    );
    write("events", "k", {"held"});
    const auto running = relay("relay-1", 1s);
    const std::string says = "prepared as 'forgotten' by postgres in database " + elsewhere.name();
    EXPECT_TRUE(eventually(30s, [&] {
        return running->relay.status().not_ready.find(says) != std::string::npos;
    })) << running->relay.status().not_ready;
    server.sql("rollback prepared 'forgotten'", elsewhere.name());
    EXPECT_TRUE(eventually(30s, [&] { return rows() == 0; }));
    EXPECT_TRUE(eventually(30s, [&] { return running->relay.status().not_ready.empty(); }));
}

} // namespace
} // namespace calfleet::outbox_relay
