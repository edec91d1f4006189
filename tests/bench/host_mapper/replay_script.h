#pragma once
// What the server's log says of one session, as a script that pgbench replays.

#include "common/core/result.h"

#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace calfleet::bench {

/// Plain SQL, perhaps several statements that travelled together.
struct PlainSql {
    std::string_view sql;
};

/// One run of a prepared statement. Each parameter is NULL or a quoted literal, ready to stand in
/// SQL.
struct PreparedRun {
    std::string_view name;
    std::string_view sql;
    std::vector<std::string_view> parameters;
};

using LoggedCommand = std::variant<PlainSql, PreparedRun>;

/// Reads an entry of log_statement = all: its message ("statement: ..." or "execute name: ...") and
/// its detail ("parameters: $1 = '...', $2 = NULL"; empty without parameters). The result points
/// into both. Invalid when the entry is something else.
Result<LoggedCommand> read_logged(std::string_view message, std::string_view detail);

/// pgbench's simple protocol puts its variables (:scale and the like) even into literals; this is
/// the literal in a form it leaves alone, and the same value to the server. `quoted`: '...' or
/// NULL.
std::string shielded_from_pgbench(std::string_view quoted);

/// Collects the commands of one session in the order in which they ran. What comes before the first
/// batch (settings, prepared statements, the claim of the position) goes into the set-up, so that a
/// barrier fits between the two. The set-up prepares every statement once, also those that only
/// batches use. Not thread-safe.
class ReplayScript {
public:
    /// Error Invalid when pgbench could not repeat the command.
    Result<> add(const LoggedCommand& command);

    /// Set-up, `barrier`, batches, `end`; the two in between are SQL with their semicolons.
    std::string text(std::string_view barrier, std::string_view end) const;
    /// Transactions that moved the position.
    int batches() const { return batches_; }

private:
    Result<> add_plain(const PlainSql& command);
    Result<> add_run(const PreparedRun& command);

    std::string setup_;
    std::string body_;
    std::set<std::string, std::less<>> prepared_;
    bool claimed_{false}; // the position is claimed; the transaction that did it may still be open
    bool in_batches_{false};
    int batches_{0};
};

} // namespace calfleet::bench
