#pragma once
// The worker as a process, from what waits in Kafka to what is committed in PostgreSQL.

#include <cstddef>
#include <cstdint>

#include "tests/bench/host_mapper/bench_options.h"

namespace calfleet::bench {

struct EndToEnd {
    double per_second{0};
    double first_per_second{0}; ///< over the first records asked for; 0: none were
    std::int64_t peak_rss_kib{0};
    std::size_t records{0};
    std::size_t complaints{0}; ///< of the audit of all tables; their text goes to stderr
};

enum class Interruption { None, KilledHalfWay };

/// From the first to the last committed record; with KilledHalfWay the worker is ended by kill -9
/// after half of them and another is started. The rate over the first `first_records` is measured
/// too, for comparison with something that ran over no more than those; tables grow and slow down.
EndToEnd
run_end_to_end(const Options& options, Interruption interruption, std::size_t first_records = 0);

struct Latency {
    double p99_ms{0};
    double p50_ms{0};
    std::int64_t idle_rss_kib{0};
};

/// From the producer's timestamp to the row's transaction, at a steady rate.
Latency run_latency(const Options& options);

} // namespace calfleet::bench
