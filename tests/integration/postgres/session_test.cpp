// A session against a real server: settings, access, failures and what becomes of the transaction.

#include "common/postgres/session.h"

#include <gtest/gtest.h>

#include <future>
#include <set>

#include "tests/integration/postgres/database.h"

namespace calfleet::postgres {
namespace {

using namespace std::chrono_literals;

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
            EXPECT_EQ(setting(t, "search_path"), "calfleet, platform, pg_catalog, pg_temp");
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
        EXPECT_EQ(failing(9).error().kind, ErrorKind::Unavailable);
        EXPECT_EQ(runs, 4);
    }
}

TEST_F(PostgresSession, GivesUpAStatementAndALockThatTakeTooLong) {
    Session slow = session({.statement_timeout = 50ms});
    const auto timed_out = slow.transact(Access::login(), [](Transaction& t) { t.exec(kSleep); });
    ASSERT_FALSE(timed_out);
    EXPECT_EQ(timed_out.error().kind, ErrorKind::Unavailable);
    EXPECT_NE(timed_out.error().message.find("test.sleep"), std::string::npos)
        << timed_out.error().message;
    EXPECT_TRUE(slow.connected());

    Session holder = session();
    Session waiter = session({.lock_timeout = 50ms});
    const auto result = holder.transact(Access::login(), [&](Transaction& t) {
        t.exec_text("lock table note");
        const auto waited = waiter.transact(Access::login(), [](Transaction& w) { w.exec(kRead); });
        EXPECT_FALSE(waited);
        EXPECT_EQ(waited.error().kind, ErrorKind::Unavailable);
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
    EXPECT_EQ(result.error().kind, ErrorKind::Unavailable);
    EXPECT_TRUE(tested.transact(Access::login(), [](Transaction& t) { t.exec(kRead); }));
}

TEST_F(PostgresSession, RefusesTextThatPostgresCannotStore) {
    Session tested = session();
    for (const std::string_view text :
         {std::string_view("a\0b", 3),
          std::string_view("\xC3\x28"),
          std::string_view("\xED\xA0\x80")}) {
        const auto result = tested.transact(Access::login(), [&](Transaction& t) {
            t.exec(kInsert, params(1, text));
        });
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().kind, ErrorKind::Invalid) << result.error().message;
    }
    EXPECT_EQ(notes(), 0);
}

TEST_F(PostgresSession, SaysWhatTheDataDidWrong) {
    Session tested = session();
    const auto kind = [&](const char* sql) {
        return tested.transact(Access::login(), [&](Transaction& t) { t.exec_text(sql); })
            .error()
            .kind;
    };
    ASSERT_TRUE(tested.transact(Access::login(), [](Transaction& t) {
        t.exec(kInsert, params(1, "one"));
    }));
    EXPECT_EQ(kind("insert into note values (1, 'twice')"), ErrorKind::Conflict);
    EXPECT_EQ(kind("insert into note values (2, null)"), ErrorKind::Invalid);
    EXPECT_EQ(kind("insert into note values (2, 'two', -1)"), ErrorKind::Invalid);
    EXPECT_EQ(kind("insert into note values (2, 'two', 'three')"), ErrorKind::Invalid);
    EXPECT_EQ(kind("select nonsense"), ErrorKind::Bug);
    EXPECT_EQ(kind("set local role nobody"), ErrorKind::Invalid);
}

TEST_F(PostgresSession, RoundTripsEveryTypeThroughArrays) {
    static constexpr Statement kEcho{
        "test.echo",
        "select t, i, b, at, d, u, raw from unnest($1::text[], $2::bigint[], $3::boolean[], "
        "$4::timestamptz[], $5::date[], "
        "$6::uuid[], $7::bytea[]) as x(t, i, b, at, d, u, raw)"};
    const Instant instant = parse_instant("2026-11-20T08:10:13.315001Z").value();
    const Uuid uuid = parse_uuid("0190163d-8694-7f9e-bf3c-1f2e3d4c5b6a").value();
    const std::string text = "a \"quoted\" back\\slash, {Käse} \n\t NULL 👩";
    const std::string raw("\0\x01\xff\\", 4);
    Array texts, numbers, flags, instants, dates, uuids, bytes;
    texts.add(text), texts.add_null();
    numbers.add(std::numeric_limits<std::int64_t>::min()), numbers.add_null();
    flags.add(false), flags.add_null();
    instants.add(instant), instants.add(Instant::min());
    dates.add(std::chrono::floor<std::chrono::days>(instant)), dates.add_null();
    uuids.add(uuid), uuids.add_null();
    bytes.add_bytes(raw), bytes.add_null();
    Session tested = session();
    const auto checked = tested.transact(Access::login(), [&](Transaction& t) {
        const Rows rows =
            t.exec(kEcho, params(texts, numbers, flags, instants, dates, uuids, bytes));
        ASSERT_EQ(rows.size(), 2);
        ASSERT_EQ(rows.columns(), 7);
        EXPECT_EQ(rows[0].text(0), text);
        EXPECT_EQ(rows[0].int64(1), std::numeric_limits<std::int64_t>::min());
        EXPECT_EQ(rows[0].boolean(2), false);
        EXPECT_EQ(rows[0].instant(3), instant);
        EXPECT_EQ(rows[0].instant(4), Instant{std::chrono::floor<std::chrono::days>(instant)});
        EXPECT_EQ(rows[0].uuid(5), uuid);
        EXPECT_EQ(rows[0].bytes(6), raw);
        EXPECT_EQ(rows[1].instant(3), Instant::min());
        for (const int column : {0, 1, 2, 4, 5, 6})
            EXPECT_TRUE(rows[1].is_null(column)) << column;
        EXPECT_EQ(rows[1].optional_text(0), std::nullopt);
        EXPECT_EQ(rows[1].optional_int64(1), std::nullopt);
        EXPECT_THROW((void)rows[1].text(0), DatabaseError);
        EXPECT_THROW((void)rows[0].int64(0), DatabaseError);
        EXPECT_THROW((void)rows[0].text(7), DatabaseError);
        EXPECT_THROW((void)rows[2], DatabaseError);
    });
    EXPECT_TRUE(checked) << checked.error().message;
}

TEST_F(PostgresSession, CountsWhatAStatementChanged) {
    Session tested = session();
    const auto changed = tested.transact(Access::login(), [](Transaction& t) {
        t.exec(kInsert, params(1, "one"));
        t.exec(kInsert, params(2, "two"));
        return t.exec_text("update note set text = 'x'").affected();
    });
    EXPECT_EQ(changed.value(), 2);
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
