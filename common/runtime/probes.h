#pragma once
// /live, /ready, /metrics and /status of a worker.

#include "common/core/result.h"
#include "common/http/server.h"
#include "common/metrics/registry.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace calfleet::runtime {

/// Longer without a sign of life from one of its threads, and the process is to be restarted.
/// Outages of Kafka, PostgreSQL or Cal.com never are a reason: a restart would not end them.
inline constexpr std::chrono::seconds kLiveLimit{60};

struct ProbeSources {
    std::function<std::chrono::steady_clock::duration()> since_tick;
    std::function<std::string()> not_ready;   ///< empty when ready
    std::function<std::string()> status_json; ///< a JSON object
    std::function<void()> refresh_metrics;
};

Result<std::unique_ptr<http::Server>> serve_probes(
    const std::string& address,
    std::uint16_t port,
    metrics::Registry& registry,
    ProbeSources sources
);

} // namespace calfleet::runtime
