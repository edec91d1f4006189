#pragma once
// Brings a database to the version of the migration files; safe when several run at once or one is
// killed.

#include "common/core/result.h"
#include "common/core/time.h"
#include "common/postgres/migration_files.h"
#include "common/postgres/session.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace calfleet::postgres {

/// A row of calfleet.schema_migrations.
struct AppliedMigration {
    int version{0};
    std::string name;
    std::string checksum;
    Instant started_at{};
    std::optional<Instant> finished_at;
    /// Begun outside a transaction and not known to have finished.
    bool dirty{false};
};

struct MigrationPlan {
    std::vector<AppliedMigration> applied;
    /// In the order they would run; a dirty one that can be mended by itself comes first again.
    std::vector<Migration> pending;
};

/// What is missing, or why these files do not belong to this database: a changed or lost file, a
/// newer database, a migration left half-done. Pure.
Result<MigrationPlan>
compare(const std::vector<Migration>& files, std::vector<AppliedMigration> applied);

struct MigrationProgress {
    enum class Kind {
        Waiting, ///< Another migrator holds the lock.
        Started,
        Retrying, ///< A lock was not free in time, or an index came out invalid; detail says which.
        Finished,
    };
    Kind kind{Kind::Started};
    int version{0};
    std::string name;
    std::string detail;
    std::chrono::milliseconds took{0};
};

struct MigratorOptions {
    /// How long to wait for another migrator.
    std::chrono::milliseconds wait_for_other{600'000};
    /// Waiting for a table's lock blocks everybody behind us: give up soon, try again.
    std::chrono::milliseconds lock_timeout{2000};
    int retries{10};
    std::chrono::milliseconds pause_between_retries{500};
};

/// What a person found out about a dirty migration.
enum class DirtyVerdict { TookEffect, DidNothing };

/// Uses one connection of its own per call, which holds the migration lock and does the work: when
/// the program dies, the lock lasts as long as its last statement runs on the server. Log in as a
/// superuser, or as the owner of the database with CREATEROLE. Not thread-safe.
class Migrator {
public:
    using Progress = std::function<void(const MigrationProgress&)>;

    Migrator(Settings settings, std::vector<Migration> files, MigratorOptions options = {});

    /// Changes nothing.
    Result<MigrationPlan> plan();
    /// How many files were run. After an error nothing is half-done that the next apply() does not
    /// mend or explain.
    Result<int> apply(const Progress& progress = {});
    /// Closes the case of a dirty migration.
    Result<> settle_dirty(int version, DirtyVerdict verdict);

private:
    Settings settings_;
    std::vector<Migration> files_;
    MigratorOptions options_;
};

} // namespace calfleet::postgres
