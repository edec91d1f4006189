// Brings the Cal.com event type to the state of its service, for every service-changed event.

#include "workers/service-pusher/config.h"
#include "workers/service-pusher/push_jobs.h"
#include "workers/service-pusher/service_batch.h"

#include "common/calcom/quota_upkeep.h"
#include "common/events/consumers.h"
#include "common/job/kinds.h"
#include "common/runtime/host.h"

namespace {

constexpr calfleet::runtime::WorkerIdentity kServicePusher{
    .name = "service-pusher",
    .prefix = "SERVICE_PUSHER_",
    .summary = "Brings the Cal.com event type of every service to the service's current state."};

} // namespace

int main(int argc, char** argv) {
    using namespace calfleet;
    using service_pusher::Config;
    return runtime::run(
        kServicePusher,
        argc,
        argv,
        service_pusher::read_config,
        [](const Config& config, runtime::Host& host) {
            const auto gate =
                calcom::Gate::create(config.calls, host.owner(), host.clock(), host.metrics());
            if (!gate) return host.refuse(gate.error());
            const service_pusher::Metrics metrics{host.metrics()};
            service_pusher::ServiceBatches batches{metrics};
            service_pusher::PushJobs pushes{**gate, metrics};
            return host.work(
                {.topics = events::topics_of(kServicePusher.name),
                 .batches = batches,
                 .intake = config.intake,
                 .executor = config.executor,
                 .remote_jobs = {{std::string(job::kPushService.name), &pushes}},
                 .tasks =
                     {{.name = "quota.maintain",
                       .every = std::chrono::hours{1},
                       .run = [](postgres::Session& session
                              ) { return calcom::maintain_quota(session); }}}}
            );
        }
    );
}
