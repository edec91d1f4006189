#pragma once
// What a transaction whose COMMIT was not answered came to. Pure decisions; private to this folder.

#include "common/postgres/rows.h"

#include <string>
#include <string_view>

namespace calfleet::postgres {

/// Which server, on which timeline, since which crash: transaction numbers are comparable within
/// one of these only.
struct ServerLife {
    std::string system;      // the cluster's identifier
    std::string timeline;    // changes with every fail-over
    std::string since_crash; // changes with every crash recovery
    friend bool operator==(const ServerLife&, const ServerLife&) = default;
};

enum class CommitVerdict { Committed, Aborted, StillRunning, Unknown };

/// What a new connection says about the transaction number.
struct CommitEvidence {
    std::string status; // pg_xact_status, "future" for a number not given out yet, "" for NULL
    ServerLife life;    // of the new connection
    bool checkpoint_ended_recovery{}; // the latest checkpoint is the one a recovery (or shutdown)
                                      // ends with
    bool before_checkpoint{};         // the number was given out before that checkpoint
};

/// A crash can lose a number together with its transaction, and the number is then given out again:
/// "committed" of a server that crashed meanwhile may be somebody else's commit, and counts only
/// when the number is older than the end of the recovery.
CommitVerdict judge(const ServerLife& before, const CommitEvidence& after);

/// The question, for a number that the server gave out. A number it does not know (any more) fails
/// with kFutureNumber.
inline constexpr std::string_view kFutureNumber = "22023";
std::string evidence_query(std::string_view xid);
CommitEvidence read_evidence(const Rows& answer, const ServerLife& life);

/// Ends the session that still holds the transaction open: its client is gone, so it can only
/// commit what was already asked for, or abort.
std::string termination_query(std::string_view xid);

} // namespace calfleet::postgres
