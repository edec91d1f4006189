#pragma once
// The worker as a process, from what waits in Kafka to what is committed in PostgreSQL.

#include <cstddef>
#include <cstdint>

#include "tests/bench/host_mapper/bench_options.h"

namespace calfleet::bench {

struct EndToEnd {
    double per_second{0};
    std::int64_t peak_rss_kib{0};
    std::size_t records{0};
    std::size_t complaints{0}; ///< of the audit of all tables; their text goes to stderr
};

enum class Interruption { None, KilledHalfWay };

/// From the first to the last committed record; with KilledHalfWay the worker is ended by kill -9
/// after half of them and another is started.
EndToEnd run_end_to_end(const Options& options, Interruption interruption);

struct Latency {
    double p99_ms{0};
    double p50_ms{0};
    std::int64_t idle_rss_kib{0};
};

/// From the producer's timestamp to the row's transaction, at a steady rate.
Latency run_latency(const Options& options);

} // namespace calfleet::bench
