#pragma once
// What the process uses, read from /proc.

#include <cstdint>

namespace calfleet::metrics {

struct ProcessUsage {
    std::int64_t resident_bytes{0};
    double cpu_seconds{0};
    std::int64_t open_files{0};
};

/// Zeros for what cannot be read.
ProcessUsage process_usage();

} // namespace calfleet::metrics
