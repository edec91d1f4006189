#pragma once
// That one migrator works at a time, whoever else may connect. Private to this folder.

#include "common/postgres/connection.h"
#include "common/postgres/session.h"

#include <memory>
#include <string>

namespace calfleet::postgres {

/// Two locks. The table's, which only its owner can take, keeps migrators apart; a session of its
/// own holds it, in a transaction without a snapshot that no CREATE INDEX CONCURRENTLY waits for.
/// The advisory one is that of releases before 0.3.0, and covers the time without a table; anybody
/// who may connect can hold it, so one that no migrator holds is passed by. Both are polled: a
/// statement that waited in the server would have a snapshot.
class MigratorLock {
public:
    MigratorLock(const Settings& settings, Connection& work);
    ~MigratorLock();

    /// False: another migrator is at work, holder() says who.
    bool try_advisory();
    /// The table must exist. False as above.
    bool try_table();
    /// Between two files: the table is still ours, and the advisory lock is taken when it has
    /// become free. Throws DatabaseError when the session that held the table is gone.
    void confirm();

    /// "process 7 of role x, application "y""; of whoever was in the way at the last try.
    const std::string& holder() const { return holder_; }
    /// The advisory lock is somebody's who can be no migrator.
    bool passed_by() const { return passed_by_; }

private:
    bool take_advisory();

    Settings settings_;
    Connection& work_;
    std::unique_ptr<Connection> guard_;
    std::string holder_;
    bool has_advisory_{false};
    bool passed_by_{false};
};

} // namespace calfleet::postgres
