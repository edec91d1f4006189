#include "common/metrics/process.h"

#include "common/core/clock.h"
#include "common/core/text.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <mutex>
#include <string>

namespace calfleet::metrics {
namespace {

double count_descriptors() {
    DIR* directory = ::opendir("/proc/self/fd");
    if (directory == nullptr) return 0;
    double count = 0;
    while (const dirent* entry = ::readdir(directory))
        if (entry->d_name[0] != '.') ++count;
    ::closedir(directory);
    return count - 1; // the one that is reading
}

// proc(5): the fields behind the command name, which may itself contain blanks and brackets.
std::vector<std::string> read_stat() {
    std::ifstream file("/proc/self/stat");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto end_of_name = text.rfind(") ");
    if (end_of_name == std::string::npos) return {};
    std::vector<std::string> fields;
    for (const std::string_view field : split(std::string_view(text).substr(end_of_name + 2), ' '))
        fields.emplace_back(field);
    return fields;
}

struct ProcessMetrics {
    explicit ProcessMetrics(Registry& registry)
        : resident(registry.gauge(kResidentMemory))
        , virtual_size(registry.gauge(kVirtualMemory))
        , cpu(registry.counter(kCpuSeconds))
        , open_descriptors(registry.gauge(kOpenDescriptors))
        , max_descriptors(registry.gauge(kMaxDescriptors))
        , threads(registry.gauge(kThreads)) {}

    void refresh() {
        const auto usage = read_process_usage();
        if (!usage) return;
        resident.set(usage->resident_bytes);
        virtual_size.set(usage->virtual_bytes);
        open_descriptors.set(usage->open_descriptors);
        max_descriptors.set(usage->max_descriptors);
        threads.set(usage->threads);
        const std::lock_guard lock(mutex);
        if (const double more = usage->cpu_seconds - cpu.value(); more > 0) cpu.add(more);
    }

    Gauge resident;
    Gauge virtual_size;
    Counter cpu;
    Gauge open_descriptors;
    Gauge max_descriptors;
    Gauge threads;
    std::mutex mutex;
};

} // namespace

std::optional<ProcessUsage> read_process_usage() {
    // Field numbers of proc(5) minus 3: read_stat() starts behind the command name.
    static constexpr std::size_t kUserTime = 11;
    static constexpr std::size_t kSystemTime = 12;
    static constexpr std::size_t kThreadCount = 17;
    static constexpr std::size_t kVirtualSize = 20;
    static constexpr std::size_t kResidentPages = 21;
    const auto fields = read_stat();
    if (fields.size() <= kResidentPages) return std::nullopt;
    const auto number = [&](std::size_t at) { return parse_double(fields[at]).value_or(0); };
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return ProcessUsage{
        .resident_bytes = number(kResidentPages) * static_cast<double>(::sysconf(_SC_PAGESIZE)),
        .virtual_bytes = number(kVirtualSize),
        .cpu_seconds = (number(kUserTime) + number(kSystemTime)) / ticks,
        .open_descriptors = count_descriptors(),
        .max_descriptors = static_cast<double>(limit.rlim_cur),
        .threads = number(kThreadCount)};
}

void add_process_metrics(Registry& registry, std::string_view version) {
    registry.gauge(kBuildInfo, {version, "GCC " __VERSION__}).set(1);
    const auto now = std::chrono::duration<double>(system_clock().now().time_since_epoch());
    registry.gauge(kStartTime).set(now.count());
    // The registry keeps the callback, and with it the metrics, as long as it lives.
    const auto metrics = std::make_shared<ProcessMetrics>(registry);
    registry.before_exposition([metrics] { metrics->refresh(); });
}

} // namespace calfleet::metrics
