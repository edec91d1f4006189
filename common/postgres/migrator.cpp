#include "common/postgres/migrator.h"

#include "common/core/random.h"
#include "common/core/text.h"
#include "common/postgres/connection.h"
#include "common/postgres/migrator_guard.h"
#include "common/postgres/migrator_lock.h"
#include "common/postgres/translate.h"

#include <thread>

namespace calfleet::postgres {
namespace {

using namespace std::chrono;

constexpr std::string_view kCreateTable = R"sql(
create schema if not exists calfleet;
create table if not exists calfleet.schema_migrations (
    version     integer     primary key,
    name        text        not null,
    checksum    text        not null,
    started_at  timestamptz not null,
    finished_at timestamptz,
    dirty       boolean     not null,
    constraint schema_migrations_finished_or_dirty check (dirty = (finished_at is null))
))sql";

std::string literal_of(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') out += '\'';
        out += c;
    }
    return out + "'";
}

std::string name_of(std::string_view name) {
    std::string out = "\"";
    for (const char c : name) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + "\"";
}

// Worth another try of the whole file: a lock, a deadlock, or two databases of one cluster changing
// the same role.
bool worth_retrying(const DatabaseError& error) {
    return error.sqlstate() == "55P03" || is_conflict_of_transactions(error.sqlstate()) ||
           error.error().message.find("tuple concurrently updated") != std::string::npos;
}

// One migrator's connection and what it knows.
class Run {
public:
    Run(const Settings& settings, const MigratorOptions& options, const Migrator::Progress& progress
    )
        : options_(options)
        , progress_(std::move(progress))
        , random_(Random::from_system())
        , connection_(settings, kBareSearchPath) // files name the schema of everything
        , lock_(settings, connection_) {}

    /// Both locks; with files there is a book of migrations then.
    Result<> take_locks(bool with_files);
    Result<> look_for_strangers();
    std::vector<AppliedMigration> applied();
    void apply(const Migration& file, bool dirty_before);
    void settle(int version, DirtyVerdict verdict);

private:
    Result<> wait_for(bool (MigratorLock::*lock)());
    bool has_book();
    void create_table();
    Rows exec(std::string_view sql) { return connection_.exec_text("migrate", sql); }
    void report(
        MigrationProgress::Kind kind,
        const Migration& file,
        std::string detail = {},
        milliseconds took = {}
    );
    void pause(milliseconds about);
    void apply_in_transaction(const Migration& file);
    void apply_alone(const Migration& file, bool dirty_before);
    bool build_index(const Migration& file, const ConcurrentIndex& index);
    std::optional<bool> index_validity(const ConcurrentIndex& index);
    void record_start(const Migration& file);

    const MigratorOptions& options_;
    Migrator::Progress progress_;
    Random random_;
    Connection connection_;
    MigratorLock lock_;
};

void Run::report(
    MigrationProgress::Kind kind, const Migration& file, std::string detail, milliseconds took
) {
    if (progress_) progress_({kind, file.version, file.name, std::move(detail), took});
}

// Half to one and a half of the time, so that migrators started together do not stay together.
void Run::pause(milliseconds about) {
    const auto base = static_cast<std::uint64_t>(about.count());
    std::this_thread::sleep_for(milliseconds(base / 2 + random_.below(base + 1)));
}

Result<> Run::wait_for(bool (MigratorLock::*lock)()) {
    const auto deadline = steady_clock::now() + options_.wait_for_other;
    for (bool first = true;; first = false) {
        if ((lock_.*lock)()) return {};
        if (first)
            report(
                MigrationProgress::Kind::Waiting,
                {},
                "another migrator is at work: " + lock_.holder()
            );
        if (steady_clock::now() >= deadline) {
            return Error{
                ErrorKind::Timeout,
                "another migrator has been at work for " + humanize(options_.wait_for_other) +
                    ": " + lock_.holder() +
                    "; when that is none, end it with pg_terminate_backend and migrate again"};
        }
        pause(200ms);
    }
}

Result<> Run::take_locks(bool with_files) {
    if (const Result<> free = wait_for(&MigratorLock::try_advisory); !free) return free;
    if (lock_.passed_by())
        report(
            MigrationProgress::Kind::Waiting,
            {},
            "going on beside " + lock_.holder() +
                ", which holds the lock of migrators and can be none"
        );
    if (const Result<> ours = look_for_strangers(); !ours) return ours;
    if (!has_book()) {
        if (!with_files) return {};
        create_table();
        // Somebody may have been quicker.
        if (const Result<> ours = look_for_strangers(); !ours) return ours;
    }
    return wait_for(&MigratorLock::try_table);
}

bool Run::has_book() {
    return !exec("select to_regclass('calfleet.schema_migrations')")[0].is_null(0);
}

// Two that pass the advisory lock by may both create it: "if not exists" does not help then.
void Run::create_table() {
    for (int retry = 0;; ++retry) {
        try {
            exec(kCreateTable);
            return;
        } catch (const DatabaseError&) {
            if (!connection_.usable() || retry >= options_.retries) throw;
        }
        pause(options_.pause_between_retries);
        if (has_book()) return;
    }
}

Result<> Run::look_for_strangers() {
    const Rows found = exec(kStrangers);
    if (found.empty()) return {};
    return Error{
        ErrorKind::Conflict,
        std::string(found[0].text(0)) +
            ": whatever it does would be done with the rights of whoever migrates; " +
            std::string(found[0].text(1)) + ", then migrate again"};
}

std::vector<AppliedMigration> Run::applied() {
    std::vector<AppliedMigration> rows;
    if (!has_book()) return rows;
    for (const Row row : exec("select version, name, checksum, started_at, finished_at, dirty "
                              "from calfleet.schema_migrations order by version")) {
        rows.push_back(
            {.version = static_cast<int>(row.int64(0)),
             .name = std::string(row.text(1)),
             .checksum = std::string(row.text(2)),
             .started_at = row.instant(3),
             .finished_at = row.optional_instant(4),
             .dirty = row.boolean(5)}
        );
    }
    return rows;
}

void Run::apply(const Migration& file, bool dirty_before) {
    const auto start = steady_clock::now();
    lock_.confirm();
    report(MigrationProgress::Kind::Started, file);
    if (file.transactional)
        apply_in_transaction(file);
    else
        apply_alone(file, dirty_before);
    report(
        MigrationProgress::Kind::Finished,
        file,
        {},
        duration_cast<milliseconds>(steady_clock::now() - start)
    );
}

void Run::apply_in_transaction(const Migration& file) {
    for (int retry = 0;; ++retry) {
        try {
            exec(
                "begin; set local lock_timeout = " + std::to_string(options_.lock_timeout.count())
            );
            connection_.exec_text(file.name, file.sql);
            exec(
                "reset role; insert into calfleet.schema_migrations "
                "(version, name, checksum, started_at, finished_at, dirty) values (" +
                std::to_string(file.version) + ", " + literal_of(file.name) + ", " +
                literal_of(file.checksum) + ", now(), clock_timestamp(), false); commit"
            );
            return;
        } catch (const DatabaseError& error) {
            if (!connection_.usable()) throw;
            exec("rollback");
            if (!worth_retrying(error) || retry >= options_.retries) throw;
            report(MigrationProgress::Kind::Retrying, file, error.error().message);
        }
        pause(options_.pause_between_retries);
    }
}

void Run::record_start(const Migration& file) {
    exec(
        "insert into calfleet.schema_migrations (version, name, checksum, started_at, dirty) "
        "values (" +
        std::to_string(file.version) + ", " + literal_of(file.name) + ", " +
        literal_of(file.checksum) + ", clock_timestamp(), true)"
    );
}

void Run::apply_alone(const Migration& file, bool dirty_before) {
    if (!dirty_before) record_start(file);
    const auto index = concurrent_index_of(split_statements(file.sql).front());
    if (index) {
        // Its waits block nobody but other schema changes, so it may wait for transactions to end.
        exec("set lock_timeout = '60s'");
        for (int retry = 0; !build_index(file, *index); ++retry) {
            if (retry >= options_.retries) {
                throw DatabaseError(
                    unavailable(
                        "migration " + file.name + ": index " + index->index +
                        " could not be built in " + std::to_string(retry + 1) +
                        " tries: run migrate again"
                    ),
                    {}
                );
            }
            pause(options_.pause_between_retries);
        }
    } else {
        exec("set lock_timeout = " + std::to_string(options_.lock_timeout.count()));
        try {
            connection_.exec_text(file.name, file.sql);
        } catch (const DatabaseError&) {
            // The server answered: the statement did nothing, so neither does the row remain.
            if (connection_.usable())
                exec(
                    "delete from calfleet.schema_migrations where version = " +
                    std::to_string(file.version)
                );
            throw;
        }
    }
    settle(file.version, DirtyVerdict::TookEffect);
}

// Nothing when there is no such index.
std::optional<bool> Run::index_validity(const ConcurrentIndex& index) {
    const Rows rows = exec(
        "select i.indisvalid from pg_index i join pg_class c on c.oid = i.indexrelid "
        "join pg_namespace n on n.oid = c.relnamespace where n.nspname = " +
        literal_of(index.schema) + " and c.relname = " + literal_of(index.index)
    );
    if (rows.empty()) return std::nullopt;
    return rows[0].boolean(0);
}

// A build that failed or was interrupted leaves an invalid index that costs writes and serves no
// reader: drop, again.
bool Run::build_index(const Migration& file, const ConcurrentIndex& index) {
    const std::string name = name_of(index.schema) + "." + name_of(index.index);
    try {
        const auto before = index_validity(index);
        if (before == true) return true;
        if (before == false) exec("drop index concurrently if exists " + name);
        connection_.exec_text(file.name, file.sql);
        if (index_validity(index) == true) return true;
        report(
            MigrationProgress::Kind::Retrying, file, "index " + index.index + " came out invalid"
        );
    } catch (const DatabaseError& error) {
        if (!connection_.usable() || !worth_retrying(error)) throw;
        report(MigrationProgress::Kind::Retrying, file, error.error().message);
    }
    return false;
}

void Run::settle(int version, DirtyVerdict verdict) {
    const std::string which = " where version = " + std::to_string(version) + " and dirty";
    if (verdict == DirtyVerdict::TookEffect)
        exec(
            "update calfleet.schema_migrations set dirty = false, finished_at = clock_timestamp()" +
            which
        );
    else
        exec("delete from calfleet.schema_migrations" + which);
}

Settings for_migrations(Settings settings) {
    if (settings.application_name.empty()) settings.application_name = "calfleet migrate";
    settings.statement_timeout = 0ms; // a backfill takes as long as it takes
    settings.idle_in_transaction_timeout = 60s;
    return settings;
}

} // namespace

Migrator::Migrator(Settings settings, std::vector<Migration> files, MigratorOptions options)
    : settings_(for_migrations(std::move(settings)))
    , files_(std::move(files))
    , options_(options) {}

Result<MigrationPlan> Migrator::plan() {
    try {
        Run run(settings_, options_, {});
        if (const Result<> ours = run.look_for_strangers(); !ours) return ours.error();
        return compare(files_, run.applied());
    } catch (const DatabaseError& error) {
        return error.error();
    }
}

Result<int> Migrator::apply(const Progress& progress) {
    try {
        Run run(settings_, options_, progress);
        if (const Result<> ours = run.take_locks(!files_.empty()); !ours) return ours.error();
        const auto plan = compare(files_, run.applied());
        if (!plan) return plan.error();
        int done = 0;
        for (const Migration& file : plan->pending) {
            const bool dirty_before =
                !plan->applied.empty() && plan->applied.back().version >= file.version;
            run.apply(file, dirty_before);
            ++done;
        }
        return done;
    } catch (const DatabaseError& error) {
        return error.error();
    }
}

Result<> Migrator::settle_dirty(int version, DirtyVerdict verdict) {
    try {
        Run run(settings_, options_, {});
        if (const Result<> ours = run.take_locks(false); !ours) return ours.error();
        for (const AppliedMigration& row : run.applied()) {
            if (row.version != version || !row.dirty) continue;
            run.settle(version, verdict);
            return {};
        }
        return Error{
            ErrorKind::NotFound,
            "migration " + std::to_string(version) + " is not waiting to be settled"};
    } catch (const DatabaseError& error) {
        return error.error();
    }
}

} // namespace calfleet::postgres
