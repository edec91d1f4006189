#include "tests/bench/host_mapper/end_to_end.h"

#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/postgres/session.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <thread>

#include "tests/bench/host_mapper/bench_progress.h"

namespace calfleet::bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using test_support::Process;

// A million records of 1.5 kB and more are not kept in memory at once.
constexpr int kBookingsAtOnce = 50'000;
// Of the tables' seeds; the slices of one telling count up from there.
constexpr std::uint64_t kSteadySeed = 1'000'000;
constexpr std::uint64_t kKilledSeed = 2'000'000;

/// Publishes all bookings of the options, a slice at a time; the number of records.
std::size_t
publish(fleet::Fleet& fleet, fleet::Story& story, const Options& options, std::uint64_t seed) {
    BenchProgress progress("bookings published", options.bookings);
    std::size_t records = 0;
    for (int done = 0, slice = 0; done < options.bookings; ++slice) {
        const int count = std::min(kBookingsAtOnce, options.bookings - done);
        auto settings = story_settings(options, seed + static_cast<std::uint64_t>(slice), count);
        settings.start += slice * 1min;
        const auto part = fleet::tell(story, settings);
        fleet.publish(part);
        records += part.size();
        done += count;
        progress.at(done);
    }
    return records;
}

constexpr postgres::Statement kPositions{"bench.positions", R"sql(
    select coalesce(sum(next_offset), 0)::bigint from calfleet.consumer_positions where worker = 'host-mapper'
)sql"};

/// How far the worker has come, asked on one connection: a psql for every look would cost the
/// machine more than the worker may lose.
class Positions {
public:
    explicit Positions(fleet::Fleet& fleet)
        : session_([&] {
            postgres::Settings settings;
            settings.dsn = Secret<std::string>(fleet.postgres().dsn());
            settings.application_name = "bench";
            return settings;
        }()) {}

    std::int64_t now() {
        const auto rows = session_.query(kPositions);
        if (!rows) throw std::runtime_error(rows.error().message);
        return (*rows)[0].int64(0);
    }

    /// Throws std::runtime_error when the worker does not come so far in time.
    void wait_for(
        std::int64_t records,
        std::chrono::milliseconds within,
        const std::function<void(std::int64_t)>& look = [](std::int64_t) {}
    ) {
        std::int64_t at = 0;
        const bool there = test_support::eventually(within, [&] {
            at = now();
            look(at);
            return at >= records;
        });
        if (!there)
            throw std::runtime_error(
                "host-mapper stands at record " + std::to_string(at) + " of " +
                std::to_string(records)
            );
    }

private:
    postgres::Session session_;
};

} // namespace

EndToEnd
run_end_to_end(const Options& options, Interruption interruption, std::size_t first_records) {
    const bool kill = interruption == Interruption::KilledHalfWay;
    fleet::Fleet fleet(fleet_options(options));
    fleet::Story story;
    EndToEnd result;
    result.records = publish(fleet, story, options, kill ? kKilledSeed : kSteadySeed);
    const std::map<std::string, std::string> settings{
        {"HOST_MAPPER_LANES", std::to_string(options.lanes)},
        {"HOST_MAPPER_BATCH_RECORDS", std::to_string(options.batch)}};
    Positions positions(fleet);
    auto* worker = &fleet.start("host-mapper", settings);
    const auto total = static_cast<std::int64_t>(result.records);
    const auto first = static_cast<std::int64_t>(first_records);
    positions.wait_for(1, 120s);
    const auto begun = Clock::now();
    const std::int64_t already = positions.now();
    const auto rate = [&](std::int64_t at) {
        const std::chrono::duration<double> took = Clock::now() - begun;
        return static_cast<double>(at - already) / took.count();
    };
    BenchProgress progress("records committed", total);
    const auto look = [&](std::int64_t at) {
        result.peak_rss_kib = std::max(result.peak_rss_kib, worker->peak_rss_kib());
        if (result.first_per_second == 0 && first > 0 && at >= first)
            result.first_per_second = rate(at);
        progress.at(at);
    };
    if (kill) {
        positions.wait_for(total / 2, 1200s, look);
        worker->signal(SIGKILL);
        worker = &fleet.start("host-mapper", settings);
    }
    positions.wait_for(total, 2400s, look);
    result.per_second = rate(total);
    std::fprintf(stderr, "comparing the tables with what was sent\n");
    for (const std::string& complaint : fleet.audit(story.expected, story.events)) {
        ++result.complaints;
        std::cerr << "audit: " << complaint << '\n';
    }
    return result;
}

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

} // namespace calfleet::bench
