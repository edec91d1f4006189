// What the questions of `calfleet dlq` read beside many letters that are none of their business.

#include "workers/calfleet/dead_letter_store.h"

#include "common/core/clock.h"
#include "common/core/uuid.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "tests/integration/postgres/database.h"

namespace calfleet::cli {
namespace {

using postgres::Access;
using postgres::Transaction;

/// Ten times as many are in the table.
constexpr std::int64_t kMany = 2000;
constexpr std::int64_t kFewBlocks = 250;

class LetterReads : public postgres::PostgresTest {
protected:
    /// The older half is closed, so that all that is open stands behind it.
    void prepare() override {
        database().migrate();
        database().run(
            "insert into calfleet.dead_letters (worker, letter_key, company_id, state, "
            "reason_class, reason, first_failed_at, last_failed_at, event_id, record_topic, "
            "record_partition, record_offset, record_key, record_headers, record_value) select "
            "'host-mapper', gen_random_uuid(), 1, case when n <= 10000 then 'discarded' else "
            "'open' end, 'schema', 'no', now(), now(), 'event-' || n, 'bookings', 0, n, "
            "convert_to('1:' || n, 'UTF8'), '[]', convert_to(repeat('x', 300), 'UTF8') from "
            "generate_series(1, 20000) n"
        );
        database().run("analyze calfleet.dead_letters"); // as the server does by itself
        session_.emplace(postgres::Settings{
            .dsn = database().dsn("calfleet_operator"), .application_name = "letters test"});
    }

    /// Blocks of the table and its indexes.
    std::int64_t read_by(const std::function<void(Transaction&)>& question) {
        const auto blocks =
            session_->transact(Access::login(), [&](Transaction& transaction) -> std::int64_t {
                const auto read = [&] {
                    return transaction
                        .exec_text("select sum(pg_stat_get_xact_blocks_fetched(c.oid))::bigint "
                                   "from pg_class c where c.oid = 'dead_letters'::regclass or "
                                   "c.oid in (select indexrelid from pg_index where indrelid = "
                                   "'dead_letters'::regclass)")[0]
                        .int64(0);
                };
                const std::int64_t before = read();
                question(transaction);
                return read() - before;
            });
        EXPECT_TRUE(blocks) << blocks.error().message;
        return blocks ? *blocks : kMany;
    }
    /// Several times: a plan for all values alike comes at the sixth at the earliest.
    std::int64_t list(const DeadLetterFilter& filter, std::optional<std::string> state = "open") {
        std::int64_t most = 0;
        for (int i = 0; i < 8; ++i)
            most = std::max(
                most, read_by([&](Transaction& transaction) {
                    EXPECT_LE(list_dead_letters(transaction, filter, state, 50).size(), 50U);
                })
            );
        return most;
    }

private:
    std::optional<postgres::Session> session_;
};

TEST_F(LetterReads, AreFewWhateverIsAskedFor) {
    const Instant now = system_clock().now();
    EXPECT_LT(list({}), kFewBlocks);
    EXPECT_LT(list({.worker = "host-mapper"}), kFewBlocks);
    EXPECT_LT(list({.worker = "service-pusher"}), kFewBlocks);
    EXPECT_LT(list({.reason_class = "rare"}), kFewBlocks);
    EXPECT_LT(list({.worker = "host-mapper", .reason_class = "rare"}), kFewBlocks);
    EXPECT_LT(list({.reason_class = "schema"}), kFewBlocks);
    EXPECT_LT(list({.reason_class = "rare"}, std::nullopt), kFewBlocks);
    EXPECT_LT(list({.company = 17}), kFewBlocks);
    EXPECT_LT(list({.company = 17}, std::nullopt), kFewBlocks);
    EXPECT_LT(list({.company = 1}), kFewBlocks);
    EXPECT_LT(list({.event_id = "event-19999"}), kFewBlocks);
    EXPECT_LT(list({.event_id = "none"}, std::nullopt), kFewBlocks);
    EXPECT_LT(list({.key = "1:19999"}), kFewBlocks);
    EXPECT_LT(list({.key = std::string(5000, 'k')}), kFewBlocks);
    EXPECT_LT(list({.since = now + std::chrono::days(1)}), kFewBlocks);
    EXPECT_LT(list({.until = now - std::chrono::days(1)}), kFewBlocks);
    for (const char* state : {"replaying", "replayed", "superseded", "discarded"})
        EXPECT_LT(list({}, state), kFewBlocks) << state;
}

TEST_F(LetterReads, AreFewForReplays) {
    const auto replayable = [this](const DeadLetterFilter& filter) {
        return read_by([&](Transaction& transaction) {
            (void)find_replayable(transaction, filter, 50);
        });
    };
    EXPECT_LT(replayable({}), kFewBlocks);
    EXPECT_LT(replayable({.reason_class = "rare"}), kFewBlocks);
    EXPECT_LT(replayable({.company = 17}), kFewBlocks);
    const Uuid run = name_uuid({"test", "run"});
    EXPECT_LT(
        read_by([&](Transaction& transaction) { (void)replay_progress(transaction, run); }),
        kFewBlocks
    );
    EXPECT_LT(
        read_by([&](Transaction& transaction) { (void)give_back(transaction, run); }), kFewBlocks
    );
    EXPECT_LT(
        read_by([&](Transaction& transaction) {
            (void)discard_dead_letters(transaction, {.reason_class = "rare"}, "test", "none");
        }),
        kFewBlocks
    );
}

/// A key of Kafka may be longer than what an index holds.
TEST_F(LetterReads, FindLongKeys) {
    const std::string digits =
        "(select string_agg(md5(n::text), '') from generate_series(1, 600) n)";
    const std::string key = database().ask("select " + digits);
    database().run(
        "update calfleet.dead_letters set record_key = convert_to(" + digits +
        ", 'UTF8') where id in (select max(id) from calfleet.dead_letters)"
    );
    (void)read_by([&](Transaction& transaction) {
        EXPECT_EQ(list_dead_letters(transaction, {.key = key}, "open", 50).size(), 1U);
        EXPECT_EQ(find_replayable(transaction, {.key = key}, 50).size(), 1U);
    });
}

} // namespace
} // namespace calfleet::cli
