#pragma once
// Which partitions this process holds, under which epoch, and how far each is: shared by the poll
// thread and the lanes.

#include "common/core/result.h"
#include "common/intake/log_mark.h"
#include "common/kafka/record.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace calfleet::intake {

/// Identifies one assignment of one partition. A ticket outlives its assignment: holds() then says
/// no, also when the same partition was assigned to this process again in the meantime.
struct Ticket {
    std::uint32_t slot{0};
    std::uint32_t generation{0};
};

/// What the position store said when the partition was fenced.
struct FencedPosition {
    kafka::TopicPartition partition;
    std::int64_t next_offset{0};
    std::int64_t epoch{0};
    std::optional<LogMark> mark{}; ///< of the log that next_offset belongs to, where it is known
};

struct PartitionStatus {
    kafka::TopicPartition partition;
    std::int64_t epoch{0};
    std::int64_t next_offset{0};
    bool fenced{false};
    std::string problem{}; ///< why it stands still until a person decides; empty when it does not
    std::optional<LogMark> mark{};
};

/// Thread-safe.
class PartitionBook {
public:
    /// A new assignment of the partition; earlier tickets of it become void.
    Ticket open(const FencedPosition& position);
    void close(const kafka::TopicPartition& partition);
    void close_all();

    std::optional<Ticket> ticket(const kafka::TopicPartition& partition) const;
    bool holds(Ticket ticket) const;
    /// Nothing when the ticket is void.
    std::optional<FencedPosition> position(Ticket ticket) const;
    /// After a commit; mark: the last record before it, nothing leaves the mark as it is. Ignored
    /// when the ticket is void.
    void advance(
        Ticket ticket, std::int64_t next_offset, const std::optional<LogMark>& mark = std::nullopt
    );
    /// The database holds a higher epoch than we do: nothing more is written under this ticket.
    void mark_fenced(Ticket ticket);
    /// Nothing more is read or written under this ticket until the position was moved.
    void stop(Ticket ticket, std::string problem);

    std::vector<kafka::TopicPartition> held() const;
    /// Held partitions that were fenced at least this long ago: an operator moved the position, or
    /// the group has not told us yet that another member took over.
    std::vector<kafka::TopicPartition> fenced_for(std::chrono::steady_clock::duration age) const;
    std::vector<PartitionStatus> status() const;

private:
    struct Slot {
        kafka::TopicPartition partition;
        std::uint32_t generation{0};
        bool held{false};
        std::int64_t epoch{0};
        std::int64_t next_offset{0};
        std::optional<std::chrono::steady_clock::time_point> fenced_at;
        std::string problem;
        std::optional<LogMark> mark;
    };
    const Slot* find_locked(Ticket ticket) const;

    mutable std::mutex mutex_;
    std::vector<Slot>
        slots_; ///< one per partition ever assigned; never shrinks, bounded by the topics
    std::map<kafka::TopicPartition, std::uint32_t> by_partition_;
};

/// Follows a position that was moved under us. seek goes first: when it fails the partition stays
/// fenced, so that nothing read at the old place is written under the new position.
Result<Ticket>
reopen(PartitionBook& book, const FencedPosition& position, const std::function<Result<>()>& seek);

} // namespace calfleet::intake
