// The migrator against a real server: many at once, killed, locked out, and on databases that do
// not fit.

#include "common/core/random.h"
#include "common/postgres/migrator.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iostream>
#include <thread>

#include "tests/integration/postgres/database.h"

namespace calfleet::postgres {
namespace {

using namespace std::chrono_literals;

constexpr const char* kAlone = "-- calfleet: no-transaction\n";

std::vector<Migration> tree() {
    return read_migrations(std::filesystem::path(CALFLEET_SOURCE_DIR) / "migrations").value();
}

Migration numbered(int version, const std::string& name, const std::string& sql) {
    char number[8];
    std::snprintf(number, sizeof(number), "%04d", version);
    return parse_migration(std::string(number) + "_" + name + ".sql", sql).value();
}

// The files of the tree, and behind them indexes of a table big enough to be caught building.
std::vector<Migration> files_with_indexes() {
    auto files = tree();
    int version = files.back().version;
    files.push_back(numbered(
        ++version,
        "create_load",
        "create table calfleet.load as select g as a, md5(g::text) as b, md5((g * 7)::text) as c "
        "from generate_series(1, 60000) g"
    ));
    for (const char* column : {"a", "b", "c"}) {
        files.push_back(numbered(
            ++version,
            std::string("index_load_") + column,
            std::string(kAlone) + "create index concurrently load_" + column +
                " on calfleet.load (" + column + ")"
        ));
    }
    return files;
}

class PostgresMigrator : public PostgresTest {
protected:
    Migrator migrator(std::vector<Migration> files, MigratorOptions options = {}) {
        return Migrator({.dsn = database().dsn()}, std::move(files), options);
    }

    std::string ask(const std::string& sql) { return database().ask(sql); }
};

TEST_F(PostgresMigrator, BringsAnEmptyDatabaseToTheNewestVersionOnce) {
    const auto files = tree();
    EXPECT_EQ(migrator(files).plan()->pending.size(), files.size());
    EXPECT_EQ(
        ask("select count(*) from pg_namespace where nspname = 'calfleet'"), "0"
    ); // planning changes nothing
    std::vector<std::string> finished;
    const auto done = migrator(files).apply([&](const MigrationProgress& progress) {
        if (progress.kind == MigrationProgress::Kind::Finished) finished.push_back(progress.name);
    });
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(*done, static_cast<int>(files.size()));
    ASSERT_EQ(finished.size(), files.size());
    EXPECT_EQ(finished.front(), files.front().name);
    EXPECT_EQ(migrator(files).apply().value(), 0);
    const auto plan = migrator(files).plan().value();
    EXPECT_TRUE(plan.pending.empty());
    EXPECT_EQ(plan.applied.back().checksum, files.back().checksum);
    EXPECT_TRUE(plan.applied.back().finished_at);
}

TEST_F(PostgresMigrator, LeavesNothingOfAFileThatFails) {
    const auto failed =
        migrator({numbered(
                     1,
                     "create_two",
                     "create schema s; create table s.t (a int); create table s.t (a int)"
                 )})
            .apply();
    ASSERT_FALSE(failed);
    EXPECT_NE(failed.error().message.find("0001_create_two"), std::string::npos)
        << failed.error().message;
    EXPECT_EQ(ask("select count(*) from pg_namespace where nspname = 's'"), "0");
    EXPECT_EQ(ask("select count(*) from calfleet.schema_migrations"), "0");
    EXPECT_EQ(migrator({numbered(1, "create_two", "create schema s")}).apply().value(), 1);
}

TEST_F(PostgresMigrator, RefusesAFileThatWasChangedAfterwards) {
    ASSERT_TRUE(migrator({numbered(1, "create_it", "create schema s")}).apply());
    const auto changed = migrator({numbered(1, "create_it", "create schema t")}).apply();
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.error().kind, ErrorKind::Conflict);
    EXPECT_EQ(ask("select count(*) from pg_namespace where nspname = 't'"), "0");
}

TEST_F(PostgresMigrator, GivesUpALockSoonAndTriesAgain) {
    database().run("create schema s; create table s.t (a int)");
    Session holder({.dsn = database().dsn(), .idle_in_transaction_timeout = 60s});
    int retries = 0;
    const auto held = holder.transact(Access::login(), [&](Transaction& t) {
        t.exec_text("lock table s.t in access share mode");
        const auto blocked = migrator(
                                 {numbered(1, "add_column", "alter table s.t add column b int")},
                                 {.lock_timeout = 20ms, .retries = 2, .pause_between_retries = 10ms}
        )
                                 .apply([&](const MigrationProgress& progress) {
                                     if (progress.kind == MigrationProgress::Kind::Retrying)
                                         ++retries;
                                 });
        ASSERT_FALSE(blocked);
        EXPECT_EQ(blocked.error().kind, ErrorKind::Timeout);
    });
    ASSERT_TRUE(held);
    EXPECT_EQ(retries, 2);
    EXPECT_EQ(
        migrator({numbered(1, "add_column", "alter table s.t add column b int")}).apply().value(), 1
    );
}

TEST_F(PostgresMigrator, WaitsForAnotherOneButNotForEver) {
    Session other({.dsn = database().dsn()});
    static constexpr Statement kLock{"test.lock", "select pg_advisory_lock(7161124069656847732)"};
    ASSERT_TRUE(other.query(kLock));
    int waits = 0;
    const auto waited =
        migrator(tree(), {.wait_for_other = 300ms}).apply([&](const MigrationProgress& progress) {
            if (progress.kind == MigrationProgress::Kind::Waiting) ++waits;
        });
    ASSERT_FALSE(waited);
    EXPECT_EQ(waited.error().kind, ErrorKind::Timeout);
    EXPECT_EQ(waits, 1);
    EXPECT_NE(waited.error().message.find("process "), std::string::npos) << waited.error().message;
    EXPECT_NE(waited.error().message.find("of role postgres"), std::string::npos)
        << waited.error().message;
}

// Advisory locks are everybody's who may connect.
TEST_F(PostgresMigrator, PassesByALockThatNoMigratorHolds) {
    database().run("drop role if exists locksmith; create role locksmith login");
    for (const char* lock :
         {"select pg_advisory_lock(7161124069656847732)",
          "select pg_advisory_lock_shared(7161124069656847732)"}) {
        const TestDatabase fresh;
        Session stranger({.dsn = fresh.dsn("locksmith")});
        const Statement take{"test.take", lock};
        ASSERT_TRUE(stranger.query(take));
        std::string waited_for;
        const auto done = Migrator({.dsn = fresh.dsn()}, tree(), {.wait_for_other = 300ms})
                              .apply([&](const MigrationProgress& progress) {
                                  if (progress.kind == MigrationProgress::Kind::Waiting)
                                      waited_for = progress.detail;
                              });
        ASSERT_TRUE(done) << done.error().message;
        EXPECT_NE(waited_for.find("of role locksmith"), std::string::npos) << waited_for;
        // Migrators still keep apart.
        std::vector<std::thread> both;
        for (int i = 0; i < 2; ++i)
            both.emplace_back([&] {
                const auto again = Migrator({.dsn = fresh.dsn()}, files_with_indexes()).apply();
                EXPECT_TRUE(again) << again.error().message;
            });
        for (auto& thread : both)
            thread.join();
    }
    database().run("drop role locksmith");
}

TEST_F(PostgresMigrator, WaitsForTheTableOfItsBookAndNamesWhoHoldsIt) {
    ASSERT_TRUE(migrator(tree()).apply());
    Session other({.dsn = database().dsn(), .application_name = "another migrator"});
    const auto held = other.transact(Access::login(), [&](Transaction& t) {
        t.exec_text("lock table calfleet.schema_migrations in share update exclusive mode");
        const auto waited = migrator(tree(), {.wait_for_other = 300ms}).apply();
        ASSERT_FALSE(waited);
        EXPECT_EQ(waited.error().kind, ErrorKind::Timeout);
        EXPECT_NE(waited.error().message.find("another migrator\""), std::string::npos)
            << waited.error().message;
    });
    ASSERT_TRUE(held);
    EXPECT_EQ(migrator(tree()).apply().value(), 0);
}

TEST_F(PostgresMigrator, LetsNobodyElseLockItsBook) {
    ASSERT_TRUE(migrator(tree()).apply());
    for (const char* role : {"calfleet_worker", "calfleet_operator", "calfleet_host_mapper"}) {
        Session session({.dsn = database().dsn(role)});
        static constexpr Statement kLock{
            "test.lock_book", "lock table calfleet.schema_migrations in row share mode"};
        const auto locked =
            session.transact(Access::login(), [&](Transaction& t) { t.exec(kLock); });
        ASSERT_FALSE(locked) << role;
        EXPECT_EQ(locked.error().kind, ErrorKind::Forbidden) << role;
    }
}

TEST_F(PostgresMigrator, DropsAHalfBuiltIndexAndBuildsItAgain) {
    database().run("create schema s; create table s.t (a int); insert into s.t values (1), (1)");
    const std::vector files{numbered(
        1, "index_a", std::string(kAlone) + "create unique index concurrently t_a on s.t (a)"
    )};
    const auto failed = migrator(files).apply();
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, ErrorKind::Conflict) << failed.error().message;
    EXPECT_EQ(ask("select indisvalid from pg_index where indexrelid = 's.t_a'::regclass"), "f");
    database().run("delete from s.t");
    const auto mended = migrator(files).apply();
    ASSERT_TRUE(mended) << mended.error().message;
    EXPECT_EQ(ask("select indisvalid from pg_index where indexrelid = 's.t_a'::regclass"), "t");
    EXPECT_TRUE(migrator(files).plan()->pending.empty());
}

TEST_F(PostgresMigrator, AsksAPersonAboutAnInterruptedStatementAndBelievesTheAnswer) {
    const auto type =
        numbered(2, "add_value", std::string(kAlone) + "alter type s.color add value 'blue'");
    const std::vector files{
        numbered(1, "create_type", "create schema s; create type s.color as enum ('red')"), type};
    ASSERT_TRUE(migrator({files[0]}).apply());
    database().run(
        "insert into calfleet.schema_migrations (version, name, checksum, started_at, dirty) "
        "values (2, '" +
        type.name + "', '" + type.checksum + "', now(), true)"
    );
    const auto stuck = migrator(files).apply();
    ASSERT_FALSE(stuck);
    EXPECT_EQ(stuck.error().kind, ErrorKind::Conflict);
    EXPECT_EQ(
        migrator(files).settle_dirty(1, DirtyVerdict::TookEffect).error().kind, ErrorKind::NotFound
    );
    ASSERT_TRUE(migrator(files).settle_dirty(2, DirtyVerdict::DidNothing));
    EXPECT_EQ(migrator(files).apply().value(), 1);
    EXPECT_EQ(ask("select count(*) from pg_enum"), "2");
}

TEST_F(PostgresMigrator, LeavesNoTraceOfALoneStatementThatTheServerRefused) {
    const std::vector files{numbered(1, "vacuum_it", std::string(kAlone) + "vacuum s.nothing")};
    ASSERT_FALSE(migrator(files).apply());
    EXPECT_EQ(ask("select count(*) from calfleet.schema_migrations"), "0");
}

// On a server of its own: from PostgreSQL 16 on, the administrator must have made the roles
// himself.
TEST_F(PostgresMigrator, NeedsNoSuperuser) {
    const test_support::PostgresServer server;
    server.sql("create role admin login createrole");
    server.sql("create database platform owner admin");
    const auto done =
        Migrator({.dsn = Secret<std::string>(server.dsn("admin", "platform"))}, tree()).apply();
    EXPECT_TRUE(done) << done.error().message;
}

TEST_F(PostgresMigrator, MigratesTwoDatabasesOfOneClusterAtOnce) {
    const TestDatabase second;
    std::vector<std::thread> threads;
    for (const auto& dsn : {database().dsn(), second.dsn(), database().dsn(), second.dsn()}) {
        threads.emplace_back([dsn] {
            const auto done = Migrator({.dsn = dsn}, tree()).apply();
            EXPECT_TRUE(done) << done.error().message;
        });
    }
    for (auto& thread : threads)
        thread.join();
}

// A process that migrates until it succeeds, as a Kubernetes Job would; its name tells the server
// its process id.
pid_t start_migrator(Settings settings, const std::vector<Migration>& files) {
    const pid_t child = fork();
    if (child != 0) return child;
    settings.application_name = std::to_string(getpid());
    for (;;) {
        const auto done = Migrator(settings, files).apply();
        if (done) _exit(0);
        if (done.error().kind == ErrorKind::Unavailable) continue; // its server session was ended
        std::cerr << done.error().message << '\n';
        _exit(1);
    }
}

struct Holder {
    pid_t process{0};
    bool builds_index{false};
};

// Who holds the migration lock now; process 0 for nobody.
Holder lock_holder(Session& admin) {
    static constexpr Statement kHolder{
        "test.holder",
        "select a.application_name, a.state = 'active' and a.query like '%create index "
        "concurrently%' "
        "from pg_locks l join pg_stat_activity a using (pid) where l.locktype = 'advisory' "
        "and l.granted and a.datname = current_database() and a.application_name ~ '^[0-9]+$'"};
    const auto rows = admin.query(kHolder);
    if (!rows || rows->empty()) return {};
    return {static_cast<pid_t>((*rows)[0].int64(0)), (*rows)[0].boolean(1)};
}

// The server's side of the same: an index that is being built stays behind invalid.
void end_session_of(Session& admin, pid_t process) {
    static constexpr Statement kEnd{
        "test.end",
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1"};
    EXPECT_TRUE(admin.query(kEnd, params(std::to_string(process))));
}

TEST_F(PostgresMigrator, TenAtOnceKilledAtRandomMomentsLeaveOneCleanResult) {
    static constexpr std::size_t kMigrators = 10;
    Random random(test_support::seed());
    const auto files = files_with_indexes();
    const Settings settings{.dsn = database().dsn()};
    Session admin({.dsn = database().dsn()});
    std::vector<pid_t> running;
    while (running.size() < kMigrators)
        running.push_back(start_migrator(settings, files));
    int interrupted_files = 0;
    int interrupted_indexes = 0;
    while (!running.empty()) {
        int status = 0;
        const pid_t finished = ::waitpid(-1, &status, WNOHANG);
        if (finished > 0) {
            EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0) << status;
            std::erase(running, finished);
            if (WIFSIGNALED(status)) running.push_back(start_migrator(settings, files));
            continue;
        }
        // The questions are the time that passes between two faults, so these fall anywhere.
        const Holder holder = lock_holder(admin);
        int& faults = holder.builds_index ? interrupted_indexes : interrupted_files;
        if (holder.process == 0 || faults >= 12 || random.below(20) != 0) continue;
        ++faults;
        if (random.below(2) == 0)
            ::kill(holder.process, SIGKILL);
        else
            end_session_of(admin, holder.process);
    }
    EXPECT_GT(interrupted_files, 0);
    EXPECT_GT(interrupted_indexes, 0);
    EXPECT_TRUE(migrator(files).plan()->pending.empty());
    EXPECT_EQ(
        ask("select count(*) from calfleet.schema_migrations where not dirty"),
        std::to_string(files.size())
    );
    EXPECT_EQ(ask("select count(*) from pg_index where not indisvalid"), "0");
    EXPECT_EQ(ask("select count(*) from pg_index where indrelid = 'calfleet.load'::regclass"), "3");
    EXPECT_EQ(ask("select count(*) from calfleet.outbox_shards"), "16");
}

} // namespace
} // namespace calfleet::postgres
