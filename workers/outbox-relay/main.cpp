#include "workers/outbox-relay/config.h"
#include "workers/outbox-relay/relay.h"
#include "workers/outbox-relay/status.h"
#include "workers/outbox-relay/telemetry.h"

#include "common/runtime/host.h"

namespace calfleet::outbox_relay {

constexpr runtime::WorkerIdentity kIdentity{
    .name = kWorker,
    .prefix = "OUTBOX_RELAY_",
    .summary = "Publishes committed rows of the table outbox to Kafka, in order per topic and key.",
};

} // namespace calfleet::outbox_relay

/// Publishes what the database has committed.
int main(int argc, char** argv) {
    using namespace calfleet;
    using namespace calfleet::outbox_relay;
    return runtime::run(
        kIdentity,
        argc,
        argv,
        read_config,
        [](const Config& config, runtime::Host& host) {
            Store store(host.database("relay"), host.statement_metrics());
            Publisher publisher(publisher_options(config.worker, host.owner()), host.clock());
            Telemetry telemetry(host.metrics(), host.clock());
            Relay relay(store, publisher, host.owner(), config.relay, telemetry, host.clock());
            return host.loop({
                .run = [&](const StopSignal& stop) { return relay.run(stop); },
                .not_ready = [&] { return relay.status().not_ready; },
                .since_tick = [&] { return relay.since_tick(); },
                .status_json = [&] { return status_json(relay.status(), host.owner()); },
            });
        }
    );
}
