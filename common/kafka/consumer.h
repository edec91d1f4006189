#pragma once
// A member of a consumer group whose positions are kept by the caller, not by Kafka.

#include "common/core/result.h"
#include "common/kafka/connection.h"
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
    std::string brokers{}; ///< "host:port,host:port"
    std::string group{};
    std::string client_id{}; ///< must differ between members (librdkafka #4783)
    std::vector<std::string> topics{};
    std::chrono::milliseconds session_timeout{45000};
    std::chrono::milliseconds max_poll_interval{300000};
    /// Bytes kept per partition ahead of the worker; bounds memory together with the number of
    /// partitions.
    int fetch_message_max_bytes{262144};
    /// Bytes of all partitions together kept ahead. Memory grows with it; but librdkafka < 2.2
    /// stops fetching from a partition for a whole second whenever this is reached.
    int queued_max_kbytes{32768};
    /// How old join_state() may be.
    std::chrono::milliseconds statistics_interval{5000};
    Connection connection{};
    LogSink log{};
};

/// What a log holds.
struct Watermarks {
    std::int64_t low{0};
    std::int64_t high{0}; ///< offset of the next record to be written
};

/// As a start: the first record that the log still has (RD_KAFKA_OFFSET_BEGINNING).
inline constexpr std::int64_t kFromBeginning = -2;

/// Told inside poll() and close(), on the poll thread. Must answer within max_poll_interval;
/// on_revoked <= 5 s. Must not throw, and must not call the consumer back.
class AssignmentListener {
public:
    virtual ~AssignmentListener() = default;
    /// Newly assigned partitions (possibly none). Returns where to start each, in the same order:
    /// the position kept by the caller, or kFromBeginning. After an Error the partitions stay
    /// unread, poll() returns the error, and they are offered again (together with what came
    /// meanwhile) by a poll() at least a second later.
    virtual Result<std::vector<std::int64_t>> on_assigned(std::span<const TopicPartition> partitions
    ) = 0;
    /// Only partitions for which on_assigned succeeded, at least one. lost: another member may
    /// already own them; finish nothing, commit nothing.
    virtual void on_revoked(std::span<const TopicPartition> partitions, bool lost) = 0;
    /// Everything before end that can be delivered was returned by poll(); what lies between the
    /// last record and end (markers of transactions, records of aborted ones) never will be.
    virtual void on_end(const TopicPartition& /*partition*/, std::int64_t /*end*/) {}
    /// The log holds no record at the position. Returns where to go on; nothing: the partition
    /// stands still until seek() or a new assignment, and poll() returns an Error Invalid.
    virtual std::optional<std::int64_t> on_outside(
        const TopicPartition& /*partition*/, std::int64_t /*position*/, Watermarks /*log*/
    ) {
        return std::nullopt;
    }
};

/// cooperative-sticky, auto.commit off, auto.offset.reset=error, read_committed, CRC checked.
/// poll() and everything but the const queries belong to one thread. Every Message must be
/// destroyed before its Consumer.
class Consumer {
public:
    static Result<std::unique_ptr<Consumer>>
    create(ConsumerSettings settings, AssignmentListener& listener);
    ~Consumer();

    /// The next record; nothing when none came within the wait. After an error polling may go on,
    /// but for Bug. Errors: Unavailable (brokers or the group away: mends itself), NotFound (a
    /// topic does not exist: mends itself when it is made), Forbidden (not allowed: mends itself
    /// when allowed), Invalid (a position outside the log; that partition stands still until seek()
    /// or a new assignment, the others go on), Bug (fatal: give the process up), or what
    /// on_assigned returned.
    Result<std::optional<Message>> poll(std::chrono::milliseconds wait);

    /// Back-pressure per partition. Pausing throws prefetched records away: use wide hysteresis.
    /// Partitions that are not held are passed over.
    Result<> pause(std::span<const TopicPartition> partitions);
    Result<> resume(std::span<const TopicPartition> partitions);
    /// Continue at another offset (a batch was abandoned, an operator moved the position). Records
    /// from before the seek are never returned after it. NotFound: the partition is not held.
    Result<> seek(const TopicPartition& partition, std::int64_t offset);

    /// Tells the group how far we are, for lag tools only. Asynchronous; errors are counted, never
    /// returned. Dropped while a rebalance is on as far as that can be known, because librdkafka
    /// < 2.10 may then lose the assignment (#4059).
    void commit_hint(std::span<const std::pair<TopicPartition, std::int64_t>> next_offsets);

    /// Cached by the client from its last fetch; nothing before the first. Never blocks.
    std::optional<Watermarks> watermarks(const TopicPartition& partition) const;
    /// Asks the broker; blocks up to the wait (librdkafka < 2.3 may take longer). Not on the poll
    /// thread while records flow.
    Result<Watermarks>
    query_watermarks(const TopicPartition& partition, std::chrono::milliseconds wait) const;

    /// Joined and holding an assignment (possibly empty) of a stable generation, every partition of
    /// it placed.
    bool joined() const;
    /// Assignments and revocations told so far.
    std::uint64_t rebalances() const;
    /// Commit hints that the group refused.
    std::uint64_t commit_failures() const;
    /// Name of the group's state for /status: "steady", "wait-join", ...; up to statistics_interval
    /// old, empty before the first.
    std::string join_state() const;
    /// Why the brokers cannot be reached, or the right that is missing and for which topic or
    /// group; empty when nothing is known to be wrong.
    std::string trouble() const;

    /// Leaves the group: on_revoked is called for what is held. Takes at most 10 s beside
    /// on_revoked. Idempotent; afterwards poll() is an error of kind Bug.
    void close();

private:
    struct Impl;
    explicit Consumer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace calfleet::kafka
