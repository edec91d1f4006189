// A database that release 0.2 filled becomes one of today while workers of both releases use it.

#include "common/postgres/migrator.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "tests/integration/jobs/word_events.h"
#include "tests/integration/release_0013/former_worker.h"

namespace calfleet::executor {
namespace {

using namespace std::chrono_literals;
using release_0013::FormerEvent;
using release_0013::FormerWorker;
using test_support::eventually;

constexpr int kSchema = 13;

class Upgrade : public EventJobsTest {
protected:
    /// A database of release 0.2 with its partitions.
    void prepare() override {
        auto files = files_of_the_tree();
        std::erase_if(files, [](const auto& file) { return file.version > kSchema; });
        const auto done = postgres::Migrator({.dsn = database().dsn()}, std::move(files)).apply();
        ASSERT_TRUE(done) << done.error().message;
        database().run(
            "insert into platform.companies (id, name) overriding system value "
            "select n, 'Company ' || n from generate_series(1, 10) n;"
            "create table calfleet.effects (id bigint generated always as identity, job bigint, "
            "entity text, epoch bigint);"
            "grant insert, select on calfleet.effects to calfleet_worker"
        );
        former_ = former_worker();
        ASSERT_TRUE(former_->maintain(today()));
        desk_ = session();
    }
    static std::vector<postgres::Migration> files_of_the_tree() {
        return postgres::read_migrations(std::filesystem::path(CALFLEET_SOURCE_DIR) / "migrations")
            .value();
    }
    static Date today() { return std::chrono::floor<std::chrono::days>(system_clock().now()); }
    std::unique_ptr<FormerWorker> former_worker() const {
        return std::make_unique<FormerWorker>(std::string(kWorker), settings());
    }
    /// Days 0 to 34 ago, a hundred events each: "d<days>-<n>"; every tenth is dead, every tenth a
    /// job.
    void fill() {
        for (int ago = 0; ago < 35; ++ago) {
            std::vector<FormerEvent> events;
            for (int n = 0; n < 100; ++n)
                events.push_back({
                    .id = "d" + std::to_string(ago) + "-" + std::to_string(n),
                    .company = CompanyId{1 + n % 10},
                    .at = system_clock().now() - ago * 24h,
                    .outcome = n % 10 == 3   ? 4
                               : n % 10 == 7 ? 5
                                             : 1,
                });
            ASSERT_EQ(former_->deliver(events).find('D'), std::string::npos);
        }
    }
    void upgrade() const {
        const auto done =
            postgres::Migrator({.dsn = database().dsn()}, files_of_the_tree(), {.retries = 100})
                .apply();
        ASSERT_TRUE(done) << done.error().message;
    }
    /// What housekeeping does, until nothing is left.
    void fold() {
        const auto session_ = session();
        EXPECT_TRUE(eventually(60s, [&] {
            const auto done =
                session_->transact(postgres::Access::runtime(), messaging::keep_up_inbox);
            return done && done->former_partitions == 0;
        }));
    }
    /// What today's worker makes of it.
    std::string deliver_today(const std::string& id, CompanyId company, Instant at) {
        const Delivered record(id, id, company, "a", at);
        return deliver({&record});
    }
    std::unique_ptr<FormerWorker> former_;
};

TEST_F(Upgrade, RecognisesEveryEventOfTheFormerReleaseBeforeAndAfterItsRowsAreMoved) {
    fill();
    upgrade();
    EXPECT_EQ(count("calfleet.inbox"), 3500);
    EXPECT_GT(count("pg_inherits where inhparent = 'calfleet.inbox'::regclass"), 30);
    const auto all_are_known = [&] {
        for (const int ago : {0, 1, 17, 34})
            for (const int n : {1, 3, 7}) {
                const std::string id = "d" + std::to_string(ago) + "-" + std::to_string(n);
                const CompanyId company{1 + n % 10};
                const Instant at = system_clock().now() - ago * 24h;
                EXPECT_EQ(deliver_today(id, company, at), "D") << id;
                EXPECT_EQ(deliver_today(id, company, system_clock().now()), "D")
                    << id << " under another day";
                EXPECT_EQ(former_->deliver({{.id = id, .company = company, .at = at}}), "D") << id;
            }
    };
    all_are_known();
    EXPECT_EQ(deliver_today("d5-1", CompanyId{9}, system_clock().now()), "A")
        << "another company's";
    fold();
    EXPECT_EQ(count("calfleet.inbox"), 3501);
    EXPECT_EQ(count("pg_class where relname ~ '^inbox_[0-9]{8}$'"), 0);
    all_are_known();
}

TEST_F(Upgrade, BothReleasesRecogniseWhatTheOtherDoes) {
    fill();
    upgrade();
    EXPECT_EQ(former_->deliver({{.id = "old", .company = CompanyId{1}}}), "A");
    EXPECT_EQ(deliver_today("old", CompanyId{1}, system_clock().now()), "D");
    EXPECT_EQ(deliver_today("new", CompanyId{1}, system_clock().now()), "A");
    EXPECT_EQ(former_->deliver({{.id = "new", .company = CompanyId{1}}}), "D");
    EXPECT_EQ(former_->deliver({{.id = "dead", .company = CompanyId{1}, .outcome = 4}}), "L");
    EXPECT_EQ(former_->deliver({{.id = "new", .company = CompanyId{2}}}), "A")
        << "even the former release does not stand still any more";
    EXPECT_TRUE(former_->maintain(today()));
    EXPECT_FALSE(former_->maintain(today() + std::chrono::days{400}));
    EXPECT_FALSE(former_->maintain(today() - std::chrono::days{2}));
    EXPECT_EQ(deliver_today("d34-1", CompanyId{2}, system_clock().now() - 34 * 24h), "D");
}

TEST_F(Upgrade, JobsAndLettersOfTheFormerReleaseComeToTheirEndInThisOne) {
    fill();
    upgrade();
    const std::int64_t applied = count("calfleet.effects");
    run_all();
    EXPECT_EQ(count("calfleet.effects"), applied + 350);
    EXPECT_EQ(count("calfleet.inbox where outcome = 5"), 0);
    EXPECT_EQ(count("calfleet.dead_letters"), 350);
    database().run("update calfleet.dead_letters set state = 'replaying', replay_run = "
                   "gen_random_uuid() where event_id in ('d2-13', 'd20-13')");
    for (const std::string id : {"d2-13", "d20-13"}) {
        const std::string at = database().ask(
            "select h->>'text' from calfleet.dead_letters, jsonb_array_elements(record_headers) h "
            "where event_id = '" +
            id + "' and h->>'name' = 'ce_time'"
        );
        const std::string letter =
            database().ask("select id from calfleet.dead_letters where event_id = '" + id + "'");
        Delivered record(id, id, CompanyId{4}, "a", parse_instant(at).value(), letter);
        std::erase_if(record.headers, [](const HeaderView& header) {
            return header.name == "binary" || header.name == "empty";
        });
        record.view.headers = record.headers;
        EXPECT_EQ(deliver({&record}), "A");
    }
    EXPECT_EQ(count("calfleet.dead_letters where state = 'replayed'"), 2);
    fold();
    EXPECT_EQ(count("calfleet.inbox where outcome = 4"), 348);
}

TEST_F(Upgrade, OneReaderOfAFormerPartitionHoldsUpNobody) {
    fill();
    upgrade();
    postgres::Session reader(settings("postgres"));
    const auto read = reader.transact(postgres::Access::login(), [&](postgres::Transaction& t) {
        t.exec_text("select count(*) from calfleet.inbox");
        EXPECT_EQ(deliver_today("meanwhile", CompanyId{1}, system_clock().now()), "A");
        const auto session_ = session();
        for (int i = 0; i < 3; ++i) {
            const auto done =
                session_->transact(postgres::Access::runtime(), messaging::keep_up_inbox);
            EXPECT_TRUE(done) << done.error().message;
            EXPECT_TRUE(done->finished) << "for now";
        }
        EXPECT_TRUE(former_->maintain(today()));
        EXPECT_EQ(deliver_today("d0-1", CompanyId{2}, system_clock().now()), "D");
    });
    EXPECT_TRUE(read);
    fold();
    EXPECT_EQ(count("calfleet.inbox"), 3501);
}

TEST_F(Upgrade, UnderLoadOfBothReleasesLosesNothingAndDoesNothingTwice) {
    fill();
    constexpr int kEvents = 1500;
    std::atomic<bool> upgraded{false};
    std::mutex mutex;
    std::vector<std::string> complaints;
    const auto complain = [&](const std::string& text) {
        const std::lock_guard lock(mutex);
        complaints.push_back(text);
    };
    const auto all_ids = [&](int seed) {
        std::vector<std::string> ids;
        for (int n = 0; n < kEvents; ++n)
            ids.push_back("load-" + std::to_string(n));
        for (int n = 0; n < 300; ++n) // of the fill: applied ones
            ids.push_back("d" + std::to_string(n % 35) + "-" + std::to_string(n / 35 * 10 + 1));
        std::shuffle(ids.begin(), ids.end(), std::mt19937(static_cast<unsigned>(seed)));
        return ids;
    };
    const auto company_of = [](const std::string& id) {
        return CompanyId{id.starts_with("d") ? 2 : 1 + static_cast<int>(id.size()) % 3};
    };
    const Instant now = system_clock().now();
    const auto time_of = [&](const std::string& id) {
        return id.starts_with("d") ? now - std::atoi(id.c_str() + 1) * 24h : now;
    };
    const auto insist = [&](const auto& send, const std::string& what) {
        std::string fates;
        const bool done = eventually(60s, [&] {
            fates = send();
            return fates != "raced" && fates != "unavailable" &&
                   fates.find("57014") == std::string::npos;
        });
        if (!done || fates.find_first_not_of("AD") != std::string::npos)
            complain(what + ": " + fates);
    };
    const auto run_former = [&](int seed) {
        const auto worker = former_worker();
        std::vector<FormerEvent> batch;
        for (const std::string& id : all_ids(seed)) {
            batch.push_back({.id = id, .company = company_of(id), .at = time_of(id)});
            if (batch.size() < 10) continue;
            insist([&] { return worker->deliver(batch); }, "former");
            batch.clear();
        }
    };
    const auto run_today = [&](int seed) {
        eventually(60s, [&] { return upgraded.load(); });
        const auto mine = session();
        intake::IntakeBatch batch(std::string(kWorker), batches_.make_batch());
        intake::IntakeTransaction transaction(std::string(kWorker), *mine, system_clock());
        const auto ids = all_ids(seed);
        for (std::size_t begin = 0; begin + 20 <= ids.size(); begin += 20) {
            std::deque<Delivered> records;
            intake::BatchRange range;
            for (std::size_t i = begin; i < begin + 20; ++i) {
                const std::string& id = ids[i];
                records.emplace_back(id, id, company_of(id), "a", time_of(id));
                range.entries.push_back(static_cast<std::uint32_t>(i - begin));
                batch.add(records.back().view, {});
            }
            insist(
                [&]() -> std::string {
                    const auto result = transaction.run(batch, range);
                    if (result.end == intake::RangeEnd::Raced) return "raced";
                    if (result.end == intake::RangeEnd::Done) return "A";
                    if (result.error.kind == ErrorKind::Unavailable) return "unavailable";
                    return result.error.message;
                },
                "today"
            );
            batch.clear();
        }
    };
    std::vector<std::thread> threads;
    for (int seed = 1; seed <= 2; ++seed)
        threads.emplace_back(run_former, seed);
    for (int seed = 3; seed <= 4; ++seed)
        threads.emplace_back(run_today, seed);
    EXPECT_TRUE(eventually(60s, [&] { return count("calfleet.effects") > 2900; }));
    upgrade();
    upgraded = true;
    threads.emplace_back(run_former, 5); // one that is started after the migration
    fold();
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_THAT(complaints, testing::IsEmpty());
    EXPECT_EQ(
        database().ask("select count(*) from (select entity from calfleet.effects group by entity "
                       "having count(*) > 1) twice"),
        "0"
    );
    EXPECT_EQ(count("calfleet.effects where entity like '\"load-%'"), kEvents);
    EXPECT_EQ(count("calfleet.inbox"), 3500 + kEvents);
}

} // namespace
} // namespace calfleet::executor
