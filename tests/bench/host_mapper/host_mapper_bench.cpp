// host-mapper end to end: Kafka to PostgreSQL, beside what the database allows, with a kill -9
// half-way.

#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/json/writer.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <thread>

#include "tests/bench/host_mapper/floor.h"
#include "tests/fleet/fleet.h"
#include "tests/fleet/story.h"

namespace calfleet::bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using test_support::Process;

struct Options {
    int bookings{200'000};
    int companies{1000};
    int staff{20};
    int lanes{2};
    int batch{1000};
    int latency_rate{1000};
    int latency_seconds{20};
};

Options parse(int argc, char** argv) {
    Options options;
    const std::map<std::string_view, int*> known{
        {"--bookings", &options.bookings},
        {"--companies", &options.companies},
        {"--staff", &options.staff},
        {"--lanes", &options.lanes},
        {"--batch", &options.batch},
        {"--latency-rate", &options.latency_rate},
        {"--latency-seconds", &options.latency_seconds}};
    for (int i = 1; i + 1 < argc; i += 2) {
        const auto found = known.find(argv[i]);
        const auto value = parse_int64(argv[i + 1]);
        if (found == known.end() || !value) {
            std::cerr << "usage: host_mapper_bench [--bookings N] [--companies N] [--staff N] "
                         "[--lanes N] [--batch N]"
                         " [--latency-rate N] [--latency-seconds N]\n";
            std::exit(64);
        }
        *found->second = static_cast<int>(*value);
    }
    return options;
}

std::string machine() {
    std::ifstream info("/proc/cpuinfo");
    std::string line;
    while (std::getline(info, line))
        if (line.starts_with("model name")) break;
    return std::to_string(std::thread::hardware_concurrency()) + " x " +
           line.substr(std::min(line.find(':') + 2, line.size()));
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

struct EndToEnd {
    double per_second{0};
    std::int64_t peak_rss_kib{0};
    std::size_t records{0};
    std::size_t complaints{0};
};

std::int64_t positions(fleet::Fleet& fleet) {
    return fleet.count("select coalesce(sum(next_offset), 0) from calfleet.consumer_positions "
                       "where worker = 'host-mapper'");
}

/// From the first to the last committed record of what waits in Kafka; kill: the worker is killed
/// half-way and another started.
EndToEnd run_end_to_end(const Options& options, bool kill) {
    fleet::Fleet fleet(fleet_options(options));
    fleet::Story story;
    EndToEnd result;
    {
        const auto records =
            fleet::tell(story, story_settings(options, kill ? 2 : 1, options.bookings));
        result.records = records.size();
        fleet.publish(records);
    }
    const std::map<std::string, std::string> settings{
        {"HOST_MAPPER_LANES", std::to_string(options.lanes)},
        {"HOST_MAPPER_BATCH_RECORDS", std::to_string(options.batch)}};
    auto* worker = &fleet.start("host-mapper", settings);
    const auto total = static_cast<std::int64_t>(result.records);
    test_support::eventually(120s, [&] { return positions(fleet) > 0; });
    const auto begun = Clock::now();
    const std::int64_t already = positions(fleet);
    if (kill) {
        test_support::eventually(600s, [&] { return positions(fleet) >= total / 2; });
        worker->signal(SIGKILL);
        worker = &fleet.start("host-mapper", settings);
    }
    test_support::eventually(1200s, [&] {
        result.peak_rss_kib = std::max(result.peak_rss_kib, worker->peak_rss_kib());
        return positions(fleet) >= total;
    });
    const std::chrono::duration<double> took = Clock::now() - begun;
    result.per_second = static_cast<double>(total - already) / took.count();
    for (const std::string& complaint : fleet.audit(story.expected, story.events)) {
        ++result.complaints;
        std::cerr << "audit: " << complaint << '\n';
    }
    return result;
}

double run_floor(const Options& options) {
    fleet::Fleet fleet(fleet_options(options));
    fleet::Story story;
    const auto records =
        fleet::tell(story, story_settings(options, 3, std::min(options.bookings, 200'000)));
    fleet.postgres().sql("select calfleet.maintain_inbox(current_date, 3, 35)");
    postgres::Settings database;
    database.dsn = Secret<std::string>(fleet.postgres().dsn("calfleet_worker"));
    database.application_name = "floor";
    return measure_floor(database, records, options.lanes, options.batch);
}

struct Latency {
    double p99_ms{0};
    double p50_ms{0};
    std::int64_t idle_rss_kib{0};
};

/// From the producer's timestamp to the row's transaction plus the time of a commit, at a steady
/// rate.
Latency run_latency(const Options& options) {
    fleet::Fleet fleet(fleet_options(options));
    auto& worker =
        fleet.start("host-mapper", {{"HOST_MAPPER_LANES", std::to_string(options.lanes)}});
    fleet::Fleet::wait_assigned(worker, 60s);
    Latency latency;
    latency.idle_rss_kib = worker.rss_kib();
    fleet::Story story;
    const auto records = fleet::tell(
        story, story_settings(options, 4, options.latency_rate * options.latency_seconds)
    );
    const int slice = std::max(1, options.latency_rate / 50);
    const auto begun = Clock::now();
    std::size_t sent = 0;
    for (int tick = 1; sent < records.size(); ++tick) {
        const std::size_t until = std::min(records.size(), sent + static_cast<std::size_t>(slice));
        std::vector<kafka::OutgoingRecord> part(
            records.begin() + static_cast<std::ptrdiff_t>(sent),
            records.begin() + static_cast<std::ptrdiff_t>(until)
        );
        const Instant now = system_clock().now();
        for (auto& record : part)
            for (auto& header : record.headers)
                if (header.name == "ce_time") header.value = format_instant(now);
        fleet.publish(part);
        sent = until;
        std::this_thread::sleep_until(begun + tick * 20ms);
    }
    fleet.wait_drained(60s);
    // updated_at is the start of the row's transaction; what follows is the transaction itself,
    // bounded by the worker's metric.
    const std::string percentiles = fleet.ask(
        "select round(percentile_cont(0.5) within group (order by ms)::numeric, 1) || ' ' ||"
        " round(percentile_cont(0.99) within group (order by ms)::numeric, 1) from ("
        " select extract(epoch from updated_at - source_updated_at) * 1000 as ms from "
        "platform.appointments"
        " where source_updated_at > now() - interval '10 minutes') t"
    );
    const auto parts = split(percentiles, ' ');
    if (parts.size() == 2) {
        latency.p50_ms = parse_double(parts[0]).value_or(0);
        latency.p99_ms = parse_double(parts[1]).value_or(0);
    }
    return latency;
}

} // namespace
} // namespace calfleet::bench

int main(int argc, char** argv) {
    using namespace calfleet::bench;
    const Options options = parse(argc, argv);
    std::printf(
        "machine: %s, Kafka and PostgreSQL (synchronous_commit=on) on it as well\n",
        machine().c_str()
    );
    const double floor = run_floor(options);
    std::printf(
        "floor, same statements from memory, %d sessions, batches of %d: %.0f bookings/s\n",
        options.lanes,
        options.batch,
        floor
    );
    const EndToEnd steady = run_end_to_end(options, false);
    std::printf(
        "end to end, %zu records (1 in 10 repeated): %.0f records/s = %.0f %% of the floor, peak "
        "RSS %.1f MiB, audit complaints %zu\n",
        steady.records,
        steady.per_second,
        100 * steady.per_second / floor,
        static_cast<double>(steady.peak_rss_kib) / 1024,
        steady.complaints
    );
    const EndToEnd killed = run_end_to_end(options, true);
    std::printf(
        "with kill -9 half-way: %.0f records/s, audit complaints %zu\n",
        killed.per_second,
        killed.complaints
    );
    const Latency latency = run_latency(options);
    std::printf(
        "at %d events/s: event to assignment p50 %.1f ms, p99 %.1f ms; idle RSS %.1f MiB\n",
        options.latency_rate,
        latency.p50_ms,
        latency.p99_ms,
        static_cast<double>(latency.idle_rss_kib) / 1024
    );
    calfleet::json::Writer json;
    json.begin_object()
        .field("machine", machine())
        .field("bookings", options.bookings)
        .field("lanes", options.lanes);
    json.field("batch", options.batch)
        .field("floor_per_second", floor)
        .field("per_second", steady.per_second);
    json.field("ratio", steady.per_second / floor)
        .field("peak_rss_mib", static_cast<double>(steady.peak_rss_kib) / 1024);
    json.field("killed_per_second", killed.per_second)
        .field("audit_complaints", steady.complaints + killed.complaints);
    json.field("p50_ms", latency.p50_ms).field("p99_ms", latency.p99_ms);
    json.field("idle_rss_mib", static_cast<double>(latency.idle_rss_kib) / 1024).end_object();
    std::ofstream("host_mapper_bench.json") << json.view() << '\n';
    return steady.complaints + killed.complaints == 0 ? 0 : 1;
}
