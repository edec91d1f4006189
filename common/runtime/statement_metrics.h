#pragma once
// How long each named statement takes.

#include "common/metrics/registry.h"
#include "common/postgres/session.h"

#include <map>
#include <mutex>
#include <string>

namespace calfleet::runtime {

/// Thread-safe: one for all sessions of the process.
class StatementMetrics final : public postgres::StatementObserver {
public:
    StatementMetrics(metrics::Registry& registry, std::string worker)
        : registry_(registry)
        , worker_(std::move(worker)) {}

    void on_statement(std::string_view name, std::chrono::nanoseconds took, bool ok) override {
        histogram(name, ok).observe(std::chrono::duration<double>(took).count());
    }

private:
    metrics::Histogram histogram(std::string_view name, bool ok) {
        std::lock_guard lock(mutex_);
        const auto [found, added] = histograms_.try_emplace({std::string(name), ok});
        if (added)
            found->second = registry_.histogram(
                "calfleet_postgres_query_duration_seconds",
                "Time of a named statement, as the worker sees it.",
                metrics::latency_bounds(),
                {{"worker", worker_},
                 {"statement", std::string(name)},
                 {"result", ok ? "ok" : "error"}}
            );
        return found->second;
    }

    metrics::Registry& registry_;
    std::string worker_;
    std::mutex mutex_;
    std::map<std::pair<std::string, bool>, metrics::Histogram> histograms_;
};

} // namespace calfleet::runtime
