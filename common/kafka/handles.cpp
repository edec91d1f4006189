#include "common/kafka/handles.h"

#include "common/core/text.h"
#include "common/kafka/translate.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
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

void on_log(const rd_kafka_t* client, int level, const char* facility, const char* text) noexcept {
    void* opaque = rd_kafka_opaque(client);
    if (opaque == nullptr) return;
    ClientOwner& owner = ClientOwner::of(opaque);
    const LogLevel said = to_log_level(level);
    if (std::string_view(facility) == "FAIL") owner.note_failure(text);
    owner.log(said, facility, text);
}

/// Only to say why: OpenSSL has judged already.
int on_certificate(
    rd_kafka_t*,
    const char* broker,
    std::int32_t,
    int* verdict,
    int,
    const char*,
    std::size_t,
    char* words,
    std::size_t room,
    void* opaque
) noexcept {
    if (*verdict == 0) return 1;
    const std::string why = certificate_refusal(*verdict, broker);
    ClientOwner::of(opaque).note_certificate(why);
    words[why.copy(words, room - 1)] = '\0';
    return 0;
}

int connect_within_this_machine(int socket, const sockaddr* address, int size, const char*, void*) noexcept {
    bool within = false;
    if (address->sa_family == AF_INET) {
        const auto& ip = *reinterpret_cast<const sockaddr_in*>(address);
        within = ntohl(ip.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    } else if (address->sa_family == AF_INET6) {
        within = IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr);
    }
    if (!within) return kRefusedHere;
    if (::connect(socket, address, static_cast<socklen_t>(size)) == 0) return 0;
    return errno == EINPROGRESS ? 0 : errno; // the socket does not block
}

} // namespace

void ClientOwner::note_failure(std::string_view text) {
    // "[thrd:sasl_ssl://b:9093/bootstrap]: ..."
    if (text.starts_with("[thrd:"))
        if (const auto end = text.find("]: "); end != std::string_view::npos)
            text.remove_prefix(end + 3);
    std::lock_guard lock(mutex_);
    trouble_ = explained(text, certificate_);
}

void ClientOwner::note_certificate(std::string why) {
    std::lock_guard lock(mutex_);
    certificate_ = std::move(why);
}

void ClientOwner::connections_work() {
    std::lock_guard lock(mutex_);
    trouble_.clear();
    certificate_.clear();
}

std::string ClientOwner::trouble() const {
    std::lock_guard lock(mutex_);
    return trouble_;
}

PartitionList to_list(std::span<const TopicPartition> partitions) {
    PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
    for (const TopicPartition& each : partitions)
        rd_kafka_topic_partition_list_add(list.get(), each.topic.c_str(), each.partition);
    return list;
}

PartitionList to_list(std::span<const std::pair<TopicPartition, std::int64_t>> offsets) {
    PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
    for (const auto& [partition, offset] : offsets)
        rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.partition)
            ->offset = offset;
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
    const std::string& brokers,
    const std::string& client_id,
    const Connection& connection,
    ClientOwner& owner
) {
    rd_kafka_conf_set_opaque(conf_.get(), &owner);
    rd_kafka_conf_set_log_cb(conf_.get(), &on_log);
    rd_kafka_conf_set_ssl_cert_verify_cb(conf_.get(), &on_certificate);
    if (connection.only_loopback)
        rd_kafka_conf_set_connect_cb(conf_.get(), &connect_within_this_machine);
    // Debian 12's librdkafka (2.0.2) still has Nagle on by default: 40 ms added to many small
    // requests.
    set("socket.nagle.disable", "true");
    set("socket.keepalive.enable", "true");
    set("reconnect.backoff.max.ms", "5000");
    set("topic.metadata.refresh.interval.ms", "15000");
    set("log.connection.close", "false");
    set("bootstrap.servers", brokers);
    set("client.id", client_id);
    for (const auto& [name, value] : connection.properties) {
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

void leave_positions_to_the_caller(ClientConfig& config) {
    config.set("enable.auto.commit", "false");
    config.set("enable.auto.offset.store", "false");
    config.set("auto.offset.reset", "error");
    config.set("isolation.level", "read_committed");
    config.set("allow.auto.create.topics", "false");
    config.set("enable.partition.eof", "true"); // tells how far a quiet partition is
    config.set("check.crcs", "true");
    config.set("fetch.wait.max.ms", "100");
}

Result<Client> make_reader(ClientConfig config, const std::string& client_id) {
    config.set("group.id", client_id + "-reads-outside-any-group"); // required and never used
    leave_positions_to_the_caller(config);
    const Result<rd_kafka_t*> made = config.make(RD_KAFKA_CONSUMER);
    if (!made) return made.error();
    rd_kafka_poll_set_consumer(*made);
    return Client(*made);
}

LogLevel to_log_level(int syslog_level) {
    if (syslog_level <= 3) return LogLevel::Error;
    if (syslog_level <= 4) return LogLevel::Warning;
    return syslog_level <= 6 ? LogLevel::Info : LogLevel::Debug;
}

} // namespace calfleet::kafka
