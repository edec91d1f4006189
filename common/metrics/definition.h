#pragma once
// What a metric is called and means; said once, as a constant beside the struct that uses it.

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace calfleet::metrics {

enum class Kind { Counter, Gauge, Histogram };

/// 1 ms to 60 s: queries, requests, jobs.
inline constexpr std::array<double, 14> kDurationBuckets{
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0};
/// 5 ms to a day: how old an event is when its work is done.
inline constexpr std::array<double, 14> kAgeBuckets{
    0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 21600.0, 86400.0};
/// 1 to 10 000: batches.
inline constexpr std::array<double, 11> kSizeBuckets{
    1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 10000};

/// name: "calfleet_" + snake_case with the base unit last, counters end in "_total" (the names of
/// the process metrics are Prometheus's own). help: one sentence. labels: few and bounded, never
/// ids; unused places stay empty. Every metric also carries the label worker.
///
///     inline constexpr metrics::Definition kPublished{
///         .name = "calfleet_publish_total",
///         .kind = metrics::Kind::Counter,
///         .help = "Records published to Kafka by outcome.",
///         .labels = {"topic", "result"}};
struct Definition {
    std::string_view name;
    Kind kind{Kind::Counter};
    std::string_view help;
    std::array<std::string_view, 4> labels{};
    std::span<const double> buckets{}; ///< histograms only

    constexpr std::size_t label_count() const {
        std::size_t count = 0;
        for (const std::string_view label : labels)
            count += label.empty() ? 0 : 1;
        return count;
    }
};

/// What breaks the rules above, as a sentence; empty when nothing does.
std::string_view flaw(const Definition& definition);

} // namespace calfleet::metrics
