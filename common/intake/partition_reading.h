#pragma once
// How one assigned partition is read: whether it is still the log of its position, what of it goes
// to a lane, and how far the position may move.

#include "common/intake/log_mark.h"
#include "common/intake/partition_book.h"
#include "common/kafka/consumer.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace calfleet::intake {

/// Whether the topic is compacted, so that a mark may be missing from its own log.
using AskCompacted = std::function<Result<bool>()>;

/// Pure, for the poll thread. A position that has a mark is read from the mark on: the first record
/// must be the mark, and is not delivered again. From a compacted topic it may be gone; what else
/// is known of the log must fit. What does not fit is never passed over: the
/// partition has a problem then, and stays where it is until a person decides.
class PartitionReading {
public:
    /// worker: for the commands in problem(). Without a question no topic is compacted.
    PartitionReading(
        std::string_view worker,
        const FencedPosition& position,
        Ticket ticket,
        AskCompacted compacted = {}
    );

    /// Where to begin to read.
    std::int64_t start() const;
    const Ticket& ticket() const { return ticket_; }

    /// The next record; true when it goes to a lane.
    bool take(const RecordView& record);
    /// The same without a look at the record's content; only when wants_content() says no.
    bool take(std::int64_t offset);
    bool wants_content() const { return expected_.has_value(); }
    /// Everything deliverable before end has been taken.
    void reach_end(std::int64_t end);
    /// The log has no record where it was read. Where to go on; nothing: it has a problem.
    std::optional<std::int64_t> fall_outside(kafka::Watermarks log);

    /// Where the position may move, now that everything before committed is: past markers of
    /// transactions and records of aborted ones. Nothing when it is there.
    std::optional<std::int64_t> passable(std::int64_t committed) const;
    bool waits_for_commits(std::int64_t committed) const { return delivered_ > committed; }

    /// Why it stands still for good; nothing while all is well.
    const std::optional<std::string>& problem() const { return problem_; }
    /// It was found from outside that another log has taken its place.
    void find_foreign(const std::string& evidence);
    /// The log ends before the position. Can be a new leader that does not know its end yet.
    bool is_short() const { return end_ && *end_ < next_; }
    std::optional<std::int64_t> end() const { return end_; }

private:
    /// Everything before it was taken or cannot be delivered.
    std::int64_t reached() const;
    /// The mark is not where it was: passes when the topic is compacted.
    void miss_mark(std::int64_t offset);
    void give_up(std::string problem);
    std::string name() const;
    std::string log_text(kafka::Watermarks log) const;
    std::string reset_to(std::string_view where) const;

    std::string worker_;
    kafka::TopicPartition partition_;
    Ticket ticket_;
    AskCompacted compacted_;
    std::int64_t next_;      ///< the position at the start: nothing before it is delivered
    std::int64_t delivered_; ///< one past the last record that went to a lane
    std::optional<LogMark> mark_;
    std::optional<LogMark> expected_; ///< until the first record came
    std::optional<std::int64_t> end_;
    std::optional<std::string> problem_;
};

} // namespace calfleet::intake
