// A session against a real server: settings, access, failures and what becomes of the transaction.

#include "common/postgres/session.h"

#include <gtest/gtest.h>

#include <future>
#include <set>

#include "tests/integration/postgres/database.h"
#include "tests/support/tcp_gate.h"
#include "tests/support/wait.h"

namespace calfleet::postgres {
namespace {

using namespace std::chrono_literals;
using test_support::TcpGate;

constexpr Statement kBackend{"test.backend", "select pg_backend_pid()"};
constexpr Statement kTerminate{"test.terminate", "select pg_terminate_backend($1::int, 5000)"};
constexpr Statement kSleep{"test.sleep", "select pg_sleep(30)"};
constexpr Statement kInsert{"test.insert", "insert into note (id, text) values ($1, $2)"};
constexpr Statement kRead{"test.read", "select id, text from note order by id"};

class PostgresSession : public PostgresTest {
protected:
    void prepare() override {
        database().run("create schema calfleet; create table calfleet.note "
                       "(id bigint primary key, text text not null, n int check (n > 0))");
    }

    Session session(Settings settings = {}) {
        settings.dsn = database().dsn();
        settings.application_name = "session_test";
        return Session(std::move(settings), nullptr);
    }

    std::int64_t backend(Session& of) {
        return of
            .transact(Access::login(), [](Transaction& t) { return t.exec(kBackend)[0].int64(0); })
            .value();
    }

    void terminate(std::int64_t pid) {
        Session other = session();
        ASSERT_TRUE(other.transact(Access::login(), [&](Transaction& t) {
            t.exec(kTerminate, params(pid));
        }));
    }

    int notes() {
        Session other = session();
        return other.transact(
                        Access::login(), [](Transaction& t) { return t.exec(kRead).size(); }
        ).value();
    }
};

std::string setting(Transaction& transaction, const std::string& name) {
    return std::string(transaction.exec_text("select current_setting('" + name + "')")[0].text(0));
}

TEST_F(PostgresSession, KeepsItsSettingsOverAReconnect) {
    Session tested = session(
        {.statement_timeout = 1234ms, .lock_timeout = 321ms, .idle_in_transaction_timeout = 4321ms}
    );
    std::set<std::int64_t> backends;
    for (int connection = 0; connection < 2; ++connection) {
        const auto checked = tested.transact(Access::login(), [&](Transaction& t) {
            EXPECT_EQ(setting(t, "statement_timeout"), "1234ms");
            EXPECT_EQ(setting(t, "lock_timeout"), "321ms");
            EXPECT_EQ(setting(t, "idle_in_transaction_session_timeout"), "4321ms");
            EXPECT_EQ(setting(t, "search_path"), "pg_catalog, calfleet, pg_temp");
            EXPECT_EQ(setting(t, "TimeZone"), "UTC");
            EXPECT_EQ(setting(t, "DateStyle"), "ISO, YMD");
            EXPECT_EQ(setting(t, "client_encoding"), "UTF8");
            EXPECT_EQ(setting(t, "application_name"), "session_test");
            EXPECT_EQ(setting(t, "synchronous_commit"), "on");
        });
        ASSERT_TRUE(checked) << checked.error().message;
        backends.insert(backend(tested));
        terminate(*backends.begin());
    }
    EXPECT_EQ(backends.size(), 2u);
}

TEST_F(PostgresSession, ReplacesAConnectionThatDiedWhileIdleWithoutAnError) {
    Session tested = session();
    const auto first = backend(tested);
    terminate(first);
    EXPECT_NE(backend(tested), first); // prepared anew, too
}

TEST_F(PostgresSession, NeverReconnectsInsideATransaction) {
    Session tested = session();
    int runs = 0;
    const auto result = tested.transact(Access::login(), [&](Transaction& t) {
        ++runs;
        t.exec(kInsert, params(1, "one"));
        terminate(t.exec(kBackend)[0].int64(0));
        t.exec(kInsert, params(2, "two"));
    });
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::Unavailable) << result.error().message;
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(notes(), 0);
    EXPECT_FALSE(tested.connected());
    EXPECT_TRUE(tested.transact(Access::login(), [&](Transaction& t) {
        t.exec(kInsert, params(1, "one"));
    }));
    EXPECT_EQ(notes(), 1);
}

TEST_F(PostgresSession, RollsBackWhateverTheBodyThrows) {
    Session tested = session();
    const auto aborted = tested.transact(Access::login(), [](Transaction& t) {
        t.exec(kInsert, params(1, "one"));
        throw Abort({ErrorKind::Conflict, "changed our mind"});
    });
    ASSERT_FALSE(aborted);
    EXPECT_EQ(aborted.error().message, "changed our mind");
    EXPECT_THROW(
        (void)tested.transact(
            Access::login(),
            [](Transaction& t) {
                t.exec(kInsert, params(1, "one"));
                throw std::runtime_error("not ours");
            }
        ),
        std::runtime_error
    );
    EXPECT_EQ(notes(), 0);
    EXPECT_TRUE(tested.connected());
}

TEST_F(PostgresSession, DoesNotCallCommittedWhatAFailureAlreadyRolledBack) {
    Session tested = session();
    const auto result = tested.transact(Access::login(), [](Transaction& t) {
        t.exec(kInsert, params(1, "one"));
        try {
            t.exec(kInsert, params(1, "again"));
        } catch (const DatabaseError&) {
            return; // swallowed, but the server rolls the whole transaction back
        }
    });
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::Conflict);
    EXPECT_EQ(notes(), 0);
}

TEST_F(PostgresSession, CommitsAfterAFailureThatASavepointMended) {
    Session tested = session();
    const auto result = tested.transact(Access::login(), [](Transaction& t) {
        t.exec(kInsert, params(1, "one"));
        t.exec_text("savepoint here");
        try {
            t.exec(kInsert, params(1, "again"));
        } catch (const DatabaseError& error) {
            EXPECT_EQ(error.sqlstate(), "23505");
            t.exec_text("rollback to savepoint here");
        }
    });
    EXPECT_TRUE(result);
    EXPECT_EQ(notes(), 1);
}

TEST_F(PostgresSession, RepeatsASerialisationFailureAndADeadlockAFewTimes) {
    for (const char* sqlstate : {"40001", "40P01"}) {
        Session tested = session({.conflict_retries = 3});
        int runs = 0;
        const auto failing = [&](int times) {
            runs = 0;
            return tested.transact(Access::login(), [&](Transaction& t) {
                if (++runs <= times)
                    t.exec_text(
                        "do $$ begin raise exception using errcode = '" + std::string(sqlstate) +
                        "'; end $$"
                    );
                return runs;
            });
        };
        EXPECT_EQ(failing(3).value(), 4);
        EXPECT_EQ(failing(9).error().kind, ErrorKind::Timeout);
        EXPECT_EQ(runs, 4);
    }
}

TEST_F(PostgresSession, GivesUpAStatementAndALockThatTakeTooLong) {
    Session slow = session({.statement_timeout = 50ms});
    const auto timed_out = slow.transact(Access::login(), [](Transaction& t) { t.exec(kSleep); });
    ASSERT_FALSE(timed_out);
    EXPECT_EQ(timed_out.error().kind, ErrorKind::Timeout);
    EXPECT_NE(timed_out.error().message.find("test.sleep"), std::string::npos)
        << timed_out.error().message;
    EXPECT_TRUE(slow.connected());

    Session holder = session();
    Session waiter = session({.lock_timeout = 50ms});
    const auto result = holder.transact(Access::login(), [&](Transaction& t) {
        t.exec_text("lock table note");
        const auto waited = waiter.transact(Access::login(), [](Transaction& w) { w.exec(kRead); });
        EXPECT_FALSE(waited);
        EXPECT_EQ(waited.error().kind, ErrorKind::Timeout);
    });
    EXPECT_TRUE(result);
}

TEST_F(PostgresSession, IsCancelledFromAnotherThread) {
    Session tested = session({.statement_timeout = 30s});
    ASSERT_TRUE(tested.connect());
    std::promise<void> begun;
    auto cancelled = std::async(std::launch::async, [&] {
        return tested.transact(Access::login(), [&](Transaction& t) {
            begun.set_value();
            t.exec(kSleep);
        });
    });
    begun.get_future().wait();
    // The statement may not have arrived yet: cancel until it ends.
    while (cancelled.wait_for(20ms) != std::future_status::ready)
        tested.cancel();
    const auto result = cancelled.get();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::Timeout);
    EXPECT_TRUE(tested.transact(Access::login(), [](Transaction& t) { t.exec(kRead); }));
}

TEST_F(PostgresSession, NamesTheCompaniesForOneTransactionOnly) {
    Session tested = session();
    const auto scope = [&](const Access& access) {
        return tested.transact(
                         access, [](Transaction& t) { return setting(t, "app.company_ids"); }
        ).value();
    };
    EXPECT_EQ(scope(Access::companies({CompanyId{3}, CompanyId{17}})), "3,17");
    EXPECT_EQ(scope(Access::login()), "");
    EXPECT_EQ(scope(Access::company(CompanyId{4})), "4");
    EXPECT_EQ(scope(Access::companies({})), "");
}

TEST_F(PostgresSession, RefusesATransactionInsideATransaction) {
    Session tested = session();
    const auto outer = tested.transact(Access::login(), [&](Transaction& t) {
        EXPECT_EQ(
            tested.transact(Access::login(), [](Transaction&) {}).error().kind, ErrorKind::Bug
        );
        EXPECT_EQ(tested.query(kRead).error().kind, ErrorKind::Bug);
        t.exec(kInsert, params(1, "one"));
    });
    EXPECT_TRUE(outer);
    EXPECT_EQ(notes(), 1);
}

TEST_F(PostgresSession, TellsTwoStatementsOfOneNameApart) {
    static constexpr Statement kImpostor{"test.read", "select 1"};
    Session tested = session();
    const auto result = tested.transact(Access::login(), [](Transaction& t) {
        t.exec(kRead);
        t.exec(kImpostor);
    });
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::Bug);
}

TEST_F(PostgresSession, CallsAWrongNumberOfParametersABugAndStaysConnected) {
    Session tested = session();
    const auto result =
        tested.transact(Access::login(), [](Transaction& t) { t.exec(kInsert, params(1)); });
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::Bug) << result.error().message;
    EXPECT_TRUE(tested.connected());
}

TEST_F(PostgresSession, PreparesAnewWhenAMigrationChangedTheTable) {
    static constexpr Statement kAll{"test.all", "select * from note"};
    Session tested = session();
    const auto columns = [&] {
        return tested.transact(Access::login(), [](Transaction& t) {
            return t.exec(kAll).columns();
        });
    };
    EXPECT_EQ(columns().value(), 3);
    database().run("alter table calfleet.note add column more text");
    const auto stale = columns();
    ASSERT_FALSE(stale);
    EXPECT_EQ(stale.error().kind, ErrorKind::Unavailable) << stale.error().message;
    EXPECT_EQ(columns().value(), 4);
}

TEST_F(PostgresSession, RefusesAServerThatOnlyReads) {
    database().run(
        "alter database " + database().name() + " set default_transaction_read_only = on"
    );
    Session tested = session();
    const auto result = tested.connect();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::Unavailable) << result.error().message;
}

TEST_F(PostgresSession, IsUnavailableWithoutAServerAndForbiddenWithoutAnAccount) {
    Session nowhere({.dsn = Secret<std::string>("host=127.0.0.1 port=1 user=x dbname=x")});
    EXPECT_EQ(nowhere.connect().error().kind, ErrorKind::Unavailable);
    EXPECT_FALSE(nowhere.connected());
    Session nobody({.dsn = database().dsn("nobody_at_all")});
    EXPECT_EQ(nobody.connect().error().kind, ErrorKind::Forbidden);
    Session typo({.dsn = Secret<std::string>("hots=127.0.0.1 password=hunter2")});
    EXPECT_EQ(typo.connect().error().kind, ErrorKind::Invalid);
    EXPECT_EQ(typo.connect().error().message.find("hunter2"), std::string::npos);
}

// Whatever step of opening is cut, it is an error to report and never an exception: nobody above
// this adapter knows the library's kinds.
TEST_F(PostgresSession, IsUnavailableWhenItsOpeningIsCutAtAnyByte) {
    TcpGate gate("127.0.0.1", test_server().port());
    const auto through_the_gate = [&] {
        return Session(
            {.dsn = Secret<std::string>(
                 test_server().dsn_through(gate.port(), "postgres", database().name())
             ),
             .application_name = "session_test"},
            nullptr
        );
    };
    ASSERT_TRUE(through_the_gate().connect());
    const std::uint64_t requests = gate.bytes_to_server();
    const std::uint64_t answers = gate.bytes_to_clients();
    const auto expect_unavailable = [&](const std::string& cut) {
        Session tested = through_the_gate();
        const auto result =
            tested.transact(Access::login(), [](Transaction& t) { t.exec_text("select 1"); });
        ASSERT_FALSE(result) << cut;
        EXPECT_EQ(result.error().kind, ErrorKind::Unavailable) << cut << result.error().message;
    };
    // The good-bye of an earlier connection would be counted too.
    const auto alone = [&] {
        return test_support::eventually(5s, [&] { return gate.connections() == 0; });
    };
    for (std::uint64_t at = 1; at < requests; at += 17) {
        ASSERT_TRUE(alone());
        gate.cut_after_bytes(at);
        expect_unavailable("cut at byte " + std::to_string(at) + " of the requests: ");
    }
    for (std::uint64_t at = 1; at < answers; ++at) {
        ASSERT_TRUE(alone());
        gate.end_answers_after_bytes(at);
        expect_unavailable("cut at byte " + std::to_string(at) + " of the answers: ");
    }
}

TEST_F(PostgresSession, TellsItsObserverHowLongAStatementTook) {
    struct Ear final : StatementObserver {
        void on_statement(std::string_view name, std::chrono::nanoseconds took, bool ok) override {
            EXPECT_GT(took.count(), 0);
            heard.emplace_back(std::string(name) + (ok ? "+" : "-"));
        }
        std::vector<std::string> heard;
    } ear;
    Session tested({.dsn = database().dsn()}, &ear);
    (void)tested.transact(Access::login(), [](Transaction& t) { t.exec(kRead); });
    (void)tested.transact(Access::login(), [](Transaction& t) { t.exec_text("select nonsense"); });
    EXPECT_EQ(
        ear.heard,
        (std::vector<std::string>{
            "transaction.begin+",
            "test.read+",
            "transaction.commit+",
            "transaction.begin+",
            "text-"})
    );
}

TEST_F(PostgresSession, RunsAPollWithoutHoldingATransaction) {
    Session tested = session();
    EXPECT_EQ(tested.query(kRead).value().size(), 0);
    static constexpr Statement kState{
        "test.state",
        "select count(*) from pg_stat_activity where state = 'idle in transaction' and datname = "
        "current_database()"};
    EXPECT_EQ(session().query(kState).value()[0].int64(0), 0);
}

} // namespace
} // namespace calfleet::postgres
