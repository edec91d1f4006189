#pragma once
// Fresh databases on one PostgreSQL server per test program.

#include "common/postgres/session.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "tests/support/postgres_server.h"
#include "tests/support/requirements.h"

namespace calfleet::postgres {

/// Started when first asked for.
test_support::PostgresServer& test_server();

/// When the transaction began, by the database's clock: what intake hands to Batch::apply.
Instant time_of(Transaction& transaction);

/// Dropped at the end, with whoever is still connected.
class TestDatabase {
public:
    /// Empty.
    TestDatabase();
    ~TestDatabase();
    TestDatabase(const TestDatabase&) = delete;
    TestDatabase& operator=(const TestDatabase&) = delete;

    const std::string& name() const { return name_; }
    Secret<std::string> dsn(const std::string& role = "postgres") const;
    /// As the superuser, in one transaction; waits up to 20 s for locks, giving way to others'.
    void run(const std::string& sql) const;
    /// The first column of the first row, as the superuser.
    std::string ask(const std::string& sql) const;
    /// Brings it to the newest version of the tree's migrations.
    void migrate() const;

private:
    std::string name_;
};

/// A test with a database of its own; skipped without a server.
class PostgresTest : public ::testing::Test {
protected:
    void SetUp() override {
        REQUIRE_OR_SKIP("postgres", test_support::postgres_is_missing());
        database_.emplace();
        prepare();
    }
    virtual void prepare() {}
    const TestDatabase& database() const { return *database_; }

private:
    std::optional<TestDatabase> database_;
};

} // namespace calfleet::postgres
