#include "common/metrics/process.h"
#include "common/metrics/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace calfleet::metrics {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr Definition kOutcomes{
    .name = "calfleet_job_outcomes_total",
    .kind = Kind::Counter,
    .help = "Finished attempts by what came out.",
    .labels = {"topic", "outcome"}};
constexpr Definition kLag{
    .name = "calfleet_consumer_lag_messages",
    .kind = Kind::Gauge,
    .help = "Records not yet taken in.",
    .labels = {"topic", "partition"}};
constexpr std::array<double, 2> kTwoBuckets{0.1, 1.0};
constexpr Definition kDuration{
    .name = "calfleet_job_duration_seconds",
    .kind = Kind::Histogram,
    .help = "How long one attempt took.",
    .buckets = kTwoBuckets};

TEST(MetricsRegistry, ExposesCountersGaugesAndHistogramsAsPrometheusReadsThem) {
    Registry registry("host-mapper");
    registry.counter(kOutcomes, {"booking-created", "completed"}).add();
    registry.counter(kOutcomes, {"booking-created", "completed"}).add(2);
    registry.gauge(kLag, {"booking-created", "3"}).set(17);
    registry.histogram(kDuration).observe(0.5);
    EXPECT_EQ(
        registry.exposition(),
        "# HELP calfleet_consumer_lag_messages Records not yet taken in.\n"
        "# TYPE calfleet_consumer_lag_messages gauge\n"
        "calfleet_consumer_lag_messages{worker=\"host-mapper\",partition=\"3\",topic=\"booking-"
        "created\"} 17\n"
        "# HELP calfleet_job_duration_seconds How long one attempt took.\n"
        "# TYPE calfleet_job_duration_seconds histogram\n"
        "calfleet_job_duration_seconds_count{worker=\"host-mapper\"} 1\n"
        "calfleet_job_duration_seconds_sum{worker=\"host-mapper\"} 0.5\n"
        "calfleet_job_duration_seconds_bucket{worker=\"host-mapper\",le=\"0.1\"} 0\n"
        "calfleet_job_duration_seconds_bucket{worker=\"host-mapper\",le=\"1\"} 1\n"
        "calfleet_job_duration_seconds_bucket{worker=\"host-mapper\",le=\"+Inf\"} 1\n"
        "# HELP calfleet_job_outcomes_total Finished attempts by what came out.\n"
        "# TYPE calfleet_job_outcomes_total counter\n"
        "calfleet_job_outcomes_total{worker=\"host-mapper\",outcome=\"completed\",topic=\"booking-"
        "created\"} 3\n"
    );
}

TEST(MetricsRegistry, EscapesLabelValues) {
    Registry registry("w");
    registry.counter(kOutcomes, {"a\"b\nc\\d", "x"}).add();
    EXPECT_THAT(registry.exposition(), HasSubstr(R"(topic="a\"b\nc\\d")"));
}

TEST(MetricsRegistry, RefusesAWrongNumberOfLabelValues) {
    Registry registry("w");
    EXPECT_THROW(registry.counter(kOutcomes, {"only one"}), std::logic_error);
}

TEST(MetricsRegistry, RefusesTwoDefinitionsOfOneName) {
    Registry registry("w");
    registry.counter(kOutcomes, {"a", "b"});
    Definition other = kOutcomes;
    other.help = "Something different altogether.";
    EXPECT_THROW(registry.counter(other, {"a", "b"}), std::logic_error);
    EXPECT_THROW(registry.gauge(kOutcomes, {"a", "b"}), std::logic_error);
}

TEST(MetricsRegistry, ForgetsWhatNoLongerExists) {
    Registry registry("w");
    const Gauge lag = registry.gauge(kLag, {"t", "0"});
    registry.gauge(kLag, {"t", "1"}).set(1);
    registry.remove(kLag, lag);
    EXPECT_THAT(registry.exposition(), Not(HasSubstr("partition=\"0\"")));
    EXPECT_THAT(registry.exposition(), HasSubstr("partition=\"1\""));
}

TEST(MetricsRegistry, LooksValuesUpWhenItIsAsked) {
    Registry registry("w");
    int looks = 0;
    const Gauge lag = registry.gauge(kLag, {"t", "0"});
    registry.before_exposition([&] { lag.set(++looks); });
    EXPECT_THAT(registry.exposition(), HasSubstr("} 1\n"));
    EXPECT_THAT(registry.exposition(), HasSubstr("} 2\n"));
}

TEST(MetricsRegistry, ListsTheDefinitionsInUse) {
    Registry registry("w");
    registry.gauge(kLag, {"t", "0"});
    registry.counter(kOutcomes, {"a", "b"});
    const auto all = registry.definitions();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].name, kLag.name);
    EXPECT_EQ(all[1].name, kOutcomes.name);
}

TEST(MetricsHandles, DoNothingWithoutARegistry) {
    Counter().add();
    Gauge().set(1);
    Histogram().observe(1);
    EXPECT_EQ(Counter().value(), 0);
}

TEST(MetricsDefinition, MustFollowTheNamingRules) {
    const auto flawed = [](auto change) {
        Definition definition = kOutcomes;
        change(definition);
        return std::string(flaw(definition));
    };
    EXPECT_EQ(flawed([](auto&) {}), "");
    EXPECT_THAT(flawed([](auto& d) { d.name = "calfleet_Jobs_total"; }), HasSubstr("snake_case"));
    EXPECT_THAT(flawed([](auto& d) { d.name = "jobs_total"; }), HasSubstr("calfleet_"));
    EXPECT_THAT(flawed([](auto& d) { d.name = "calfleet_jobs"; }), HasSubstr("_total"));
    EXPECT_THAT(flawed([](auto& d) { d.help = "Jobs"; }), HasSubstr("sentence"));
    EXPECT_THAT(flawed([](auto& d) { d.kind = Kind::Gauge; }), HasSubstr("_total"));
    EXPECT_THAT(flawed([](auto& d) { d.buckets = kTwoBuckets; }), HasSubstr("buckets"));
    EXPECT_THAT(flawed([](auto& d) { d.labels = {"", "x"}; }), HasSubstr("gaps"));
    EXPECT_THAT(flawed([](auto& d) { d.labels = {"worker"}; }), HasSubstr("worker"));
}

TEST(ProcessMetrics, TellWhatTheProcessUses) {
    Registry registry("w");
    add_process_metrics(registry, "1.2.3");
    const std::string text = registry.exposition();
    EXPECT_THAT(text, HasSubstr("calfleet_build_info{worker=\"w\",compiler=\"GCC "));
    EXPECT_THAT(text, HasSubstr("version=\"1.2.3\"} 1\n"));
    const auto usage = read_process_usage();
    ASSERT_TRUE(usage);
    EXPECT_GT(usage->resident_bytes, 1e6);
    EXPECT_GT(usage->virtual_bytes, usage->resident_bytes);
    EXPECT_GE(usage->open_descriptors, 3);
    EXPECT_GT(usage->max_descriptors, usage->open_descriptors);
    EXPECT_GE(usage->threads, 1);
    EXPECT_THAT(text, HasSubstr("process_cpu_seconds_total{worker=\"w\"} "));
}

} // namespace
} // namespace calfleet::metrics
