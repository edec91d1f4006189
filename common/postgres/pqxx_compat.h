#pragma once
// libpqxx 6.4 (Debian 12) and 7.10 (Debian 13) behind one set of names. Private to this folder; the
// only file that knows that there are two.

#include "common/postgres/params.h"

#include <pqxx/pqxx>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::postgres::compat {

inline constexpr bool kIsSix = PQXX_VERSION_MAJOR < 7;

/// Connects now and never again by itself: libpqxx 6 would otherwise replace a broken connection
/// silently, losing prepared statements, settings and the open transaction's locks.
inline std::unique_ptr<pqxx::connection> connect(const std::string& dsn) {
    auto connection = std::make_unique<pqxx::connection>(dsn);
#if PQXX_VERSION_MAJOR < 7
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    connection->inhibit_reactivation(true);
#pragma GCC diagnostic pop
#endif
    return connection;
}

/// Prepares at once; libpqxx 6 would wait for the first execution.
inline void prepare(pqxx::connection& connection, const std::string& name, const std::string& sql) {
    connection.prepare(name, sql);
#if PQXX_VERSION_MAJOR < 7
    connection.prepare_now(name);
#endif
}

inline pqxx::result
exec_prepared(pqxx::transaction_base& on, const std::string& name, const Params& params) {
#if PQXX_VERSION_MAJOR < 7
    std::vector<const char*> values;
    values.reserve(params.size());
    for (const auto& value : params.values())
        values.push_back(value ? value->c_str() : nullptr);
    return on.exec_prepared(name, pqxx::prepare::make_dynamic_params(values));
#else
    pqxx::params values;
    values.reserve(params.size());
    for (const auto& value : params.values()) {
        if (value)
            values.append(pqxx::zview{*value}); // a view: the parameters outlive the call
        else
            values.append();
    }
    return on.exec(pqxx::prepped{name}, values);
#endif
}

/// What the server called the error; libpqxx 6 forgets the code of some classes.
inline std::string sqlstate_of(const std::exception& problem) {
    if (const auto* sql = dynamic_cast<const pqxx::sql_error*>(&problem);
        sql && !sql->sqlstate().empty())
        return sql->sqlstate();
    if (dynamic_cast<const pqxx::insufficient_privilege*>(&problem) != nullptr) return "42501";
    if (dynamic_cast<const pqxx::serialization_failure*>(&problem) != nullptr) return "40001";
    if (dynamic_cast<const pqxx::deadlock_detected*>(&problem) != nullptr) return "40P01";
    if (dynamic_cast<const pqxx::statement_completion_unknown*>(&problem) != nullptr)
        return "40003";
    if (dynamic_cast<const pqxx::transaction_rollback*>(&problem) != nullptr) return "40000";
    if (dynamic_cast<const pqxx::too_many_connections*>(&problem) != nullptr) return "53300";
    if (dynamic_cast<const pqxx::broken_connection*>(&problem) != nullptr) return "08006";
    return {};
}

} // namespace calfleet::postgres::compat
