#pragma once
// Intake's metrics and log lines.

#include "common/core/clock.h"
#include "common/metrics/registry.h"
#include "common/runtime/intake.h"
#include "common/runtime/intake_observer.h"

#include <map>
#include <mutex>
#include <string>

namespace calfleet::runtime {

class IntakeTelemetry final : public IntakeObserver {
public:
    IntakeTelemetry(metrics::Registry& registry, std::string worker, const Clock& clock);

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

    /// Before each scrape.
    void refresh(const Intake& intake);

private:
    const metrics::Counter& outcome(std::string_view topic, Fate fate);
    void log_entry(const Entry& entry, Fate fate, const job::Reason& reason) const;

    metrics::Registry& registry_;
    std::string worker_;
    const Clock& clock_;
    metrics::Histogram batch_seconds_;
    metrics::Histogram batch_records_;
    metrics::Histogram event_age_seconds_;
    metrics::Counter splits_, waits_, fenced_, rebalances_, kafka_errors_, pauses_;
    metrics::Gauge partitions_, ready_, queued_;

    std::mutex mutex_; ///< of the two maps below
    std::map<std::pair<std::string, Fate>, metrics::Counter, std::less<>> outcomes_;
    std::map<std::string, metrics::Gauge> lags_;
    std::map<std::string, Monotonic> last_logged_;
};

} // namespace calfleet::runtime
