#pragma once
// What the operating system says about this process, under the names that every dashboard knows.

#include "common/metrics/registry.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace calfleet::metrics {

inline constexpr Definition kResidentMemory{
    .name = "process_resident_memory_bytes",
    .kind = Kind::Gauge,
    .help = "Resident memory size in bytes."};
inline constexpr Definition kVirtualMemory{
    .name = "process_virtual_memory_bytes",
    .kind = Kind::Gauge,
    .help = "Virtual memory size in bytes."};
inline constexpr Definition kCpuSeconds{
    .name = "process_cpu_seconds_total",
    .kind = Kind::Counter,
    .help = "User and system CPU time spent in seconds."};
inline constexpr Definition kOpenDescriptors{
    .name = "process_open_fds", .kind = Kind::Gauge, .help = "Open file descriptors."};
inline constexpr Definition kMaxDescriptors{
    .name = "process_max_fds",
    .kind = Kind::Gauge,
    .help = "Open file descriptors that are allowed."};
inline constexpr Definition kThreads{
    .name = "process_threads", .kind = Kind::Gauge, .help = "Threads of the process."};
inline constexpr Definition kStartTime{
    .name = "process_start_time_seconds",
    .kind = Kind::Gauge,
    .help = "Start of the process in seconds since 1970."};
inline constexpr Definition kBuildInfo{
    .name = "calfleet_build_info",
    .kind = Kind::Gauge,
    .help = "Always 1; the labels say what is running.",
    .labels = {"version", "compiler"}};

/// Read from /proc/self; nothing where it cannot be read.
struct ProcessUsage {
    double resident_bytes{0};
    double virtual_bytes{0};
    double cpu_seconds{0};
    double open_descriptors{0};
    double max_descriptors{0};
    double threads{0};
};
std::optional<ProcessUsage> read_process_usage();

/// Adds the metrics above to the registry; looked up at each exposition.
void add_process_metrics(Registry& registry, std::string_view version);

} // namespace calfleet::metrics
