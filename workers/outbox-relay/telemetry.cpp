#include "workers/outbox-relay/telemetry.h"

#include "common/core/text.h"
#include "common/log/log.h"

#include <chrono>

namespace calfleet::outbox_relay {

namespace {

constexpr std::chrono::seconds kQuiet{30};
constexpr std::chrono::seconds kHeldLong{30};

/// Topics come from rows; a flawed name must not become a label of its own.
std::string label_of(const Row& row) {
    return flaw_of(row) ? std::string("(invalid)") : row.topic;
}

} // namespace

Telemetry::Telemetry(metrics::Registry& registry, const Clock& clock)
    : registry_(registry)
    , clock_(clock)
    , delay_(registry.histogram(kPublishDelay))
    , oldest_(registry.gauge(kOldestRow))
    , shards_(registry.gauge(kShards))
    , held_back_(registry.gauge(kHeldBack))
    , stalled_(registry.gauge(kStalledShards))
    , restamped_(registry.counter(kRestamped))
    , published_(registry, kPublished) {}

const metrics::Counter& Telemetry::published(const std::string& topic, std::string_view result) {
    return published_.of(topic, result);
}

bool Telemetry::worth_a_line(const std::string& key) {
    const Monotonic now = clock_.monotonic();
    const auto [found, added] = last_line_.try_emplace(key, now);
    if (!added && now - found->second < kQuiet) return false;
    found->second = now;
    return true;
}

void Telemetry::on_shards(std::span<const HeldShard> held) {
    shards_.set(static_cast<double>(held.size()));
    std::string list;
    for (const HeldShard& each : held)
        list += (list.empty() ? "" : ",") + std::to_string(each.shard);
    log::info("relay.shards_changed", {{"shards", list}});
}

void Telemetry::on_settled(
    std::span<const Row> rows,
    std::span<const Report> reports,
    const Settlement& settlement,
    Monotonic::duration since_read
) {
    for (const std::size_t i : settlement.delivered) {
        published(label_of(rows[i]), "delivered").add();
        delay_.observe(std::chrono::duration<double>(rows[i].age + since_read).count());
    }
    for (const std::size_t i : settlement.dead) {
        published(label_of(rows[i]), "dead_letter").add();
        log::error(
            "outbox.dead_letter",
            {{"outbox_id", rows[i].id},
             {"topic", printable(rows[i].topic)},
             {"error", reports[i].reason}}
        );
    }
    for (const std::size_t i : settlement.dropped) {
        published(label_of(rows[i]), "dropped").add();
        log::error(
            "outbox.letter_copy_dropped",
            {{"outbox_id", rows[i].id},
             {"topic", printable(rows[i].topic)},
             {"error", reports[i].reason}}
        );
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Fate fate = reports[i].fate;
        if (fate != Fate::Later && fate != Fate::TopicBlocked) continue;
        published(label_of(rows[i]), "kept").add();
        if (fate == Fate::TopicBlocked && worth_a_line("topic " + rows[i].topic))
            log::error(
                "outbox.topic_blocked",
                {{"topic", rows[i].topic},
                 {"error", reports[i].reason},
                 {"todo", "calfleet topics apply"}}
            );
        if (fate == Fate::Later && worth_a_line("later " + rows[i].topic))
            log::warn("outbox.kept", {{"topic", rows[i].topic}, {"error", reports[i].reason}});
    }
}

void Telemetry::on_trouble(std::string_view with, const Error& error) {
    registry_.counter(kRelayTrouble, {with}).add();
    if (!worth_a_line(std::string(with))) return;
    log::warn(
        "relay.waiting",
        {{"with", with}, {"error_kind", name(error.kind)}, {"error", error.message}}
    );
}

void Telemetry::on_oldest(std::optional<Microseconds> age) {
    oldest_.set(std::chrono::duration<double>(age.value_or(Microseconds(0))).count());
}

void Telemetry::on_held_back(const Held& held) {
    const auto age = held.age.value_or(Microseconds(0));
    held_back_.set(std::chrono::duration<double>(age).count());
    if (age >= kHeldLong && worth_a_line("held back"))
        log::warn(
            "outbox.held_back", {{"seconds", age / std::chrono::seconds{1}}, {"by", held.holder}}
        );
}

void Telemetry::on_restamped(std::int64_t rows) {
    restamped_.add(static_cast<double>(rows));
    log::warn("outbox.restamped", {{"rows", rows}});
}

void Telemetry::on_standstills(std::span<const Standstill> standstills) {
    stalled_.set(static_cast<double>(standstills.size()));
    if (!standstills.empty() && worth_a_line("stalled"))
        log::error("outbox.stalled", {{"reason", describe(standstills)}});
}

} // namespace calfleet::outbox_relay
