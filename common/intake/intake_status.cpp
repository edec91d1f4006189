// What intake says about itself: whether it is ready, what stands still, how far behind it is.

#include "common/intake/intake.h"

#include <algorithm>

namespace calfleet::intake {
namespace {

std::string name_of(const kafka::TopicPartition& partition) {
    return partition.topic + "/" + std::to_string(partition.partition);
}

} // namespace

void Intake::stop_troubled() {
    std::vector<kafka::TopicPartition> stopped;
    for (const auto& [partition, reading] : readings_) {
        if (!reading.problem() || !book_.holds(reading.ticket())) continue;
        book_.stop(reading.ticket(), *reading.problem());
        stopped.push_back(partition);
        observer_.on_standstill({name_of(partition), *reading.problem()}, true);
    }
    if (stopped.empty()) return;
    // Or the rest of its log would be fetched for nothing.
    const Result<> paused = consumer_->pause(stopped);
    if (!paused) observer_.on_kafka_error(paused.error());
}

void Intake::watch_progress() {
    for (const ForeignLog& foreign : log_watch_.take_foreign()) {
        const auto reading = readings_.find(foreign.partition);
        if (reading == readings_.end()) continue;
        const auto position = book_.position(reading->second.ticket());
        if (position && position->epoch == foreign.epoch)
            reading->second.find_foreign(foreign.evidence);
    }
    stop_troubled();

    const Monotonic now = clock_.monotonic();
    const bool report = now - last_report_ >= settings_.patience;
    if (report) last_report_ = now;
    std::lock_guard lock(watch_mutex_);
    for (const PartitionStatus& status : book_.status()) {
        const auto reading = readings_.find(status.partition);
        if (reading == readings_.end()) continue;
        if (!status.problem.empty()) {
            watches_.forget(name_of(status.partition));
            if (report) observer_.on_standstill({name_of(status.partition), status.problem}, true);
            continue;
        }
        const auto log = log_watch_.bounds(status.partition);
        const bool has_work = status.fenced || (log && log->high > status.next_offset) ||
                              reading->second.waits_for_commits(status.next_offset) ||
                              reading->second.is_short() ||
                              !log_watch_.silence(status.partition).empty();
        watches_.look(
            name_of(status.partition),
            has_work,
            status.next_offset,
            why_still(status, reading->second),
            now
        );
    }
    if (!report) return;
    for (const Standstill& standstill : watches_.stalled(now))
        observer_.on_standstill(standstill, false);
}

void Intake::forget_progress(std::span<const kafka::TopicPartition> partitions) {
    std::lock_guard lock(watch_mutex_);
    for (const kafka::TopicPartition& partition : partitions)
        watches_.forget(name_of(partition));
}

std::string
Intake::why_still(const PartitionStatus& status, const PartitionReading& reading) const {
    if (status.fenced) return "another process took its position, or it was moved";
    if (reading.waits_for_commits(status.next_offset)) {
        const LaneTrouble trouble = lanes_[lane_of(status.partition)]->trouble();
        return trouble == LaneTrouble::None ? "records were read, and their batch does not end"
                                            : std::string(text(trouble));
    }
    const std::string silence = log_watch_.silence(status.partition);
    if (!silence.empty()) return "its broker does not answer: " + silence;
    if (reading.is_short())
        return "the log ends at " + std::to_string(*reading.end()) + ", before position " +
               std::to_string(status.next_offset) +
               ": records of it were lost, or its leader does not know its end yet";
    if (paused_.load()) return "fetching is paused, because lanes or memory are full";
    return "its log has records, and the broker sends none";
}

std::string Intake::why_not_joined() const {
    if (joined_.load()) return {};
    const auto away = clock_.monotonic() - left_at_.load();
    // An ordinary rebalance takes a member out for seconds.
    if (was_joined_.load() && away < settings_.patience) return {};
    std::string reason = "not joined to the consumer group (" +
                         (visible_consumer_.load() ? visible_consumer_.load()->join_state()
                                                   : std::string("not started")) +
                         ")";
    std::lock_guard lock(watch_mutex_);
    if (!assign_error_.empty()) reason += ": positions cannot be read: " + assign_error_;
    return reason;
}

IntakeStatus Intake::status() const {
    IntakeStatus status;
    status.partitions = book_.status();
    status.paused = paused_.load();
    for (const auto& lane : lanes_)
        status.queued += lane->queued();
    const kafka::Consumer* consumer = visible_consumer_.load();
    status.join_state = consumer != nullptr ? consumer->join_state() : "not started";
    std::vector<Standstill> still;
    {
        std::lock_guard lock(watch_mutex_);
        still = watches_.stalled(clock_.monotonic());
    }
    std::string problem;
    std::size_t problems = 0;
    for (const PartitionStatus& each : status.partitions) {
        const std::string name = name_of(each.partition);
        const bool stalled = std::any_of(still.begin(), still.end(), [&](const auto& one) {
            return one.what == name;
        });
        if (stalled || !each.problem.empty()) status.stalled.push_back(each.partition);
        if (!each.problem.empty() && ++problems == 1) problem = each.problem;
    }
    if (problems > 1) problem += "; and " + std::to_string(problems - 1) + " more partitions";
    // A connection that was refused is no ordinary rebalance.
    const std::string trouble = consumer != nullptr ? consumer->trouble() : std::string();
    status.not_ready = trouble.empty() ? why_not_joined() : trouble;
    for (const auto& lane : lanes_)
        if (status.not_ready.empty()) status.not_ready = text(lane->trouble());
    if (status.not_ready.empty()) status.not_ready = problem;
    if (status.not_ready.empty()) status.not_ready = describe(still);
    return status;
}

std::chrono::steady_clock::duration Intake::since_tick() const {
    auto longest = clock_.monotonic() - last_tick_.load();
    for (const auto& lane : lanes_)
        longest = std::max(longest, lane->since_tick());
    return longest;
}

std::vector<std::pair<kafka::TopicPartition, std::int64_t>> Intake::lag() const {
    std::vector<std::pair<kafka::TopicPartition, std::int64_t>> result;
    for (const PartitionStatus& status : book_.status()) {
        const auto log = log_watch_.bounds(status.partition);
        if (!log) continue;
        // Of a log that the position does not belong to, nothing was read.
        const std::int64_t from =
            status.problem.empty() ? status.next_offset : std::min(status.next_offset, log->low);
        result.emplace_back(status.partition, std::max<std::int64_t>(0, log->high - from));
    }
    return result;
}

} // namespace calfleet::intake
