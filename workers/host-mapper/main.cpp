// Keeps the appointment of every Cal.com booking, and finds the staff member for its host.

#include "workers/host-mapper/assignment_gauges.h"
#include "workers/host-mapper/config.h"
#include "workers/host-mapper/handler.h"
#include "workers/host-mapper/rematch_job.h"

#include "common/events/consumers.h"
#include "common/job/kinds.h"
#include "common/runtime/host.h"

namespace {

constexpr calfleet::runtime::WorkerIdentity kHostMapper{
    .name = "host-mapper",
    .prefix = "HOST_MAPPER_",
    .summary = "Keeps the appointment of every Cal.com booking and finds the staff member for its "
               "host."};

} // namespace

int main(int argc, char** argv) {
    using namespace calfleet;
    using host_mapper::Config;
    return runtime::run(
        kHostMapper,
        argc,
        argv,
        host_mapper::read_config,
        [](const Config& config, runtime::Host& host) {
            const host_mapper::Metrics metrics{host.metrics()};
            host_mapper::BookingBatches batches{metrics, host.clock()};
            host_mapper::RematchJobs rematches{metrics, host.clock()};
            const host_mapper::AssignmentGauges gauges{host.metrics()};
            return host.work(
                {.topics = events::topics_of(kHostMapper.name),
                 .batches = batches,
                 .intake = config.intake,
                 .executor = config.executor,
                 .jobs = {{std::string(job::kRematchHost.name), &rematches}},
                 .tasks =
                     {{.name = "assignment_gauges",
                       .every = std::chrono::seconds{30},
                       .run = [&](postgres::Session& session) { return gauges.refresh(session); }},
                      {.name = "company_gauges",
                       .every = std::chrono::minutes{5},
                       .run = [&](postgres::Session& session
                              ) { return gauges.refresh_companies(session); }}}}
            );
        }
    );
}
