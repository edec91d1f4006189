#include "common/postgres/commit_resolution.h"

namespace calfleet::postgres {

CommitVerdict judge(const ServerLife& before, const CommitEvidence& after) {
    // Another server or timeline: a stand-by that was promoted may or may not have received the
    // commit.
    if (before.system != after.life.system || before.timeline != after.life.timeline)
        return CommitVerdict::Unknown;
    const bool crashed = before.since_crash != after.life.since_crash;
    if (after.status == "aborted") return CommitVerdict::Aborted;
    if (after.status == "committed") {
        if (!crashed) return CommitVerdict::Committed;
        if (!after.checkpoint_ended_recovery) return CommitVerdict::Unknown;
        return after.before_checkpoint ? CommitVerdict::Committed : CommitVerdict::Aborted;
    }
    if (after.status == "in progress") {
        // No transaction survives a crash: whoever runs under this number now is somebody else.
        return crashed ? CommitVerdict::Aborted : CommitVerdict::StillRunning;
    }
    if (after.status == "future" && crashed) return CommitVerdict::Aborted;
    return CommitVerdict::Unknown;
}

// A shutdown checkpoint and the one at the end of a recovery point at themselves; one taken while
// the server runs has records between its start and its end (wal_level minimal writes none, so
// nothing is concluded there).
std::string evidence_query(std::string_view xid) {
    const std::string number(xid);
    return "select coalesce(pg_xact_status('" + number +
           "'::xid8), ''), "
           "c.checkpoint_lsn = c.redo_lsn and current_setting('wal_level') <> 'minimal', "
           "'" +
           number +
           "'::numeric < split_part(c.next_xid, ':', 1)::numeric * 4294967296 + "
           "split_part(c.next_xid, ':', 2)::numeric "
           "from pg_control_checkpoint() c";
}

CommitEvidence read_evidence(const Rows& answer, const ServerLife& life) {
    const Row row = answer[0];
    return {
        .status = std::string(row.text(0)),
        .life = life,
        .checkpoint_ended_recovery = row.boolean(1),
        .before_checkpoint = row.boolean(2)};
}

std::string termination_query(std::string_view xid) {
    return "select pg_terminate_backend(pid) from pg_stat_activity where backend_xid is not null "
           "and backend_xid = '" +
           std::string(xid) + "'::xid8::xid and pid <> pg_backend_pid()";
}

} // namespace calfleet::postgres
