// How near service-pusher comes to what latency allows: every push is two calls to Cal.com that are
// answered after 50 ms, and five rows of work in PostgreSQL; and how much of the allowed rate it
// uses when there is one.
//   bench_service_pusher [RESULT.json [CALLS IN FLIGHT...]]
// The simulator, the database and a broker run on the same machine and take their share: what each
// side allows alone is measured in the same run, and so is what both allow together on the same
// cores, one after the other: a push costs the time of two plain calls and of its rows.

#include "common/json/writer.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <string>
#include <vector>

#include "tests/bench/machine.h"
#include "tests/bench/service_pusher/push_yardsticks.h"
#include "tests/bench/service_pusher/pushes.h"

namespace calfleet::bench {
namespace {

using namespace std::chrono_literals;

struct Level {
    PushRun run;
    double plain{0};
    double bound() const { return static_cast<double>(run.in_flight) / 0.050; }
};

struct Results {
    std::vector<Level> levels;
    double claims{0};
    double database{0};
    LimitedRun limited;

    /// Calls a second when both sides share the cores. Of the plain loops the fastest is the one
    /// that the cores limit, not latency.
    double together() const {
        double plain = 0;
        for (const Level& level : levels)
            plain = std::max(plain, level.plain);
        return 2 / (2 / plain + 1 / database);
    }
};

void print(const Level& level) {
    const PushRun& run = level.run;
    std::printf(
        "%5zu in flight: %7.0f calls/s (%6.0f pushes/s), %5.1f %% of the bound of %.0f, "
        "%5.1f %% of the plain loop's %.0f; peak RSS %.1f MiB%s%s\n",
        run.in_flight,
        run.calls_per_second,
        run.pushes_per_second,
        100 * run.calls_per_second / level.bound(),
        level.bound(),
        100 * run.calls_per_second / level.plain,
        level.plain,
        static_cast<double>(run.peak_rss_kib) / 1024,
        run.complaint.empty() ? "" : "; WRONG: ",
        run.complaint.c_str()
    );
    std::fflush(stdout);
}

void print(const Results& results) {
    std::printf(
        "alone: %.0f jobs/s claimed and settled, %.0f pushes/s of the database's side\n",
        results.claims,
        results.database
    );
    const double together = results.together();
    for (const Level& level : results.levels)
        std::printf(
            "%5zu in flight: %.1f %% of what is less, latency's %.0f calls/s or the %.0f that both "
            "sides allow on the same cores\n",
            level.run.in_flight,
            100 * level.run.calls_per_second / std::min(together, level.bound()),
            level.bound(),
            together
        );
    const LimitedRun& limited = results.limited;
    std::printf(
        "limiter on, %.0f s: %lld calls, %.1f %% of the %.0f allowed; %lld answers 429; "
        "most of one key within 60 s: %lld of 120\n",
        limited.seconds,
        static_cast<long long>(limited.calls),
        100 * static_cast<double>(limited.calls) / limited.allowed,
        limited.allowed,
        static_cast<long long>(limited.refused),
        static_cast<long long>(limited.most_in_minute)
    );
}

void write(const char* path, const Results& results) {
    json::Writer json;
    json.begin_object().field("machine", machine()).key("levels").begin_array();
    for (const Level& level : results.levels) {
        json.begin_object().field("in_flight", level.run.in_flight);
        json.field("pushes", level.run.pushes);
        json.field("calls_per_second", level.run.calls_per_second).field("bound", level.bound());
        json.field("plain_calls_per_second", level.plain);
        json.field("peak_rss_mib", static_cast<double>(level.run.peak_rss_kib) / 1024);
        json.field("complaint", level.run.complaint).end_object();
    }
    json.end_array().field("claims_per_second", results.claims);
    json.field("database_pushes_per_second", results.database);
    json.field("both_sides_calls_per_second", results.together());
    json.key("limited").begin_object().field("seconds", results.limited.seconds);
    json.field("calls", results.limited.calls).field("allowed", results.limited.allowed);
    json.field("refused", results.limited.refused);
    json.field("most_in_minute", results.limited.most_in_minute).end_object();
    std::ofstream(path) << json.end_object().view() << '\n';
}

Results measure(const std::vector<std::size_t>& levels) {
    Results results;
    {
        PushWorld world({});
        world.open_buckets();
        // Once for the tables: what comes first finds them young.
        run_pushes(world, 256, 5000);
        for (const std::size_t in_flight : levels) {
            const auto bound = static_cast<std::int64_t>(in_flight) * 10;
            const std::int64_t pushes = std::clamp<std::int64_t>(8 * bound, 0, 40000);
            Level level{.run = run_pushes(world, in_flight, pushes)};
            level.plain = plain_calls(world, in_flight, 5s);
            print(level);
            results.levels.push_back(std::move(level));
        }
        results.claims = claims_and_settlements(world, 40000);
        results.database = database_side(world, 40000);
    }
    PushWorld limited({.companies = 100, .services_per_company = 100, .limiter = true});
    results.limited = run_limited(limited, 75s);
    return results;
}

} // namespace
} // namespace calfleet::bench

int main(int argc, char** argv) {
    using namespace calfleet::bench;
    try {
        std::printf("%s\n", machine().c_str());
        std::vector<std::size_t> levels;
        for (int i = 2; i < argc; ++i)
            levels.push_back(std::strtoul(argv[i], nullptr, 10));
        if (levels.empty()) levels = {16, 256, 2048};
        const Results results = measure(levels);
        print(results);
        if (argc > 1) write(argv[1], results);
        const bool wrong =
            std::any_of(results.levels.begin(), results.levels.end(), [](const Level& level) {
                return !level.run.complaint.empty();
            });
        return wrong || results.limited.refused > 0 ? 1 : 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
