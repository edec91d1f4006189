#pragma once
// From Kafka topics into PostgreSQL: polls, hands records to lanes, keeps the positions.

#include "common/core/clock.h"
#include "common/core/progress_watch.h"
#include "common/core/stop_signal.h"
#include "common/intake/batch.h"
#include "common/intake/intake_lane.h"
#include "common/intake/intake_observer.h"
#include "common/intake/log_watch.h"
#include "common/intake/memory_watch.h"
#include "common/intake/partition_book.h"
#include "common/intake/partition_reading.h"
#include "common/intake/position_store.h"
#include "common/intake/topic_compaction.h"
#include "common/kafka/consumer.h"
#include "common/postgres/session.h"

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace calfleet::intake {

struct IntakeSettings {
    std::string worker; ///< consumer group, owner of inbox keys and positions
    std::string owner;  ///< host and boot identifier, for people looking at consumer_positions
    kafka::ConsumerSettings kafka;
    postgres::Settings database;
    std::size_t lanes{2};
    LaneSettings lane;
    /// How long something may have work and make no progress, or be out of the group, before
    /// intake is not ready.
    std::chrono::milliseconds patience{kProgressPatience};
};

/// Why intake is not ready, for /ready and /status; empty when it is.
struct IntakeStatus {
    std::string not_ready;
    std::string join_state;
    std::vector<PartitionStatus> partitions;
    /// Those of them that stand still.
    std::vector<kafka::TopicPartition> stalled;
    std::size_t queued{0};
    bool paused{false};
};

/// One per process. run() is the poll thread: it never works on records, so max.poll.interval is
/// never missed. The position of a partition is read and fenced inside the rebalance callback,
/// before its first record is fetched.
class Intake : private kafka::AssignmentListener {
public:
    Intake(
        IntakeSettings settings,
        BatchFactory& handlers,
        IntakeObserver& observer,
        postgres::StatementObserver* statements,
        const Clock& clock
    );
    ~Intake() override;

    /// Until stop is requested (success: positions are committed, the group was left) or nothing
    /// helps but a new process.
    Result<> run(const StopSignal& stop);

    /// Thread-safe, as is everything below.
    IntakeStatus status() const;
    /// Longest time since the poll thread or a lane showed a sign of life.
    std::chrono::steady_clock::duration since_tick() const;
    /// Records between our position and the end of the log, for the partitions whose end is known.
    std::vector<std::pair<kafka::TopicPartition, std::int64_t>> lag() const;

private:
    Result<std::vector<std::int64_t>> on_assigned(std::span<const kafka::TopicPartition> partitions
    ) override;
    void on_revoked(std::span<const kafka::TopicPartition> partitions, bool lost) override;
    void on_end(const kafka::TopicPartition& partition, std::int64_t end) override;
    std::optional<std::int64_t> on_outside(
        const kafka::TopicPartition& partition, std::int64_t position, kafka::Watermarks log
    ) override;

    Result<> poll_once();
    void route(kafka::Message message);
    void flush_overflow();
    void set_paused(bool paused);
    bool lanes_have_room() const;
    /// Looks every few milliseconds; in between, the answer stays.
    bool memory_is_full();
    void housekeeping();
    void note_joined(bool joined);
    void hint_positions();
    void check_epochs();
    void refence();
    /// A reading that replaces an earlier one.
    PartitionReading& begin(const FencedPosition& position, Ticket ticket);
    /// Positions move past what cannot be delivered.
    void pass_over();
    /// Partitions whose reading found a problem since the last call stop.
    void stop_troubled();
    void watch_progress();
    void forget_progress(std::span<const kafka::TopicPartition> partitions);
    std::string why_still(const PartitionStatus& status, const PartitionReading& reading) const;
    std::string why_not_joined() const;
    Result<std::vector<FencedPosition>> fence(std::span<const kafka::TopicPartition> partitions);
    std::size_t lane_of(const kafka::TopicPartition& partition) const;

    IntakeSettings settings_;
    IntakeObserver& observer_;
    const Clock& clock_;
    PartitionBook book_;
    postgres::Session session_; ///< of the poll thread, for fencing
    /// Above everything that may hold a record: librdkafka waits for ever for records that outlive
    /// their consumer.
    std::unique_ptr<kafka::Consumer> consumer_;
    std::atomic<const kafka::Consumer*> visible_consumer_{nullptr}; ///< for the status threads
    std::vector<std::unique_ptr<IntakeLane>> lanes_;

    /// Records that found their lane full; they go first. Bounded by what was fetched before the
    /// pause took effect.
    std::deque<std::pair<std::size_t, Delivery>> overflow_;
    /// The partition of the last record: records come in runs, most need no look-up.
    struct Route {
        kafka::TopicPartition partition;
        PartitionReading* reading{nullptr};
        std::size_t lane{0};
    };
    std::optional<Route> last_route_;
    std::map<kafka::TopicPartition, PartitionReading> readings_; ///< of what is held
    TopicCompaction compaction_;
    LogWatch log_watch_;
    std::optional<Monotonic> full_since_;
    double header_bytes_{0};     ///< of the records polled lately, on average
    MemoryWatch memory_;         ///< for times of records with large headers
    MemoryWatch blocked_memory_; ///< for times when nobody polls
    bool memory_full_{false};
    Monotonic last_memory_look_{};
    Monotonic last_housekeeping_{};
    Monotonic last_epoch_check_{};
    Monotonic pass_again_at_{};
    Monotonic last_report_{};
    std::atomic<bool> paused_{false};
    bool repause_{false}; ///< partitions were assigned while the others were paused
    std::atomic<bool> joined_{false};
    /// Since when the group, which was joined before, is not; the beginning of time while it is.
    std::atomic<Monotonic> left_at_{Monotonic{}};
    std::atomic<bool> was_joined_{false};
    mutable std::mutex watch_mutex_; ///< of the two below
    ProgressWatches watches_;
    std::string assign_error_;
    std::atomic<std::chrono::steady_clock::time_point> last_tick_;
};

} // namespace calfleet::intake
