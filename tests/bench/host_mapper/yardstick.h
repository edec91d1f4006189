#pragma once
// What PostgreSQL allows on this machine: our transactions from memory, and the same statements
// from pgbench.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/bench/host_mapper/bench_options.h"

namespace calfleet::bench {

struct Yardstick {
    std::size_t records{0};
    int batches{0};
    double floor_per_second{0};   ///< records from memory, nothing logged
    double pgbench_per_second{0}; ///< the same records as pgbench repeats their statements
    std::int64_t rows{0};         ///< compared
    /// Tables that pgbench left otherwise than the recorded run; empty when it did the same work.
    std::vector<std::string> differences{};
};

/// On a PostgreSQL of its own, with three copies of one populated database: the floor, the floor
/// once more with every statement logged, and pgbench repeating that log. Throws
/// std::runtime_error.
Yardstick measure_yardstick(const Options& options);

} // namespace calfleet::bench
