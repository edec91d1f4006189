#include "tests/integration/postgres/database.h"

#include "common/postgres/migrator.h"

#include <chrono>

namespace calfleet::postgres {

using namespace std::chrono_literals;

test_support::PostgresServer& test_server() {
    static test_support::PostgresServer server({.settings = {"max_connections = 120"}});
    return server;
}

Instant time_of(Transaction& transaction) {
    static constexpr Statement kNow{"test.now", "select now()"};
    return transaction.exec(kNow)[0].instant(0);
}

TestDatabase::TestDatabase() {
    static int count = 0;
    name_ = "test_" + std::to_string(++count);
    test_server().create_database(name_);
}

TestDatabase::~TestDatabase() {
    if (test_server().running()) test_server().sql("drop database " + name_ + " with (force)");
}

Secret<std::string> TestDatabase::dsn(const std::string& role) const {
    return Secret<std::string>(test_server().dsn(role, name_));
}

namespace {

// Fixtures may name the tables of both groups without their schema; the fleet itself must not.
constexpr const char* kBothGroups =
    "set local search_path = pg_catalog, calfleet, platform, pg_temp; ";

} // namespace

void TestDatabase::run(const std::string& sql) const {
    // Tests write rows of all kinds in any order while workers do: their locks may meet. We give
    // way long before a worker would, and come again.
    Session session({.dsn = dsn(), .lock_timeout = 200ms});
    constexpr int kAttempts = 100;
    for (int attempt = 1;; ++attempt) {
        const auto done = session.transact(Access::login(), [&](Transaction& t) {
            t.exec_text(kBothGroups + sql);
        });
        if (done) return;
        const bool met_a_lock = done.error().message.find("[55P03]") != std::string::npos;
        if (!met_a_lock || attempt == kAttempts) FAIL() << done.error().message;
    }
}

std::string TestDatabase::ask(const std::string& sql) const {
    Session session({.dsn = dsn()});
    return session
        .transact(
            Access::login(),
            [&](Transaction& t) { return std::string(t.exec_text(kBothGroups + sql)[0].text(0)); }
        )
        .value();
}

void TestDatabase::migrate() const {
    auto files = read_migrations(std::filesystem::path(CALFLEET_SOURCE_DIR) / "migrations");
    ASSERT_TRUE(files) << files.error().message;
    const auto done = Migrator({.dsn = dsn()}, std::move(*files)).apply();
    ASSERT_TRUE(done) << done.error().message;
}

} // namespace calfleet::postgres
