// host-mapper end to end: Kafka to PostgreSQL, beside what the database allows and what pgbench
// reaches with the same statements, with a kill -9 half-way.

#include "common/json/writer.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <optional>

#include "tests/bench/host_mapper/bench_options.h"
#include "tests/bench/host_mapper/end_to_end.h"
#include "tests/bench/host_mapper/yardstick.h"
#include "tests/bench/machine.h"

namespace calfleet::bench {
namespace {

struct Results {
    std::optional<Yardstick> yardstick;
    EndToEnd steady;
    std::optional<EndToEnd> killed;
    std::optional<Latency> latency;

    std::size_t complaints() const {
        return steady.complaints + (killed ? killed->complaints : 0) +
               (yardstick ? yardstick->differences.size() : 0);
    }
};

double mebibytes(std::int64_t kib) {
    return static_cast<double>(kib) / 1024;
}

void print(const Yardstick& yardstick, const Options& options) {
    std::printf(
        "floor, our transactions from memory, the first %zu records, %d sessions, batches of %d: "
        "%.0f records/s\n",
        yardstick.records,
        options.lanes,
        options.batch,
        yardstick.floor_per_second
    );
    std::printf(
        "pgbench, the statements of these %zu records as logged, %d batches, %d processes: %.0f "
        "records/s; %lld rows of the tables compared, %zu tables differ\n",
        yardstick.records,
        yardstick.batches,
        options.lanes,
        yardstick.pgbench_per_second,
        static_cast<long long>(yardstick.rows),
        yardstick.differences.size()
    );
    for (const std::string& difference : yardstick.differences)
        std::printf("  %s\n", difference.c_str());
}

void print(const Results& results) {
    const EndToEnd& steady = results.steady;
    std::printf(
        "end to end, %zu records (1 in 10 repeated): %.0f records/s, peak RSS %.1f MiB, audit "
        "complaints %zu\n",
        steady.records,
        steady.per_second,
        mebibytes(steady.peak_rss_kib),
        steady.complaints
    );
    if (!results.yardstick) return;
    const Yardstick& yardstick = *results.yardstick;
    std::printf(
        "ratio: %.0f %% of pgbench, %.0f %% of the floor\n",
        100 * steady.per_second / yardstick.pgbench_per_second,
        100 * steady.per_second / yardstick.floor_per_second
    );
    if (steady.first_per_second > 0)
        std::printf(
            "over the first %zu records, as many as pgbench had: %.0f records/s, %.0f %% of "
            "pgbench\n",
            yardstick.records,
            steady.first_per_second,
            100 * steady.first_per_second / yardstick.pgbench_per_second
        );
}

void print(const Latency& latency, const Options& options) {
    std::printf(
        "at %d events/s: event to assignment p50 %.1f ms, p99 %.1f ms; idle RSS %.1f MiB\n",
        options.latency_rate,
        latency.p50_ms,
        latency.p99_ms,
        mebibytes(latency.idle_rss_kib)
    );
}

/// What was left out of the run is left out of the document.
std::string as_json(const Options& options, const Results& results) {
    const EndToEnd& steady = results.steady;
    json::Writer json;
    json.begin_object().field("machine", machine()).field("bookings", options.bookings);
    json.field("lanes", options.lanes).field("batch", options.batch);
    json.field("records", steady.records).field("per_second", steady.per_second);
    json.field("peak_rss_mib", mebibytes(steady.peak_rss_kib));
    if (const auto& yardstick = results.yardstick) {
        json.field("yardstick_records", yardstick->records);
        json.field("floor_per_second", yardstick->floor_per_second);
        json.field("ratio_to_floor", steady.per_second / yardstick->floor_per_second);
        json.field("pgbench_per_second", yardstick->pgbench_per_second);
        json.field("ratio_to_pgbench", steady.per_second / yardstick->pgbench_per_second);
        json.field("first_per_second", steady.first_per_second);
        json.field(
            "first_ratio_to_pgbench", steady.first_per_second / yardstick->pgbench_per_second
        );
        json.field("tables_that_differ", yardstick->differences.size());
    }
    if (results.killed) json.field("killed_per_second", results.killed->per_second);
    if (const auto& latency = results.latency) {
        json.field("p50_ms", latency->p50_ms).field("p99_ms", latency->p99_ms);
        json.field("idle_rss_mib", mebibytes(latency->idle_rss_kib));
    }
    json.field("complaints", results.complaints()).end_object();
    return std::string(json.view());
}

Results measure(const Options& options) {
    Results results;
    if (options.yardstick_bookings > 0) {
        results.yardstick = measure_yardstick(options);
        print(*results.yardstick, options);
    }
    results.steady = run_end_to_end(
        options, Interruption::None, results.yardstick ? results.yardstick->records : 0
    );
    print(results);
    if (options.kill != 0) {
        results.killed = run_end_to_end(options, Interruption::KilledHalfWay);
        std::printf(
            "with kill -9 half-way: %.0f records/s, audit complaints %zu\n",
            results.killed->per_second,
            results.killed->complaints
        );
    }
    if (options.latency_seconds > 0) {
        results.latency = run_latency(options);
        print(*results.latency, options);
    }
    return results;
}

} // namespace
} // namespace calfleet::bench

int main(int argc, char** argv) {
    using namespace calfleet::bench;
    const Options options = parse_options(argc, argv);
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    std::printf(
        "machine: %s, Kafka and PostgreSQL (synchronous_commit=on) on it as well\n",
        machine().c_str()
    );
    try {
        const Results results = measure(options);
        std::ofstream("host_mapper_bench.json") << as_json(options, results) << '\n';
        return results.complaints() == 0 ? 0 : 1;
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "bench_host_mapper: %s\n", problem.what());
        return 1;
    }
}
