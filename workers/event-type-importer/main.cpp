// Creates a service for every new Cal.com event type, and says where known ones differ.

#include "workers/event-type-importer/config.h"
#include "workers/event-type-importer/handler.h"

#include "common/events/consumers.h"
#include "common/runtime/host.h"

namespace {

constexpr calfleet::runtime::WorkerIdentity kEventTypeImporter{
    .name = "event-type-importer",
    .prefix = "EVENT_TYPE_IMPORTER_",
    .summary = "Creates a service for every new Cal.com event type, says where known ones differ, "
               "and puts those of deleted ones out of use."};

} // namespace

int main(int argc, char** argv) {
    using namespace calfleet;
    using event_type_importer::Config;
    return runtime::run(
        kEventTypeImporter,
        argc,
        argv,
        event_type_importer::read_config,
        [](const Config& config, runtime::Host& host) {
            const event_type_importer::Metrics metrics{host.metrics()};
            event_type_importer::SnapshotBatches batches{metrics};
            return host.work(
                {.topics = events::topics_of(kEventTypeImporter.name),
                 .batches = batches,
                 .intake = config.intake,
                 .executor = config.executor}
            );
        }
    );
}
