#pragma once
// The relay's metrics and log lines.

#include "workers/outbox-relay/relay.h"

#include "common/core/clock.h"
#include "common/metrics/counter_cache.h"
#include "common/metrics/registry.h"

#include <map>
#include <string>

namespace calfleet::outbox_relay {

inline constexpr metrics::Definition kPublished{
    .name = "calfleet_publish_total",
    .kind = metrics::Kind::Counter,
    .help = "Outbox rows by topic and what became of them: delivered, dead_letter, dropped, or "
            "kept for another try.",
    .labels = {"topic", "result"}};
inline constexpr metrics::Definition kPublishDelay{
    .name = "calfleet_publish_delay_seconds",
    .kind = metrics::Kind::Histogram,
    .help = "Time from the writing of an outbox row to the broker's report.",
    .buckets = metrics::kAgeBuckets};
inline constexpr metrics::Definition kOldestRow{
    .name = "calfleet_outbox_oldest_seconds",
    .kind = metrics::Kind::Gauge,
    .help = "Age of the oldest outbox row of the shards held here; 0 when there is none."};
inline constexpr metrics::Definition kHeldBack{
    .name = "calfleet_outbox_held_back_seconds",
    .kind = metrics::Kind::Gauge,
    .help =
        "Age of the oldest outbox row of the shards held here that waits for a transaction that "
        "is still open; 0 when there is none."};
inline constexpr metrics::Definition kStalledShards{
    .name = "calfleet_stalled_shards",
    .kind = metrics::Kind::Gauge,
    .help = "Outbox shards and topics of this process that have rows and published none for a "
            "minute."};
inline constexpr metrics::Definition kRestamped{
    .name = "calfleet_outbox_restamped_total",
    .kind = metrics::Kind::Counter,
    .help = "Outbox rows that a dump had brought from another cluster and that were written anew."};
inline constexpr metrics::Definition kShards{
    .name = "calfleet_outbox_shards",
    .kind = metrics::Kind::Gauge,
    .help = "Outbox shards held by this process; all processes together hold 16."};
inline constexpr metrics::Definition kRelayTrouble{
    .name = "calfleet_relay_trouble_total",
    .kind = metrics::Kind::Counter,
    .help = "Times the relay had to wait for the database or for Kafka.",
    .labels = {"with"}};

/// One thread, the relay's.
class Telemetry final : public RelayObserver {
public:
    Telemetry(metrics::Registry& registry, const Clock& clock);

    void on_shards(std::span<const HeldShard> held) override;
    void on_settled(
        std::span<const Row> rows,
        std::span<const Report> reports,
        const Settlement& settlement,
        Monotonic::duration since_read
    ) override;
    void on_trouble(std::string_view with, const Error& error) override;
    void on_oldest(std::optional<Microseconds> age) override;
    void on_held_back(const Held& held) override;
    void on_restamped(std::int64_t rows) override;
    void on_standstills(std::span<const Standstill> standstills) override;

private:
    const metrics::Counter& published(const std::string& topic, std::string_view result);
    /// True at most once in half a minute per key: a state that lasts is not a line per poll.
    bool worth_a_line(const std::string& key);

    metrics::Registry& registry_;
    const Clock& clock_;
    metrics::Histogram delay_;
    metrics::Gauge oldest_, shards_, held_back_, stalled_;
    metrics::Counter restamped_;
    metrics::CounterCache published_;
    std::map<std::string, Monotonic> last_line_;
};

} // namespace calfleet::outbox_relay
