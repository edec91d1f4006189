#pragma once
// service-pusher as a process between PostgreSQL, Kafka and the simulator, with work for it.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "tests/calcom-sim/client/calcom_simulator.h"
#include "tests/fleet/fleet.h"
#include "tests/integration/service_pusher/calcom_world.h"

namespace calfleet::bench {

struct PushWorldOptions {
    int companies{1000};
    int services_per_company{40};
    std::chrono::milliseconds latency{50};
    bool limiter{false};
};

/// Servers with companies, keys, services and their event types. One thread.
class PushWorld {
public:
    explicit PushWorld(PushWorldOptions options);

    const PushWorldOptions& options() const { return options_; }
    fleet::Fleet& fleet() { return fleet_; }
    test_support::CalcomSimulator& simulator() { return simulator_; }
    std::string key_file() const { return keys_.file(); }

    /// Buckets that are never empty: what is measured is not the limiter.
    void open_buckets();
    /// Another edit of so many services, a company after the other, and a job for each.
    void queue(std::int64_t services);
    /// The worker, started. `calls`: most at a time.
    test_support::Process& start(std::size_t calls);
    std::int64_t open_jobs();
    /// What is not as it should be after everything was pushed; "" when all is well.
    std::string complaint();

private:
    PushWorldOptions options_;
    service_pusher::CompanyKeys keys_;
    fleet::Fleet fleet_;
    test_support::CalcomSimulator simulator_;
    int edits_{0};
};

struct PushRun {
    std::size_t in_flight{0};
    std::int64_t pushes{0};
    double calls_per_second{0};
    double pushes_per_second{0};
    std::int64_t peak_rss_kib{0};
    std::string complaint;
};

/// Queues the edits, starts the worker, measures between the first and the last tenth.
PushRun run_pushes(PushWorld& world, std::size_t in_flight, std::int64_t pushes);

struct LimitedRun {
    double seconds{0};
    std::int64_t calls{0};
    double allowed{0}; ///< calls that the buckets could have granted in that time
    std::int64_t refused{0};
    std::int64_t most_in_minute{0}; ///< of any key
};
/// With the limiter on and work waiting all the time.
LimitedRun run_limited(PushWorld& world, std::chrono::seconds time);

} // namespace calfleet::bench
