#include "workers/outbox-relay/status.h"

#include "common/json/writer.h"
#include "common/log/log.h"

namespace calfleet::outbox_relay {

namespace {

log::Level level_of(kafka::LogLevel level) {
    switch (level) {
    // What Kafka's client calls an error it mends by itself: a person need not act.
    case kafka::LogLevel::Error:
    case kafka::LogLevel::Warning:
        return log::Level::Warn;
    case kafka::LogLevel::Info:
        return log::Level::Info;
    case kafka::LogLevel::Debug:
        break;
    }
    return log::Level::Debug;
}

} // namespace

std::string status_json(const RelayStatus& status, std::string_view owner) {
    json::Writer json;
    json.begin_object();
    json.field("worker", kWorker).field("owner", owner).field("ready", status.not_ready.empty());
    json.field("why_not_ready", status.not_ready).field("rows_in_flight", status.in_flight);
    json.key("shards").begin_array();
    for (const int shard : status.shards)
        json.value(shard);
    json.end_array().key("blocked_topics").begin_array();
    for (const std::string& topic : status.blocked_topics)
        json.value(topic);
    json.end_array().field("held_by", status.held_by).end_object();
    return json.take();
}

PublisherOptions
publisher_options(const runtime::WorkerSettings& settings, const std::string& owner) {
    const auto log = [](kafka::LogLevel level, std::string_view facility, std::string_view text) {
        log::write(level_of(level), "kafka.client", {{"facility", facility}, {"text", text}});
    };
    return {
        .brokers = settings.kafka_brokers,
        .client_id = owner,
        .connection = settings.kafka_connection,
        .log = log};
}

} // namespace calfleet::outbox_relay
