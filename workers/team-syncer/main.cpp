// Reads every company's teams, members and event types at Cal.com and tells what has changed.

#include "workers/team-syncer/children_job.h"
#include "workers/team-syncer/config.h"
#include "workers/team-syncer/fleet_gauges.h"
#include "workers/team-syncer/handler.h"
#include "workers/team-syncer/schedule.h"
#include "workers/team-syncer/sync_job.h"

#include "common/calcom/quota_upkeep.h"
#include "common/events/consumers.h"
#include "common/job/kinds.h"
#include "common/runtime/host.h"

namespace {

constexpr calfleet::runtime::WorkerIdentity kTeamSyncer{
    .name = "team-syncer",
    .prefix = "TEAM_SYNCER_",
    .summary = "Reads teams, members and event types at Cal.com, links members to staff and tells "
               "what has changed."};

} // namespace

int main(int argc, char** argv) {
    using namespace calfleet;
    using team_syncer::Config;
    return runtime::run(
        kTeamSyncer,
        argc,
        argv,
        team_syncer::read_config,
        [](const Config& config, runtime::Host& host) {
            const auto gate =
                calcom::Gate::create(config.calls, host.owner(), host.clock(), host.metrics());
            if (!gate) return host.refuse(gate.error());
            const team_syncer::Metrics metrics{host.metrics()};
            team_syncer::RequestBatches batches;
            team_syncer::SyncJobs syncs{**gate, metrics};
            team_syncer::ChildrenJobs children{**gate, metrics};
            const team_syncer::DailySchedule schedule{host.owner(), metrics};
            const team_syncer::FleetGauges gauges{host.metrics()};
            return host.work(
                {.topics = events::topics_of(kTeamSyncer.name),
                 .batches = batches,
                 .intake = config.intake,
                 .executor = config.executor,
                 .remote_jobs =
                     {{std::string(job::kSyncTeams.name), &syncs},
                      {std::string(job::kResolveChildren.name), &children}},
                 .tasks =
                     {{.name = "daily_sync",
                       .every = std::chrono::seconds{20},
                       .run = [&](postgres::Session& session) { return schedule.look(session); }},
                      {.name = "fleet_gauges",
                       .every = std::chrono::seconds{30},
                       .run = [&](postgres::Session& session) { return gauges.refresh(session); }},
                      {.name = "quota.maintain",
                       .every = std::chrono::hours{1},
                       .run = [](postgres::Session& session
                              ) { return calcom::maintain_quota(session); }}}}
            );
        }
    );
}
