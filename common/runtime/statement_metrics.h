#pragma once
// How long each named statement takes.

#include "common/metrics/registry.h"
#include "common/postgres/session.h"

#include <map>
#include <mutex>
#include <string>

namespace calfleet::runtime {

inline constexpr metrics::Definition kQueryDuration{
    .name = "calfleet_postgres_query_duration_seconds",
    .kind = metrics::Kind::Histogram,
    .help = "Time of a named statement, as the worker sees it.",
    .labels = {"statement", "result"},
    .buckets = metrics::kDurationBuckets};

/// Thread-safe: one for all sessions of the process.
class StatementMetrics final : public postgres::StatementObserver {
public:
    explicit StatementMetrics(metrics::Registry& registry)
        : registry_(registry) {}

    void on_statement(std::string_view name, std::chrono::nanoseconds took, bool ok) override {
        histogram(name, ok).observe(std::chrono::duration<double>(took).count());
    }

private:
    metrics::Histogram histogram(std::string_view name, bool ok) {
        std::lock_guard lock(mutex_);
        const auto [found, added] = histograms_.try_emplace({std::string(name), ok});
        if (added) found->second = registry_.histogram(kQueryDuration, {name, ok ? "ok" : "error"});
        return found->second;
    }

    metrics::Registry& registry_;
    std::mutex mutex_;
    std::map<std::pair<std::string, bool>, metrics::Histogram> histograms_;
};

} // namespace calfleet::runtime
