#include "common/intake/partition_book.h"

#include <utility>

namespace calfleet::intake {

Ticket PartitionBook::open(const FencedPosition& position) {
    std::lock_guard lock(mutex_);
    const auto [found, added] =
        by_partition_.try_emplace(position.partition, static_cast<std::uint32_t>(slots_.size()));
    if (added) {
        Slot& fresh = slots_.emplace_back();
        fresh.partition = position.partition;
    }
    Slot& slot = slots_[found->second];
    ++slot.generation;
    slot.held = true;
    slot.epoch = position.epoch;
    slot.next_offset = position.next_offset;
    slot.fenced_at.reset();
    slot.problem.clear();
    slot.mark = position.mark;
    return {found->second, slot.generation};
}

void PartitionBook::close(const kafka::TopicPartition& partition) {
    std::lock_guard lock(mutex_);
    const auto found = by_partition_.find(partition);
    if (found != by_partition_.end()) slots_[found->second].held = false;
}

void PartitionBook::close_all() {
    std::lock_guard lock(mutex_);
    for (Slot& slot : slots_)
        slot.held = false;
}

const PartitionBook::Slot* PartitionBook::find_locked(Ticket ticket) const {
    if (ticket.slot >= slots_.size()) return nullptr;
    const Slot& slot = slots_[ticket.slot];
    return slot.held && slot.generation == ticket.generation ? &slot : nullptr;
}

std::optional<Ticket> PartitionBook::ticket(const kafka::TopicPartition& partition) const {
    std::lock_guard lock(mutex_);
    const auto found = by_partition_.find(partition);
    if (found == by_partition_.end() || !slots_[found->second].held) return std::nullopt;
    return Ticket{found->second, slots_[found->second].generation};
}

bool PartitionBook::holds(Ticket ticket) const {
    std::lock_guard lock(mutex_);
    const Slot* slot = find_locked(ticket);
    return slot != nullptr && !slot->fenced_at && slot->problem.empty();
}

std::optional<FencedPosition> PartitionBook::position(Ticket ticket) const {
    std::lock_guard lock(mutex_);
    const Slot* slot = find_locked(ticket);
    if (slot == nullptr || slot->fenced_at || !slot->problem.empty()) return std::nullopt;
    return FencedPosition{slot->partition, slot->next_offset, slot->epoch, slot->mark};
}

void PartitionBook::advance(
    Ticket ticket, std::int64_t next_offset, const std::optional<LogMark>& mark
) {
    std::lock_guard lock(mutex_);
    if (find_locked(ticket) == nullptr) return;
    slots_[ticket.slot].next_offset = next_offset;
    if (mark) slots_[ticket.slot].mark = mark;
}

void PartitionBook::stop(Ticket ticket, std::string problem) {
    std::lock_guard lock(mutex_);
    if (find_locked(ticket) != nullptr) slots_[ticket.slot].problem = std::move(problem);
}

void PartitionBook::mark_fenced(Ticket ticket) {
    std::lock_guard lock(mutex_);
    if (find_locked(ticket) == nullptr) return;
    Slot& slot = slots_[ticket.slot];
    if (!slot.fenced_at) slot.fenced_at = std::chrono::steady_clock::now();
}

std::vector<kafka::TopicPartition> PartitionBook::held() const {
    std::lock_guard lock(mutex_);
    std::vector<kafka::TopicPartition> partitions;
    for (const Slot& slot : slots_)
        if (slot.held) partitions.push_back(slot.partition);
    return partitions;
}

std::vector<kafka::TopicPartition> PartitionBook::fenced_for(std::chrono::steady_clock::duration age
) const {
    std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    std::vector<kafka::TopicPartition> partitions;
    for (const Slot& slot : slots_)
        if (slot.held && slot.fenced_at && now - *slot.fenced_at >= age)
            partitions.push_back(slot.partition);
    return partitions;
}

std::vector<PartitionStatus> PartitionBook::status() const {
    std::lock_guard lock(mutex_);
    std::vector<PartitionStatus> result;
    for (const Slot& slot : slots_)
        if (slot.held)
            result.push_back(
                {slot.partition,
                 slot.epoch,
                 slot.next_offset,
                 slot.fenced_at.has_value(),
                 slot.problem,
                 slot.mark}
            );
    return result;
}

Result<Ticket>
reopen(PartitionBook& book, const FencedPosition& position, const std::function<Result<>()>& seek) {
    if (const auto ticket = book.ticket(position.partition)) book.mark_fenced(*ticket);
    const Result<> sought = seek();
    if (!sought) return sought.error();
    return book.open(position);
}

} // namespace calfleet::intake
