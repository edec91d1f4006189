// team-syncer for the chaos tests.
//
//     team_syncer_worker DSN CALCOM_URL KEY_FILE OWNER

#include "workers/team-syncer/children_job.h"
#include "workers/team-syncer/handler.h"
#include "workers/team-syncer/sync_job.h"

#include "common/job/kinds.h"

#include <chrono>

#include "tests/chaos/brisk_worker.h"

int main(int argc, char** argv) {
    using namespace calfleet;
    using namespace std::chrono_literals;
    return chaos::run_brisk_worker(
        team_syncer::kWorker,
        argc,
        argv,
        [](calcom::Gate& gate, metrics::Registry& registry, const chaos::Work& work) {
            const team_syncer::Metrics metrics{registry};
            const team_syncer::Patience patience{.token = 10s, .again = {10ms, 10ms, 10ms}};
            team_syncer::SyncJobs syncs{gate, metrics, patience};
            team_syncer::ChildrenJobs children{gate, metrics, patience};
            return work({{job::kSyncTeams.name, &syncs}, {job::kResolveChildren.name, &children}});
        }
    );
}
