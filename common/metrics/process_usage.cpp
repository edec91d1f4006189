#include "common/metrics/process_usage.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace calfleet::metrics {

ProcessUsage process_usage() {
    ProcessUsage usage;
    std::int64_t all_pages = 0, resident_pages = 0;
    if (std::ifstream statm("/proc/self/statm"); statm >> all_pages >> resident_pages)
        usage.resident_bytes = resident_pages * ::sysconf(_SC_PAGESIZE);
    rusage times{};
    if (::getrusage(RUSAGE_SELF, &times) == 0) {
        const auto seconds = [](const timeval& time) {
            return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
        };
        usage.cpu_seconds = seconds(times.ru_utime) + seconds(times.ru_stime);
    }
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
        (void)entry;
        ++usage.open_files;
    }
    return usage;
}

} // namespace calfleet::metrics
