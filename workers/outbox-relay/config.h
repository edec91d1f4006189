#pragma once
// Settings of outbox-relay.

#include "workers/outbox-relay/relay.h"

#include "common/config/reader.h"
#include "common/runtime/worker_settings.h"

namespace calfleet::outbox_relay {

struct Config {
    runtime::WorkerSettings worker;
    RelayOptions relay;
};

inline Config read_config(config::Reader& reader) {
    using std::chrono::milliseconds;
    Config config{.worker = runtime::read_worker_settings(reader), .relay = {}};
    config.relay.rows_per_shard = static_cast<int>(reader.integer(
        "ROWS_PER_SHARD",
        {.help = "outbox rows of one shard read, published and deleted together; more is faster "
                 "and repeats more "
                 "after a crash",
         .fallback = 250,
         .min = 1,
         .max = 5000}
    ));
    config.relay.poll = reader.duration(
        "POLL",
        {.help = "pause before looking for new rows while there are some; grows up to ten times "
                 "that when there are none",
         .fallback = milliseconds(100),
         .min = milliseconds(10),
         .max = milliseconds(10000)}
    );
    config.relay.lease = reader.duration(
        "LEASE",
        {.help = "how long a shard stays with a relay that no longer renews; the shards of a "
                 "killed relay are taken over "
                 "after that",
         .fallback = milliseconds(30000),
         .min = milliseconds(3000),
         .max = milliseconds(300000)}
    );
    return config;
}

} // namespace calfleet::outbox_relay
