#pragma once
// Asks for a sync of every company with a team, once a day at 00:30 UTC, however many processes
// run.

#include "workers/team-syncer/metrics.h"

#include "common/postgres/session.h"

#include <string>

namespace calfleet::team_syncer {

/// Looks whether the daily sync is due; of several processes that find it due one queues the
/// requests, in the transaction that moves the schedule on. A day on which nobody ran is made up
/// for once, not once a day. One thread.
class DailySchedule {
public:
    /// metrics outlive this.
    DailySchedule(std::string owner, const Metrics& metrics)
        : owner_(std::move(owner))
        , metrics_(metrics) {}

    Result<> look(postgres::Session& session) const;

private:
    std::string owner_;
    const Metrics& metrics_;
};

} // namespace calfleet::team_syncer
