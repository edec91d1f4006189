// COMMIT was sent and the answer never came: what the session says must be what the server did.

#include "common/core/random.h"
#include "common/postgres/session.h"

#include <gtest/gtest.h>

#include <future>
#include <set>
#include <thread>

#include "tests/support/postgres_server.h"
#include "tests/support/requirements.h"
#include "tests/support/tcp_gate.h"

namespace calfleet::postgres {
namespace {

using namespace std::chrono_literals;
using test_support::TcpGate;

constexpr Statement kInsert{"test.insert", "insert into note (id) values ($1)"};
constexpr Statement kNumber{"test.number", "select pg_current_xact_id()::text"};

class LostCommit : public ::testing::Test {
protected:
    void SetUp() override {
        REQUIRE_OR_SKIP("postgres", test_support::postgres_is_missing());
        if (!server_) {
            // Nothing is written to disk behind our back, so that a crash really loses what was not
            // committed.
            server_.emplace(test_support::PostgresOptions{
                .durability = test_support::Durability::Durable,
                .settings = {"wal_writer_delay = 10s", "autovacuum = off", "fsync = off"}});
        }
        server_->sql("drop schema if exists calfleet cascade; create schema calfleet; "
                     "create table calfleet.note (id bigint primary key)");
        gate_ = std::make_unique<TcpGate>("127.0.0.1", server_->port());
        session_.emplace(Settings{.dsn = Secret<std::string>(server_->dsn_through(gate_->port()))});
        ASSERT_TRUE(session_->connect());
    }
    static void TearDownTestSuite() { server_.reset(); }

    Result<> insert(std::int64_t id) {
        return session_->transact(Access::login(), [&](Transaction& t) {
            t.exec(kInsert, params(id));
        });
    }
    // COMMIT itself takes this long.
    void make_commit_slow(const std::string& seconds) {
        server_->sql(
            "create function calfleet.slow() returns trigger language plpgsql as "
            "$$ begin perform pg_sleep(" +
            seconds +
            "); return null; end $$;"
            "create constraint trigger slow after insert on calfleet.note initially deferred "
            "for each row execute function calfleet.slow()"
        );
    }
    std::string notes() { return server_->sql("select count(*) from calfleet.note"); }
    static bool is_one(const std::string& answer) { return answer.find('1') != std::string::npos; }

    // On a busy machine the session may be back, and end the old one, before the server reads the
    // COMMIT: then it is rolled back and said to be. What is said must be so every time; most times
    // it arrives.
    bool insert_while_the_answer_is_cut(int id) {
        for (int attempt = 1; attempt <= 10; ++attempt) {
            gate_->cut_on_pattern("commit", TcpGate::Cut::After);
            const bool done = static_cast<bool>(insert(id));
            const std::string there =
                server_->sql("select 'there' from calfleet.note where id = " + std::to_string(id));
            EXPECT_EQ(done, there.find("there") != std::string::npos);
            if (done) return true;
        }
        return false;
    }

    // Runs the work while COMMIT is cut, and keeps the session from finding out until the gate
    // passes again.
    template <class Work>
    std::future<Result<>> cut_commit_and_stay_away(TcpGate::Cut where, Work work) {
        gate_->delay(150ms); // slow enough to shut the gate before the session is back
        gate_->cut_on_pattern("commit", where);
        auto running = std::async(std::launch::async, work);
        EXPECT_TRUE(test_support::eventually(5s, [&] {
            return gate_->cuts() == 1 && (where == TcpGate::Cut::Before || is_one(notes()));
        }));
        gate_->set(TcpGate::Mode::Refuse);
        gate_->cut_all();
        gate_->delay(0ms);
        return running;
    }

    inline static std::optional<test_support::PostgresServer> server_;
    std::unique_ptr<TcpGate> gate_;
    std::optional<Session> session_;
};

TEST_F(LostCommit, IsASuccessWhenItArrived) {
    EXPECT_TRUE(insert_while_the_answer_is_cut(1));
    EXPECT_GE(gate_->cuts(), 1);
}

TEST_F(LostCommit, IsUnavailableWhenItNeverArrived) {
    gate_->cut_on_pattern("commit", TcpGate::Cut::Before);
    const auto done = insert(1);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::Unavailable) << done.error().message;
    EXPECT_EQ(gate_->cuts(), 1);
    EXPECT_FALSE(is_one(notes()));
    EXPECT_TRUE(insert(1));
}

TEST_F(LostCommit, IsFoundOutBothWaysWhenTheNumberCameWithBegin) {
    ASSERT_TRUE(insert(1)); // from now on the session expects to write
    EXPECT_TRUE(insert_while_the_answer_is_cut(2));
    gate_->cut_on_pattern("commit", TcpGate::Cut::Before);
    EXPECT_EQ(insert(3).error().kind, ErrorKind::Unavailable);
    EXPECT_EQ(
        server_->sql("select string_agg(id::text, ' ' order by id) from calfleet.note")
            .substr(0, 3),
        "1 2"
    );
}

TEST_F(LostCommit, MattersNotWhenNothingWasWritten) {
    gate_->cut_on_pattern("commit", TcpGate::Cut::After);
    EXPECT_EQ(
        session_
            ->transact(
                Access::login(), [](Transaction& t) { return t.exec_text("select 7")[0].int64(0); }
            )
            .value(),
        7
    );
    EXPECT_EQ(gate_->cuts(), 1);
}

TEST_F(LostCommit, EndsASessionThatStillWorksOnIt) {
    make_commit_slow("60");
    gate_->cut_on_pattern("commit", TcpGate::Cut::After);
    const auto start = std::chrono::steady_clock::now();
    const auto done = insert(1);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 8s);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::Unavailable) << done.error().message;
    EXPECT_FALSE(is_one(notes()));
}

TEST_F(LostCommit, IsUnavailableWhenTheServerCrashedInTheMiddle) {
    make_commit_slow("60");
    auto running = std::async(std::launch::async, [&] { return insert(1); });
    ASSERT_TRUE(test_support::eventually(5s, [&] {
        return is_one(server_->sql(
            "select count(*) from pg_stat_activity where query = 'commit' and state = 'active'"
        ));
    }));
    server_->restart_immediate();
    const auto done = running.get();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::Unavailable) << done.error().message;
    EXPECT_FALSE(is_one(notes()));
}

TEST_F(LostCommit, IsASuccessWhenTheServerCrashedRightAfter) {
    auto running = cut_commit_and_stay_away(TcpGate::Cut::After, [&] { return insert(1); });
    ASSERT_TRUE(test_support::eventually(5s, [&] { return is_one(notes()); }));
    server_->restart_immediate();
    gate_->set(TcpGate::Mode::Pass);
    const auto done = running.get();
    EXPECT_TRUE(done) << done.error().message;
    EXPECT_TRUE(is_one(notes()));
}

// A crash can lose a transaction together with its number, and the next transaction gets the number
// again.
class NumberGivenOutAgain : public LostCommit {
protected:
    Result<> lose_and_reuse(const std::string& after_reuse) {
        std::string number;
        auto running = cut_commit_and_stay_away(TcpGate::Cut::Before, [&] {
            return session_->transact(Access::login(), [&](Transaction& t) {
                t.exec(kInsert, params(1));
                number = t.exec(kNumber)[0].text(0);
            });
        });
        server_->restart_immediate();
        for (int other = 100; other < 110; ++other)
            server_->sql("insert into calfleet.note (id) values (" + std::to_string(other) + ")");
        if (!after_reuse.empty()) server_->sql(after_reuse);
        EXPECT_NE(
            server_->sql("select pg_xact_status('" + number + "'::xid8)").find("committed"),
            std::string::npos
        );
        gate_->set(TcpGate::Mode::Pass);
        return running.get();
    }
};

TEST_F(NumberGivenOutAgain, IsNotMistakenForOurCommit) {
    const auto done = lose_and_reuse("");
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::Unavailable) << done.error().message;
}

TEST_F(NumberGivenOutAgain, LeavesADoubtOnceTheTracesAreGone) {
    const auto done = lose_and_reuse("checkpoint");
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::InDoubt) << done.error().message;
}

TEST_F(LostCommit, IsInDoubtWhenNobodyAnswers) {
    auto running = cut_commit_and_stay_away(TcpGate::Cut::After, [&] { return insert(1); });
    const auto done = running.get(); // gives up after ten seconds
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::InDoubt) << done.error().message;
}

TEST_F(LostCommit, MakesNoMistakeWhileTheServerCrashesAgainAndAgain) {
    static constexpr int kFaults = 12;
    std::atomic<int> faults{0};
    std::thread chaos([&] {
        Random random(test_support::seed());
        while (faults < kFaults) {
            const auto next =
                std::chrono::steady_clock::now() + std::chrono::milliseconds(random.below(200));
            (void
            )test_support::eventually(1s, [&] { return std::chrono::steady_clock::now() > next; });
            if (random.below(3) == 0)
                server_->restart_immediate();
            else
                gate_->cut_all();
            ++faults;
        }
    });
    int committed = 0;
    std::set<int> doubtful;
    while (faults < kFaults) {
        const auto inserted = insert(committed);
        if (!inserted && inserted.error().kind == ErrorKind::InDoubt) doubtful.insert(committed);
        // Had an "Unavailable" been a commit after all, its repetition would be a conflict.
        const bool was_there = !inserted && inserted.error().kind == ErrorKind::Conflict;
        EXPECT_TRUE(!was_there || doubtful.contains(committed))
            << "committed although it said rolled back";
        if (inserted || was_there)
            ++committed;
        else
            EXPECT_NE(inserted.error().kind, ErrorKind::Bug) << inserted.error().message;
    }
    chaos.join();
    EXPECT_GT(committed, 10);
    EXPECT_EQ(
        server_
            ->sql(
                "select max(id) + 1 = count(*) and count(*) >= " + std::to_string(committed) +
                " from calfleet.note"
            )
            .substr(0, 1),
        "t"
    );
    EXPECT_LE(doubtful.size(), 3u); // doubt is the exception
}

} // namespace
} // namespace calfleet::postgres
