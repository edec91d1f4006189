#include "common/intake/partition_reading.h"

#include <algorithm>
#include <utility>

namespace calfleet::intake {
namespace {

std::string range(std::int64_t first, std::int64_t last) {
    return std::to_string(first) + " to " + std::to_string(last);
}

std::string position_text(std::int64_t position) {
    return "position " + std::to_string(position);
}

} // namespace

PartitionReading::PartitionReading(
    std::string_view worker, const FencedPosition& position, Ticket ticket, AskCompacted compacted
)
    : worker_(worker)
    , partition_(position.partition)
    , ticket_(ticket)
    , compacted_(std::move(compacted))
    , next_(position.next_offset)
    , delivered_(position.next_offset)
    , mark_(position.mark)
    , expected_(position.mark) {}

std::int64_t PartitionReading::start() const {
    if (expected_) return expected_->offset;
    return next_ == 0 ? kafka::kFromBeginning : next_;
}

bool PartitionReading::take(std::int64_t offset) {
    if (problem_) return false;
    if (offset < next_) {
        // Between the mark and the position lies nothing that can be delivered, unless the log was
        // cut off after the mark and written anew.
        if (mark_ && offset > mark_->offset)
            find_foreign("where nothing was, it has a record at offset " + std::to_string(offset));
        return false;
    }
    delivered_ = offset + 1;
    return true;
}

bool PartitionReading::take(const RecordView& record) {
    if (!expected_) return take(record.offset);
    const LogMark expected = *std::exchange(expected_, std::nullopt);
    if (mark_of(record) == expected) return false;
    if (record.offset != expected.offset) {
        miss_mark(expected.offset);
        return take(record.offset);
    }
    find_foreign(
        "another record than the one that was read is at offset " + std::to_string(record.offset)
    );
    return false;
}

void PartitionReading::miss_mark(std::int64_t offset) {
    std::string evidence = "no record is any more at offset " + std::to_string(offset);
    if (compacted_) {
        const Result<bool> compacted = compacted_();
        if (compacted && *compacted) return;
        if (!compacted)
            evidence +=
                " (whether compaction removed it is not known: " + compacted.error().message + ")";
    }
    find_foreign(evidence);
}

void PartitionReading::reach_end(std::int64_t end) {
    if (problem_) return;
    end_ = end;
    if (expected_ && end > expected_->offset) miss_mark(std::exchange(expected_, {})->offset);
}

std::int64_t PartitionReading::reached() const {
    return std::max(delivered_, end_.value_or(0));
}

std::optional<std::int64_t> PartitionReading::fall_outside(kafka::Watermarks log) {
    if (problem_) return std::nullopt;
    const std::int64_t at = reached();
    if (at == 0) return log.low; // nothing was read yet: from the beginning
    if (at > log.high) {
        give_up(
            position_text(at) + " is beyond the end of " + log_text(log) +
            ". Records of it were lost, or the topic was deleted and created again. Find out "
            "which; "
            "then read all of it, what was handled is recognised: " +
            reset_to("earliest") + "; or only what comes from now on: " + reset_to("latest")
        );
        return std::nullopt;
    }
    if (at < log.low) {
        give_up(
            position_text(at) + " is before the start of " + log_text(log) + ". What stood at " +
            range(at, log.low - 1) +
            " was removed before it was read: events are lost, unless these were markers of "
            "transactions. Find out which; then go on with what is left: " +
            reset_to("earliest")
        );
        return std::nullopt;
    }
    expected_.reset(); // the mark was removed, the position was not
    return at;
}

std::optional<std::int64_t> PartitionReading::passable(std::int64_t committed) const {
    if (problem_ || expected_ || waits_for_commits(committed)) return std::nullopt;
    if (!end_ || *end_ <= committed) return std::nullopt;
    return end_;
}

void PartitionReading::give_up(std::string problem) {
    if (!problem_) problem_ = std::move(problem);
}

std::string PartitionReading::name() const {
    return partition_.topic + "/" + std::to_string(partition_.partition);
}

std::string PartitionReading::log_text(kafka::Watermarks log) const {
    return name() + ", which holds " + range(log.low, log.high);
}

std::string PartitionReading::reset_to(std::string_view where) const {
    return "calfleet positions reset --worker " + worker_ + " --topic " + partition_.topic +
           " --partition " + std::to_string(partition_.partition) + " --to " + std::string(where);
}

void PartitionReading::find_foreign(const std::string& evidence) {
    give_up(
        position_text(delivered_) + " does not belong to this log of " + name() + ": " + evidence +
        ". The topic was deleted and created again, or restored. Read all of "
        "it, what was handled is recognised: " +
        reset_to("earliest")
    );
}

} // namespace calfleet::intake
