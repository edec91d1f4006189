#pragma once
// A member of a consumer group whose positions are kept by the caller, not by Kafka.

#include "common/core/result.h"
#include "common/kafka/message.h"
#include "common/kafka/record.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace calfleet::kafka {

struct ConsumerSettings {
    std::string brokers; ///< "host:port,host:port"
    std::string group;
    std::string client_id; ///< must differ between members (librdkafka #4783)
    std::vector<std::string> topics;
    std::chrono::milliseconds session_timeout{45000};
    std::chrono::milliseconds max_poll_interval{300000};
    /// Bytes kept per partition ahead of the worker; bounds memory together with the number of partitions.
    int fetch_message_max_bytes{262144};
    int queued_max_kbytes{32768};
    std::chrono::milliseconds statistics_interval{5000};
};

/// Start at the first record that the log still has (librdkafka's RD_KAFKA_OFFSET_BEGINNING).
inline constexpr std::int64_t kFromBeginning = -2;

/// Told inside poll(), on the poll thread. Must answer within max_poll_interval; on_revoked <= 5 s.
class AssignmentListener {
public:
    virtual ~AssignmentListener() = default;
    /// Newly assigned partitions (possibly none). Returns where to start each: the position kept by the caller, or
    /// kFromBeginning.
    /// An Error leaves the partitions unassigned and is returned by poll().
    virtual Result<std::vector<std::int64_t>> on_assigned(std::span<const TopicPartition> partitions) = 0;
    /// lost: another member may already own them; finish nothing, commit nothing.
    virtual void on_revoked(std::span<const TopicPartition> partitions, bool lost) = 0;
};

struct Watermarks {
    std::int64_t low{0};
    std::int64_t high{0}; ///< offset of the next record to be written
};

/// cooperative-sticky, auto.commit off, auto.offset.reset=error, read_committed, CRC checked. poll() and everything but
/// the const queries belong to one thread.
class Consumer {
public:
    static Result<std::unique_ptr<Consumer>> create(ConsumerSettings settings, AssignmentListener& listener);
    ~Consumer();

    /// The next record; nothing when none came within the wait. Errors: Unavailable (brokers away: keep polling),
    /// Invalid (a position outside the log, unknown topic), Bug (fatal: give the process up).
    Result<std::optional<Message>> poll(std::chrono::milliseconds wait);

    /// Back-pressure per partition. Pausing throws prefetched records away: use wide hysteresis.
    Result<> pause(std::span<const TopicPartition> partitions);
    Result<> resume(std::span<const TopicPartition> partitions);
    /// Continue at another offset (a batch was abandoned, an operator moved the position).
    Result<> seek(const TopicPartition& partition, std::int64_t offset);

    /// Tells the group how far we are, for lag tools only. Asynchronous; errors are counted, never thrown. Not while a
    /// rebalance is on.
    void commit_hint(std::span<const std::pair<TopicPartition, std::int64_t>> next_offsets);

    /// Cached by the client from its last fetch; nothing before the first. Never blocks.
    std::optional<Watermarks> watermarks(const TopicPartition& partition) const;
    /// Asks the broker; blocks up to the wait. Not on the poll thread while records flow.
    Result<Watermarks> query_watermarks(const TopicPartition& partition, std::chrono::milliseconds wait) const;

    /// Joined and holding an assignment (possibly empty) of a stable generation.
    bool joined() const;
    std::uint64_t rebalances() const;
    /// Name of the group's state for /status: "steady", "wait-join", ...
    std::string join_state() const;

    /// Leaves the group: on_revoked is called for what is held. Idempotent.
    void close();

private:
    struct Impl;
    explicit Consumer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace calfleet::kafka
