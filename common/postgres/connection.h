#pragma once
// One libpqxx connection with the fleet's settings, used until it breaks and then thrown away.
// Private to this folder.

#include "common/postgres/commit_resolution.h"
#include "common/postgres/params.h"
#include "common/postgres/rows.h"
#include "common/postgres/session.h"
#include "common/postgres/statement.h"

#include <pqxx/pqxx>

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace calfleet::postgres {

/// What bare names may mean. pg_catalog first and pg_temp last: nothing that anybody made stands in
/// for the server's own. Of ours only schema calfleet, in which nobody else may create: of
/// functions the one with the very types of a call wins wherever it stands, so a schema in which
/// others may create must not be in the path at all. The tables of schema platform are named with
/// it.
inline constexpr std::string_view kFleetSearchPath = "pg_catalog, calfleet, pg_temp";
/// For whoever may do everything, and must run nobody's code.
inline constexpr std::string_view kBareSearchPath = "pg_catalog, pg_temp";

/// Not thread-safe but for cancel().
class Connection {
public:
    /// Connects and applies the settings; throws DatabaseError.
    explicit Connection(const Settings& settings, std::string_view search_path = kFleetSearchPath);

    /// Plain SQL; `label` is its name in errors. Throws DatabaseError.
    Rows exec_text(std::string_view label, std::string_view sql);
    /// Prepares on first use.
    Rows exec(const Statement& statement, const Params& params);

    /// False once it broke, or once the server said something that spoils it.
    bool usable() const;
    const ServerLife& server_life() const { return life_; }
    /// From any thread while the object lives.
    void cancel() noexcept;

private:
    template <class Work>
    Rows guarded(std::string_view label, Work work);
    void prepare(const Statement& statement);
    void refuse_powerful_login();

    std::unique_ptr<pqxx::connection> connection_;
    // libpqxx runs statements on a transaction object only; this kind sends nothing by itself.
    std::unique_ptr<pqxx::nontransaction> channel_;
    std::unordered_map<std::string_view, const char*> prepared_;
    ServerLife life_;
    bool spoiled_{false};
};

} // namespace calfleet::postgres
