// service-pusher for the chaos tests.
//
//     service_pusher_worker DSN CALCOM_URL KEY_FILE OWNER

#include "workers/service-pusher/push_jobs.h"
#include "workers/service-pusher/service_batch.h"

#include "common/job/kinds.h"

#include "tests/chaos/brisk_worker.h"

int main(int argc, char** argv) {
    using namespace calfleet;
    return chaos::run_brisk_worker(
        service_pusher::kWorker,
        argc,
        argv,
        [](calcom::Gate& gate, metrics::Registry& registry, const chaos::Work& work) {
            const service_pusher::Metrics metrics{registry};
            service_pusher::PushJobs pushes{gate, metrics};
            return work({{job::kPushService.name, &pushes}});
        }
    );
}
