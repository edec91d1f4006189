#include "common/intake/log_watch.h"

#include <algorithm>
#include <set>
#include <span>
#include <utility>

namespace calfleet::intake {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kBetweenQuestions{2000};
constexpr milliseconds kAnswerWait{3000};
constexpr seconds kBetweenComparisons{15};
/// A record comes with the whole batch it was produced in: of so many partitions at the same time,
/// or the marks of large records take the memory of a worker.
constexpr std::size_t kComparedAtOnce = 4;
/// A single unanswered question is no news: leaders move.
constexpr seconds kSilence{10};

std::vector<kafka::TopicPartition> partitions_of(const std::vector<PartitionStatus>& held) {
    std::vector<kafka::TopicPartition> partitions;
    for (const PartitionStatus& status : held)
        partitions.push_back(status.partition);
    return partitions;
}

} // namespace

LogWatch::LogWatch(
    const kafka::ConsumerSettings& settings,
    const PartitionBook& book,
    TopicCompaction& compaction,
    const Clock& clock
)
    : settings_(settings)
    , book_(book)
    , compaction_(compaction)
    , clock_(clock) {}

LogWatch::~LogWatch() {
    stop();
}

void LogWatch::start() {
    thread_ = std::thread([this] { loop(); });
}

void LogWatch::stop() {
    stop_.request();
    if (thread_.joinable()) thread_.join();
}

void LogWatch::loop() {
    auto reader = kafka::LogReader::create(
        settings_.brokers, settings_.client_id + "-watch", settings_.connection
    );
    if (!reader) return; // the group's own client was refused with the same words
    reader_ = std::move(*reader);
    Monotonic compared_at = clock_.monotonic();
    while (!stop_.wait_for(kBetweenQuestions)) {
        const std::vector<PartitionStatus> held = book_.status();
        if (held.empty()) continue;
        ask_bounds(held);
        note_marks(held);
        const Monotonic now = clock_.monotonic();
        if (!suspicion_ && now - compared_at < kBetweenComparisons) continue;
        compared_at = now;
        compare_marks(held);
    }
    reader_.reset();
}

void LogWatch::ask_bounds(const std::vector<PartitionStatus>& held) {
    const auto partitions = partitions_of(held);
    const auto answers = reader_->bounds(partitions, kAnswerWait);
    const Monotonic now = clock_.monotonic();
    std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < partitions.size(); ++i) {
        const auto [found, added] = known_.try_emplace(partitions[i]);
        Known& known = found->second;
        if (added || answers[i]) known.answered_at = now;
        known.error = answers[i] ? "" : answers[i].error().message;
        if (answers[i]) known.bounds = *answers[i];
    }
}

void LogWatch::note_marks(const std::vector<PartitionStatus>& held) {
    std::map<kafka::TopicPartition, Seen> noted;
    for (const PartitionStatus& status : held) {
        if (status.fenced || !status.problem.empty() || !status.mark) continue;
        const auto before = seen_.find(status.partition);
        const bool known = before != seen_.end() && before->second.epoch == status.epoch;
        noted[status.partition] = known ? before->second : Seen{status.epoch, *status.mark};
    }
    seen_ = std::move(noted);
}

void LogWatch::compare_marks(const std::vector<PartitionStatus>& held) {
    suspicion_ = false;
    std::vector<std::pair<kafka::TopicPartition, std::int64_t>> questions;
    std::set<kafka::TopicPartition> sound;
    for (const auto& [partition, seen] : seen_) {
        const auto log = bounds(partition);
        if (log && seen.mark.offset < log->low)
            sound.insert(partition); // retention removed it
        else
            questions.emplace_back(partition, seen.mark.offset);
    }
    // What is not answered is asked again in the next round.
    for (std::size_t from = 0; from < questions.size() && !stop_.requested();
         from += kComparedAtOnce)
        (void)reader_->first_records(
            std::span(questions).subspan(from, std::min(kComparedAtOnce, questions.size() - from)),
            kAnswerWait,
            [&](const kafka::TopicPartition& partition, const kafka::Message* found) {
                if (is_as_seen(partition, found)) sound.insert(partition);
            }
        );
    for (const PartitionStatus& status : held)
        if (sound.contains(status.partition)) seen_.at(status.partition).mark = *status.mark;
}

bool LogWatch::is_as_seen(const kafka::TopicPartition& partition, const kafka::Message* found) {
    Seen& seen = seen_.at(partition);
    std::vector<HeaderView> headers;
    if (found != nullptr && mark_of(found->view(headers)) == seen.mark) {
        seen.suspicious = false;
        return true;
    }
    // A leader that has just been elected may not know the end of its log yet: look twice.
    suspicion_ = true;
    if (!std::exchange(seen.suspicious, true)) return false;
    const bool other = found != nullptr && found->offset() == seen.mark.offset;
    const auto log = bounds(partition);
    if (!other && log && log->high > seen.mark.offset) {
        const auto compacted = compaction_.is_compacted(partition.topic);
        if (compacted && *compacted) {
            seen.suspicious = false;
            return true;
        }
    }
    std::string evidence = other ? "another record than the one that was read is"
                                 : "the record that was read is no longer";
    evidence += " at offset " + std::to_string(seen.mark.offset);
    std::lock_guard lock(mutex_);
    foreign_.push_back({partition, seen.epoch, std::move(evidence)});
    return false;
}

std::optional<kafka::Watermarks> LogWatch::bounds(const kafka::TopicPartition& partition) const {
    std::lock_guard lock(mutex_);
    const auto found = known_.find(partition);
    return found == known_.end() ? std::nullopt : found->second.bounds;
}

std::string LogWatch::silence(const kafka::TopicPartition& partition) const {
    std::lock_guard lock(mutex_);
    const auto found = known_.find(partition);
    if (found == known_.end() || clock_.monotonic() - found->second.answered_at < kSilence)
        return {};
    return found->second.error.empty() ? "the brokers do not answer" : found->second.error;
}

std::vector<ForeignLog> LogWatch::take_foreign() {
    std::lock_guard lock(mutex_);
    return std::exchange(foreign_, {});
}

} // namespace calfleet::intake
