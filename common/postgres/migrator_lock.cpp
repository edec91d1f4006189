#include "common/postgres/migrator_lock.h"

#include "common/postgres/translate.h"

#include <string_view>

namespace calfleet::postgres {
namespace {

// "calfleet" in ASCII. Advisory locks belong to one database, so two databases of a cluster migrate
// independently.
constexpr std::string_view kTryAdvisory = "select pg_try_advisory_lock(7161124069656847732)";

// Nobody but the owner of a table and those he names may lock it so; readers do not notice.
constexpr std::string_view kLockTable =
    "lock table calfleet.schema_migrations in share update exclusive mode nowait";

// Who could migrate comes first. A prepared transaction has no session: it is no migrator.
constexpr std::string_view kAdvisoryHolder = R"sql(
    select 'process ' || a.pid || ' of role ' || coalesce(a.usename, '?') || ', application "' ||
               coalesce(a.application_name, '') || '"',
           coalesce(r.rolsuper or r.rolname = current_user or pg_has_role(r.oid, d.datdba, 'member') or
                    pg_has_role(r.oid, (select oid from pg_roles where rolname = 'calfleet_owner'), 'member'), false)
    from pg_locks l
    join pg_database d on d.oid = l.database and d.datname = current_database()
    join pg_stat_activity a on a.pid = l.pid
    left join pg_roles r on r.oid = a.usesysid
    where l.locktype = 'advisory' and l.granted and l.classid = 1667329126 and l.objid = 1818584436 and l.objsubid = 1
    order by 2 desc, 1 limit 1)sql";

constexpr std::string_view kTableHolder = R"sql(
    select 'process ' || a.pid || ' of role ' || coalesce(a.usename, '?') || ', application "' ||
               coalesce(a.application_name, '') || '"'
    from pg_locks l join pg_stat_activity a on a.pid = l.pid
    where l.locktype = 'relation' and l.granted and l.relation = 'calfleet.schema_migrations'::regclass
      and l.database = (select oid from pg_database where datname = current_database())
      and l.mode not in ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')
    order by 1 limit 1)sql";

Settings of_guard(Settings settings) {
    settings.application_name += " (lock)";
    settings.idle_in_transaction_timeout = std::chrono::milliseconds(0); // it does nothing else
    return settings;
}

} // namespace

MigratorLock::MigratorLock(const Settings& settings, Connection& work)
    : settings_(of_guard(settings))
    , work_(work) {}

MigratorLock::~MigratorLock() = default;

bool MigratorLock::take_advisory() {
    has_advisory_ = has_advisory_ || work_.exec_text("migrate", kTryAdvisory)[0].boolean(0);
    return has_advisory_;
}

bool MigratorLock::try_advisory() {
    // Whoever is gone at the first look may have let it go.
    for (int look = 0; look < 2; ++look) {
        if (take_advisory()) return true;
        const Rows rows = work_.exec_text("migrate", kAdvisoryHolder);
        holder_ = rows.empty() ? "a prepared transaction" : std::string(rows[0].text(0));
        if (!rows.empty() && rows[0].boolean(1)) return false;
        if (!rows.empty()) break;
    }
    passed_by_ = true;
    return true;
}

bool MigratorLock::try_table() {
    if (!guard_) guard_ = std::make_unique<Connection>(settings_, kBareSearchPath);
    try {
        guard_->exec_text("migrate", "begin");
        guard_->exec_text("migrate", kLockTable);
        return true;
    } catch (const DatabaseError& error) {
        if (error.sqlstate() != "55P03" || !guard_->usable()) throw;
        guard_->exec_text("migrate", "rollback");
    }
    const Rows rows = work_.exec_text("migrate", kTableHolder);
    holder_ = rows.empty() ? "somebody who has just gone" : std::string(rows[0].text(0));
    return false;
}

void MigratorLock::confirm() {
    guard_->exec_text("migrate", "select 1");
    take_advisory();
}

} // namespace calfleet::postgres
