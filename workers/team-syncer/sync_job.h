#pragma once
// The job that reads a company's side of Cal.com and writes down what is new, different or gone.

#include "workers/team-syncer/calls.h"
#include "workers/team-syncer/handler.h"
#include "workers/team-syncer/metrics.h"

#include "common/calcom/gate.h"
#include "common/executor/remote_jobs.h"

namespace calfleet::team_syncer {

/// "Read everything of company 7." One transaction per team: members, links, event types and the
/// events about them appear together or not at all, and a sync that is cut off begins again from
/// the first team, finding nothing new where it has been. A call is never inside a transaction.
class SyncJobs final : public executor::RemoteJobs {
public:
    /// All outlive the jobs.
    SyncJobs(calcom::Gate& gate, const Metrics& metrics, Patience patience = {})
        : gate_(gate)
        , metrics_(metrics)
        , patience_(patience) {}

    boost::asio::awaitable<job::Outcome>
    run(job::Job job, executor::RemoteContext& context) override;

private:
    calcom::Gate& gate_;
    const Metrics& metrics_;
    Patience patience_;
};

} // namespace calfleet::team_syncer
