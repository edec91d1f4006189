#include "common/intake/intake_telemetry.h"

#include "common/core/redaction.h"
#include "common/log/log.h"
#include "common/metrics/job_outcomes.h"

#include <array>

namespace calfleet::intake {
namespace {

std::string_view name(Fate fate) {
    switch (fate) {
    case Fate::Applied:
        return "applied";
    case Fate::Superseded:
        return "superseded";
    case Fate::Discarded:
        return "discarded";
    case Fate::Duplicate:
        return "duplicate";
    case Fate::DeadLetter:
        return "dead_letter";
    case Fate::Queued:
        return "queued";
    }
    return "unknown";
}

constexpr std::size_t kFates = 6;

} // namespace

IntakeTelemetry::IntakeTelemetry(metrics::Registry& registry, const Clock& clock)
    : registry_(registry)
    , clock_(clock)
    , batch_seconds_(registry.histogram(kBatchDuration))
    , batch_records_(registry.histogram(kBatchRecords))
    , event_age_seconds_(registry.histogram(kEventAge))
    , splits_(registry.counter(kSplits))
    , waits_(registry.counter(kWaits))
    , fenced_(registry.counter(kFencedWrites))
    , rebalances_(registry.counter(kRebalances))
    , kafka_errors_(registry.counter(kKafkaErrors))
    , pauses_(registry.counter(kIntakePauses))
    , partitions_(registry.gauge(kPartitions))
    , ready_(registry.gauge(kReady))
    , queued_(registry.gauge(kInflightRecords))
    , outcomes_(registry, metrics::kJobOutcomes) {}

const metrics::Counter& IntakeTelemetry::outcome(std::string_view topic, Fate fate) {
    std::lock_guard lock(mutex_);
    return outcomes_.of(topic, name(fate));
}

void IntakeTelemetry::log_entry(const Entry& entry, Fate fate, const job::Reason& reason) const {
    const auto level = fate == Fate::DeadLetter ? log::Level::Warn : log::Level::Info;
    log::write(
        level,
        fate == Fate::DeadLetter ? "event.dead_lettered"
        : fate == Fate::Queued   ? "event.queued"
                                 : "event.discarded",
        {{"topic", entry.record.topic},
         {"partition", entry.record.partition},
         {"offset", entry.record.offset},
         {"event_id", entry.identity.id},
         {"company", entry.identity.company.value},
         {"class", reason.code},
         {"reason", without_values(reason.text)}}
    );
}

void IntakeTelemetry::on_committed(
    const IntakeBatch& batch,
    const BatchRange& range,
    const BatchReceipt& receipt,
    std::chrono::nanoseconds took
) {
    batch_seconds_.observe(std::chrono::duration<double>(took).count());
    batch_records_.observe(static_cast<double>(range.entries.size()));
    const Instant now = clock_.now();
    std::map<std::string_view, std::array<int, kFates>> counts; // few topics a batch
    for (std::size_t i = 0; i < range.entries.size(); ++i) {
        const Entry& entry = batch.entries()[range.entries[i]];
        const Fate fate = receipt.fates[i];
        ++counts[entry.record.topic][static_cast<std::size_t>(fate)];
        if (entry.record.timestamp)
            event_age_seconds_.observe(
                std::chrono::duration<double>(now - *entry.record.timestamp).count()
            );
        if (fate == Fate::DeadLetter || fate == Fate::Queued || fate == Fate::Discarded)
            log_entry(entry, fate, receipt.reasons[i]);
    }
    for (const auto& [topic, by_fate] : counts)
        for (std::size_t fate = 0; fate < kFates; ++fate)
            if (by_fate[fate] > 0) outcome(topic, static_cast<Fate>(fate)).add(by_fate[fate]);
    log::debug(
        "batch.committed",
        {{"records", range.entries.size()},
         {"duration_ms", static_cast<double>(took.count()) / 1e6}}
    );
}

void IntakeTelemetry::on_waiting(const Error& error, std::chrono::milliseconds delay) {
    waits_.add();
    log::warn(
        "batch.waiting",
        {{"error_kind", calfleet::name(error.kind)},
         {"error", error.message},
         {"delay_ms", delay.count()}}
    );
}

void IntakeTelemetry::on_split(const Error& error, std::size_t records) {
    splits_.add();
    log::info(
        "batch.split",
        {{"records", records}, {"error_kind", calfleet::name(error.kind)}, {"error", error.message}}
    );
}

void IntakeTelemetry::on_fenced(const kafka::TopicPartition& partition) {
    fenced_.add();
    log::warn(
        "partition.taken_over", {{"topic", partition.topic}, {"partition", partition.partition}}
    );
}

void IntakeTelemetry::on_assigned(std::span<const FencedPosition> positions) {
    rebalances_.add();
    log::info("partitions.assigned", {{"count", positions.size()}});
    for (const FencedPosition& position : positions)
        log::debug(
            "partition.fenced",
            {{"topic", position.partition.topic},
             {"partition", position.partition.partition},
             {"offset", position.next_offset},
             {"epoch", position.epoch}}
        );
}

void IntakeTelemetry::on_revoked(std::span<const kafka::TopicPartition> partitions, bool lost) {
    rebalances_.add();
    log::info("partitions.revoked", {{"count", partitions.size()}, {"lost", lost}});
}

void IntakeTelemetry::on_kafka_error(const Error& error) {
    kafka_errors_.add();
    // A broker that is away says so many times a second; one line in ten seconds tells the same.
    std::lock_guard lock(mutex_);
    Monotonic& last = last_logged_[error.message];
    const Monotonic now = clock_.monotonic();
    if (last != Monotonic{} && now - last < std::chrono::seconds{10}) return;
    if (last_logged_.size() > 100) last_logged_.clear();
    last_logged_[error.message] = now;
    // A wrong password, certificate or right mends itself only when somebody mends it.
    log::write(
        error.kind == ErrorKind::Forbidden ? log::Level::Error : log::Level::Warn,
        "kafka.error",
        {{"error_kind", calfleet::name(error.kind)}, {"error", error.message}}
    );
}

void IntakeTelemetry::on_paused(bool paused) {
    if (paused) pauses_.add();
    log::info(paused ? "intake.paused" : "intake.resumed", {});
}

void IntakeTelemetry::on_standstill(const Standstill& standstill, bool lasting) {
    log::error(
        lasting ? "partition.needs_a_decision" : "partition.stands_still",
        {{"partition", standstill.what},
         {"reason", standstill.why},
         {"seconds", standstill.lasts.count()}}
    );
}

void IntakeTelemetry::refresh(const Intake& intake) {
    const IntakeStatus status = intake.status();
    partitions_.set(static_cast<double>(status.partitions.size()));
    ready_.set(status.not_ready.empty() ? 1 : 0);
    queued_.set(static_cast<double>(status.queued));
    struct Figures {
        double lag{0}, stalled{0};
    };
    std::map<std::string, Figures> figures;
    for (const PartitionStatus& partition : status.partitions)
        figures[partition.partition.topic]; // a topic whose lag nobody knows yet has one of 0
    for (const auto& [partition, behind] : intake.lag())
        figures[partition.topic].lag += static_cast<double>(behind);
    for (const kafka::TopicPartition& partition : status.stalled)
        ++figures[partition.topic].stalled;
    std::lock_guard lock(mutex_);
    for (const auto& [topic, ignored] : topics_)
        figures[topic]; // none of its partitions is ours any more
    for (const auto& [topic, figure] : figures) {
        const auto [found, added] = topics_.try_emplace(topic);
        if (added)
            found->second = {
                registry_.gauge(kConsumerLag, {topic}),
                registry_.gauge(kStalledPartitions, {topic})};
        found->second.lag.set(figure.lag);
        found->second.stalled.set(figure.stalled);
    }
}

} // namespace calfleet::intake
