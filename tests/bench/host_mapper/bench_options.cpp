#include "tests/bench/host_mapper/bench_options.h"

#include "common/core/clock.h"
#include "common/core/text.h"

#include <cstdlib>
#include <iostream>
#include <limits>

namespace calfleet::bench {
namespace {

using namespace std::chrono_literals;

struct Argument {
    int* value;
    int least;
};

[[noreturn]] void explain(const std::map<std::string_view, Argument>& known) {
    std::cerr << "usage: bench_host_mapper";
    for (const auto& [name, argument] : known)
        std::cerr << " [" << name << " N, now " << *argument.value << ", at least "
                  << argument.least << "]";
    std::cerr << '\n';
    std::exit(64);
}

} // namespace

Options parse_options(int argc, char** argv) {
    Options options;
    const std::map<std::string_view, Argument> known{
        {"--bookings", {&options.bookings, 1}},
        {"--companies", {&options.companies, 1}},
        {"--staff", {&options.staff, 1}},
        {"--lanes", {&options.lanes, 1}},
        {"--batch", {&options.batch, 1}},
        {"--yardstick-bookings", {&options.yardstick_bookings, 0}},
        {"--kill", {&options.kill, 0}},
        {"--latency-rate", {&options.latency_rate, 1}},
        {"--latency-seconds", {&options.latency_seconds, 0}}};
    for (int i = 1; i < argc; i += 2) {
        const auto found = known.find(argv[i]);
        const auto value = i + 1 < argc ? parse_int64(argv[i + 1]) : std::nullopt;
        if (found == known.end() || !value || *value < found->second.least ||
            *value > std::numeric_limits<int>::max())
            explain(known);
        *found->second.value = static_cast<int>(*value);
    }
    return options;
}

fleet::FleetOptions fleet_options(const Options& options) {
    return {
        .durability = test_support::Durability::Durable,
        .population = {.companies = options.companies, .staff_per_company = options.staff},
        .postgres_settings = {
            "max_connections = 100",
            "shared_buffers = 1GB",
            "max_wal_size = 8GB",
            "synchronous_commit = on",
            "checkpoint_timeout = 15min"}};
}

fleet::StorySettings story_settings(const Options& options, std::uint64_t seed, int bookings) {
    return {
        .population = {.companies = options.companies, .staff_per_company = options.staff},
        .seed = seed,
        .bookings = bookings,
        .rescheduled = 0.05,
        .cancelled = 0.05,
        .customers_per_company = 2000,
        .start = system_clock().now() - 1h};
}

} // namespace calfleet::bench
