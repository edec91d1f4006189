// Where partitions begin, and what moves their positions besides batches.

#include "common/core/crash_point.h"
#include "common/intake/intake.h"

#include <algorithm>

namespace calfleet::intake {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Longer than the group needs to tell a member that it was replaced, so that a zombie does not
/// fence its successor.
constexpr seconds kRefenceAfter{15};
constexpr seconds kRevokePatience{5};
/// A database that refuses is not asked on the poll thread at every turn.
constexpr seconds kPassAgain{10};

} // namespace

Result<std::vector<FencedPosition>> Intake::fence(std::span<const kafka::TopicPartition> partitions
) {
    return session_.transact(
        postgres::Access::companies({}),
        [&](postgres::Transaction& transaction) {
            return fence_positions(transaction, settings_.worker, settings_.owner, partitions);
        }
    );
}

void Intake::check_epochs() {
    const auto held = book_.held();
    if (held.empty()) return;
    const auto positions =
        session_.transact(postgres::Access::companies({}), [&](postgres::Transaction& transaction) {
            return read_positions(transaction, settings_.worker, held);
        });
    if (!positions) return; // the next round asks again
    std::map<kafka::TopicPartition, std::int64_t> epochs;
    for (const FencedPosition& position : *positions)
        epochs[position.partition] = position.epoch;
    for (const PartitionStatus& ours : book_.status()) {
        const auto found = epochs.find(ours.partition);
        const auto ticket = book_.ticket(ours.partition);
        if (!ticket || ours.fenced || found == epochs.end() || found->second == ours.epoch)
            continue;
        book_.mark_fenced(*ticket);
        observer_.on_fenced(ours.partition);
    }
}

PartitionReading& Intake::begin(const FencedPosition& position, Ticket ticket) {
    readings_.erase(position.partition);
    last_route_.reset();
    const auto compacted = [this, topic = position.partition.topic] {
        return compaction_.is_compacted(topic);
    };
    return readings_.try_emplace(position.partition, settings_.worker, position, ticket, compacted)
        .first->second;
}

void Intake::refence() {
    const auto partitions = book_.fenced_for(kRefenceAfter);
    if (partitions.empty()) return;
    const auto positions = fence(partitions);
    if (!positions) return; // the next round tries again
    std::vector<FencedPosition> followed;
    std::vector<kafka::TopicPartition> resumed;
    for (const FencedPosition& position : *positions) {
        const std::int64_t start = PartitionReading(settings_.worker, position, {}).start();
        const Result<Ticket> ticket =
            reopen(book_, position, [&] { return consumer_->seek(position.partition, start); });
        if (!ticket) {
            observer_.on_kafka_error(ticket.error());
            continue; // the next round fences it again
        }
        begin(position, *ticket);
        followed.push_back(position);
        resumed.push_back(position.partition);
    }
    if (followed.empty()) return;
    observer_.on_assigned(followed);
    // One that had a problem was paused.
    repause_ = paused_.load();
    const Result<> done = repause_ ? Result<>{} : consumer_->resume(resumed);
    if (!done) observer_.on_kafka_error(done.error());
}

void Intake::pass_over() {
    if (clock_.monotonic() < pass_again_at_) return;
    std::vector<Passing> passings;
    for (const auto& [partition, reading] : readings_) {
        const auto position = book_.position(reading.ticket());
        if (!position) continue;
        if (const auto end = reading.passable(position->next_offset))
            passings.push_back(
                {partition, position->epoch, position->next_offset, *end, reading.ticket()}
            );
    }
    if (passings.empty()) return;
    const auto passed =
        session_.transact(postgres::Access::companies({}), [&](postgres::Transaction& transaction) {
            return pass_positions(transaction, settings_.worker, passings);
        });
    if (!passed) {
        pass_again_at_ = clock_.monotonic() + kPassAgain;
        return;
    }
    for (const Passing& passing : passings)
        if (std::find(passed->begin(), passed->end(), passing.partition) != passed->end())
            book_.advance(passing.ticket, passing.to);
}

void Intake::on_end(const kafka::TopicPartition& partition, std::int64_t end) {
    const auto reading = readings_.find(partition);
    if (reading != readings_.end()) reading->second.reach_end(end);
}

std::optional<std::int64_t> Intake::on_outside(
    const kafka::TopicPartition& partition, std::int64_t /*position*/, kafka::Watermarks log
) {
    const auto reading = readings_.find(partition);
    if (reading == readings_.end()) return std::nullopt;
    repause_ = paused_.load();
    return reading->second.fall_outside(log);
}

Result<std::vector<std::int64_t>>
Intake::on_assigned(std::span<const kafka::TopicPartition> partitions) {
    if (partitions.empty()) return std::vector<std::int64_t>{};
    const auto positions = fence(partitions);
    // Whatever the database says, waiting helps: the consumer offers the partitions again.
    {
        std::lock_guard lock(watch_mutex_);
        assign_error_ = positions ? "" : positions.error().message;
    }
    if (!positions) return unavailable("cannot fence positions: " + positions.error().message);
    std::vector<std::int64_t> offsets;
    for (const kafka::TopicPartition& partition : partitions) {
        const auto found =
            std::find_if(positions->begin(), positions->end(), [&](const auto& position) {
                return position.partition == partition;
            });
        if (found == positions->end())
            return bug("the position of " + partition.topic + " was not returned");
        offsets.push_back(begin(*found, book_.open(*found)).start());
    }
    repause_ = paused_.load();
    observer_.on_assigned(*positions);
    return offsets;
}

void Intake::on_revoked(std::span<const kafka::TopicPartition> partitions, bool lost) {
    for (const kafka::TopicPartition& partition : partitions) {
        book_.close(partition);
        readings_.erase(partition);
    }
    forget_progress(partitions);
    last_route_.reset();
    crash_point("K7");
    const Monotonic deadline = clock_.monotonic() + kRevokePatience;
    for (const auto& lane : lanes_) {
        const auto left = std::chrono::duration_cast<milliseconds>(deadline - clock_.monotonic());
        // What is not finished by then can no longer be committed: the next owner raises the epoch.
        lane->wait_quiescent(std::max(left, milliseconds{0}));
    }
    observer_.on_revoked(partitions, lost);
}

} // namespace calfleet::intake
