#include "workers/team-syncer/sync_job.h"

#include "workers/team-syncer/sync_run.h"

namespace calfleet::team_syncer {

boost::asio::awaitable<job::Outcome> SyncJobs::run(job::Job job, executor::RemoteContext& context) {
    Calls calls(gate_, context, job.company, patience_);
    SyncRun run(job, context, calls, metrics_);
    job::Outcome outcome = co_await run.run();
    if (std::holds_alternative<job::Snooze>(outcome)) metrics_.postponed.add();
    co_return outcome;
}

} // namespace calfleet::team_syncer
