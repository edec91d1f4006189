#pragma once
// Intake's metrics and log lines.

#include "common/core/clock.h"
#include "common/intake/intake.h"
#include "common/intake/intake_observer.h"
#include "common/metrics/counter_cache.h"
#include "common/metrics/registry.h"

#include <map>
#include <mutex>
#include <string>

namespace calfleet::intake {

inline constexpr metrics::Definition kBatchDuration{
    .name = "calfleet_intake_batch_duration_seconds",
    .kind = metrics::Kind::Histogram,
    .help = "Time of a batch's transaction, commit included.",
    .buckets = metrics::kDurationBuckets};
inline constexpr metrics::Definition kBatchRecords{
    .name = "calfleet_intake_batch_records",
    .kind = metrics::Kind::Histogram,
    .help = "Records of a committed batch.",
    .buckets = metrics::kSizeBuckets};
inline constexpr metrics::Definition kEventAge{
    .name = "calfleet_event_age_seconds",
    .kind = metrics::Kind::Histogram,
    .help = "Age of an event, by the record's timestamp, when its effect was committed.",
    .buckets = metrics::kAgeBuckets};
inline constexpr metrics::Definition kSplits{
    .name = "calfleet_intake_splits_total",
    .kind = metrics::Kind::Counter,
    .help = "Batches split to find a record that the database refuses."};
inline constexpr metrics::Definition kWaits{
    .name = "calfleet_intake_waits_total",
    .kind = metrics::Kind::Counter,
    .help = "Tries of a batch that had to wait for a dependency."};
inline constexpr metrics::Definition kFencedWrites{
    .name = "calfleet_fenced_writes_total",
    .kind = metrics::Kind::Counter,
    .help = "Batches refused because the partition has another owner."};
inline constexpr metrics::Definition kRebalances{
    .name = "calfleet_consumer_rebalances_total",
    .kind = metrics::Kind::Counter,
    .help = "Assignments and revocations of partitions."};
inline constexpr metrics::Definition kKafkaErrors{
    .name = "calfleet_kafka_errors_total",
    .kind = metrics::Kind::Counter,
    .help = "Errors that the Kafka client reported."};
inline constexpr metrics::Definition kIntakePauses{
    .name = "calfleet_intake_pauses_total",
    .kind = metrics::Kind::Counter,
    .help = "Times that fetching was paused because the database was slow."};
inline constexpr metrics::Definition kPartitions{
    .name = "calfleet_consumer_partitions",
    .kind = metrics::Kind::Gauge,
    .help = "Partitions assigned to this process."};
inline constexpr metrics::Definition kReady{
    .name = "calfleet_ready",
    .kind = metrics::Kind::Gauge,
    .help = "1 when joined to the consumer group and able to commit."};
inline constexpr metrics::Definition kInflightRecords{
    .name = "calfleet_inflight_records",
    .kind = metrics::Kind::Gauge,
    .help = "Records between Kafka and the database."};
inline constexpr metrics::Definition kConsumerLag{
    .name = "calfleet_consumer_lag_messages",
    .kind = metrics::Kind::Gauge,
    .help = "Records of the assigned partitions that wait in Kafka.",
    .labels = {"topic"}};
inline constexpr metrics::Definition kStalledPartitions{
    .name = "calfleet_stalled_partitions",
    .kind = metrics::Kind::Gauge,
    .help = "Assigned partitions that have records and make no progress, or cannot go on.",
    .labels = {"topic"}};

class IntakeTelemetry final : public IntakeObserver {
public:
    IntakeTelemetry(metrics::Registry& registry, const Clock& clock);

    void on_committed(
        const IntakeBatch& batch,
        const BatchRange& range,
        const BatchReceipt& receipt,
        std::chrono::nanoseconds took
    ) override;
    void on_waiting(const Error& error, std::chrono::milliseconds delay) override;
    void on_split(const Error& error, std::size_t records) override;
    void on_fenced(const kafka::TopicPartition& partition) override;
    void on_assigned(std::span<const FencedPosition> positions) override;
    void on_revoked(std::span<const kafka::TopicPartition> partitions, bool lost) override;
    void on_kafka_error(const Error& error) override;
    void on_paused(bool paused) override;
    void on_standstill(const Standstill& standstill, bool lasting) override;

    /// Before each scrape.
    void refresh(const Intake& intake);

private:
    const metrics::Counter& outcome(std::string_view topic, Fate fate);
    void log_entry(const Entry& entry, Fate fate, const job::Reason& reason) const;

    metrics::Registry& registry_;
    const Clock& clock_;
    metrics::Histogram batch_seconds_;
    metrics::Histogram batch_records_;
    metrics::Histogram event_age_seconds_;
    metrics::Counter splits_, waits_, fenced_, rebalances_, kafka_errors_, pauses_;
    metrics::Gauge partitions_, ready_, queued_;

    std::mutex mutex_; ///< of the two maps below
    metrics::CounterCache outcomes_;
    struct TopicGauges {
        metrics::Gauge lag, stalled;
    };
    std::map<std::string, TopicGauges> topics_;
    std::map<std::string, Monotonic> last_logged_;
};

} // namespace calfleet::intake
