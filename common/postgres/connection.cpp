#include "common/postgres/connection.h"

#include "common/postgres/connection_string.h"
#include "common/postgres/dsn.h"
#include "common/postgres/login.h"
#include "common/postgres/pqxx_compat.h"
#include "common/postgres/rows_impl.h"
#include "common/postgres/translate.h"

#include <algorithm>

namespace calfleet::postgres {
namespace {

using namespace std::chrono;

std::string milliseconds_text(milliseconds time) {
    return std::to_string(time.count()) + "ms";
}

// Session settings in one round trip, together with the question whose life this is. By set_config
// and not as startup options, because poolers refuse those. The search path comes first, by a
// statement that calls nothing: until then bare names mean what the role's or the database's owner
// says.
std::string settings_query(const Settings& settings, std::string_view search_path) {
    const auto set = [](std::string_view name, const std::string& value) {
        return "set_config('" + std::string(name) + "', '" + value + "', false), ";
    };
    return "set search_path = " + std::string(search_path) + "; select " +
           set("statement_timeout", milliseconds_text(settings.statement_timeout)) +
           set("lock_timeout", milliseconds_text(settings.lock_timeout)) +
           set("idle_in_transaction_session_timeout",
               milliseconds_text(settings.idle_in_transaction_timeout)) +
           set("client_encoding", "UTF8") + set("timezone", "UTC") + set("datestyle", "ISO, YMD") +
           set("bytea_output", "hex") + set("standard_conforming_strings", "on") +
           set("default_transaction_isolation", "read committed") +
           // An acknowledged event must survive the server's crash; stricter settings of the
           // operator stay.
           "set_config('synchronous_commit', case current_setting('synchronous_commit') when 'off' "
           "then 'on' "
           "else current_setting('synchronous_commit') end, false), "
           // As whom the login's housekeeping runs: a worker's own role, or the one that all share.
           "set_config('app.runtime_role', coalesce((select rolname from pg_roles "
           "where rolname ~ '^calfleet_([a-z_]+_)?runtime$' and pg_has_role(oid, 'member') "
           "order by rolname <> 'calfleet_runtime', rolname limit 1), 'calfleet_runtime'), false), "
           "pg_catalog.current_setting('server_version_num')";
}

constexpr std::string_view kServerLife =
    "select (select system_identifier from pg_catalog.pg_control_system()), "
    "case when pg_catalog.pg_is_in_recovery() then 'standby' "
    "else pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8) "
    "end, "
    "coalesce((select stats_reset::text from pg_catalog.pg_stat_bgwriter), 'never')";

} // namespace

Connection::Connection(const Settings& settings, std::string_view search_path) {
    if (const Result<> fits = check_connection_string(settings.dsn.reveal_for_use()); !fits)
        throw DatabaseError(fits.error(), {});
    try {
        connection_ = compat::connect(connection_string(settings));
        // Talks to the server too: a session that is ended right after its start is found here.
        channel_ = std::make_unique<pqxx::nontransaction>(*connection_);
    } catch (const std::exception& problem) {
        throw DatabaseError(describe_connect_failure(problem.what()), {});
    }
    exec_text("connection.settings", settings_query(settings, search_path));
    if (settings.login == LoginRule::Worker) refuse_powerful_login();
    const Rows life = exec_text("connection.server_life", kServerLife);
    life_ = {
        std::string(life[0].text(0)), std::string(life[0].text(1)), std::string(life[0].text(2))};
}

// Before anything is read: such a login would see the rows of every company.
void Connection::refuse_powerful_login() {
    const Rows facts = exec_text("connection.login", kLoginFacts);
    const auto refusal = why_no_worker({
        .name = std::string(facts[0].text(0)),
        .superuser = facts[0].boolean(1),
        .bypasses_row_security = facts[0].boolean(2),
        .owner = facts[0].boolean(3),
        .operates = facts[0].boolean(4),
        .inherits_runtime = facts[0].boolean(5),
        .becomes_unbound = facts[0].boolean(6),
    });
    if (refusal) throw DatabaseError(Error{ErrorKind::Forbidden, *refusal}, {});
}

bool Connection::usable() const {
    return !spoiled_ && connection_->is_open();
}

void Connection::cancel() noexcept {
    try {
        connection_->cancel_query();
    } catch (const std::exception&) {
        // Nothing runs, or the server is away: either way nothing is left to stop.
        return;
    }
}

template <class Work>
Rows Connection::guarded(std::string_view label, Work work) {
    try {
        return Rows(std::make_unique<Rows::Impl>(work()));
    } catch (const DatabaseError&) {
        throw;
    } catch (const std::exception& problem) {
        const DatabaseError error = translate(label, problem);
        const bool from_server = dynamic_cast<const pqxx::failure*>(&problem) != nullptr;
        if (!connection_->is_open() ||
            (from_server && spoils_connection(error.sqlstate(), problem.what())))
            spoiled_ = true;
        throw error;
    }
}

Rows Connection::exec_text(std::string_view label, std::string_view sql) {
    return guarded(label, [&] { return channel_->exec(std::string(sql)); });
}

Rows Connection::exec(const Statement& statement, const Params& params) {
    for (std::size_t i = 0; i < params.size(); ++i) {
        const auto& value = params.values()[i];
        if (value && value->find('\0') != std::string::npos) {
            throw DatabaseError(
                invalid(
                    "postgres: " + std::string(statement.name) + ": parameter $" +
                    std::to_string(i + 1) +
                    " contains a NUL byte, which PostgreSQL cannot store as text"
                ),
                "22021"
            );
        }
    }
    return guarded(statement.name, [&] {
        prepare(statement);
        return compat::exec_prepared(*channel_, std::string(statement.name), params);
    });
}

void Connection::prepare(const Statement& statement) {
    const auto [known, fresh] = prepared_.try_emplace(statement.name, statement.sql.data());
    if (!fresh) {
        if (known->second == statement.sql.data()) return;
        throw DatabaseError(
            bug("postgres: two statements are called " + std::string(statement.name) +
                ": give each its own name"),
            {}
        );
    }
    try {
        compat::prepare(*connection_, std::string(statement.name), std::string(statement.sql));
    } catch (...) {
        prepared_.erase(statement.name);
        throw;
    }
}

} // namespace calfleet::postgres
