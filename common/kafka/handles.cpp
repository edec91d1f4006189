#include "common/kafka/handles.h"

#include "common/core/text.h"

#include <array>
#include <string_view>

namespace calfleet::kafka {

namespace {

constexpr std::array<std::string_view, 8> kConnectionPrefixes{
    "security.",
    "sasl.",
    "ssl.",
    "enable.ssl.",
    "enable.sasl.",
    "socket.",
    "broker.address.",
    "client.rack",
};

bool concerns_connection(std::string_view name) {
    return std::any_of(
        kConnectionPrefixes.begin(),
        kConnectionPrefixes.end(),
        [&](std::string_view prefix) { return name.starts_with(prefix); }
    );
}

} // namespace

PartitionList to_list(std::span<const TopicPartition> partitions) {
    PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
    for (const TopicPartition& each : partitions)
        rd_kafka_topic_partition_list_add(list.get(), each.topic.c_str(), each.partition);
    return list;
}

std::vector<TopicPartition> to_partitions(const rd_kafka_topic_partition_list_t* list) {
    std::vector<TopicPartition> partitions;
    if (!list) return partitions;
    partitions.reserve(static_cast<std::size_t>(list->cnt));
    for (int i = 0; i < list->cnt; ++i)
        partitions.push_back({list->elems[i].topic, list->elems[i].partition});
    return partitions;
}

ClientConfig::ClientConfig(
    const std::string& brokers, const std::string& client_id, const ConnectionProperties& properties
) {
    // Debian 12's librdkafka (2.0.2) still has Nagle on by default: 40 ms added to many small
    // requests.
    set("socket.nagle.disable", "true");
    set("socket.keepalive.enable", "true");
    set("reconnect.backoff.max.ms", "5000");
    set("topic.metadata.refresh.interval.ms", "15000");
    set("log.connection.close", "false");
    set("bootstrap.servers", brokers);
    set("client.id", client_id);
    for (const auto& [name, value] : properties) {
        if (concerns_connection(name))
            set(name.c_str(), value.reveal_for_use());
        else
            complaints_ += "; \"" + printable(name) + "\" is no property of the connection";
    }
}

void ClientConfig::set(const char* name, const std::string& value) {
    char problem[512];
    if (rd_kafka_conf_set(conf_.get(), name, value.c_str(), problem, sizeof(problem)) ==
        RD_KAFKA_CONF_OK)
        return;
    // librdkafka quotes the value, and the value of sasl.password must not reach a log.
    const bool quotable =
        !concerns_connection(name) || std::string_view(name).starts_with("socket.");
    complaints_ += "; " + (quotable ? std::string(problem)
                                    : std::string(name) + ": value refused or name unknown");
}

void ClientConfig::set_if_known(const char* name, const std::string& value) {
    char problem[512];
    rd_kafka_conf_set(conf_.get(), name, value.c_str(), problem, sizeof(problem));
}

Result<rd_kafka_t*> ClientConfig::make(rd_kafka_type_t type) {
    if (!complaints_.empty())
        return invalid("the Kafka client cannot be configured: " + complaints_.substr(2));
    char problem[512];
    rd_kafka_t* client = rd_kafka_new(type, conf_.get(), problem, sizeof(problem));
    if (!client) return invalid(std::string("the Kafka client cannot be configured: ") + problem);
    [[maybe_unused]] rd_kafka_conf_t* taken_over = conf_.release();
    return client;
}

LogLevel to_log_level(int syslog_level) {
    if (syslog_level <= 3) return LogLevel::Error;
    if (syslog_level <= 4) return LogLevel::Warning;
    return syslog_level <= 6 ? LogLevel::Info : LogLevel::Debug;
}

} // namespace calfleet::kafka
