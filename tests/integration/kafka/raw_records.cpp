#include "tests/integration/kafka/raw_records.h"

#include <librdkafka/rdkafka.h>

#include <array>
#include <memory>
#include <stdexcept>

namespace calfleet::kafka {
namespace {

constexpr int kWaitMs = 20'000;

struct Destroy {
    void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};

void set(rd_kafka_conf_t* config, const char* name, const std::string& value) {
    std::array<char, 256> problem{};
    if (rd_kafka_conf_set(config, name, value.c_str(), problem.data(), problem.size()))
        throw std::runtime_error(problem.data());
}

std::unique_ptr<rd_kafka_t, Destroy> client_of(const std::string& brokers, int& refused) {
    rd_kafka_conf_t* config = rd_kafka_conf_new();
    set(config, "bootstrap.servers", brokers);
    set(config, "message.max.bytes", "8000000");
    set(config, "linger.ms", "0");
    set(config, "enable.idempotence", "true");
    rd_kafka_conf_set_opaque(config, &refused);
    rd_kafka_conf_set_dr_msg_cb(config, [](rd_kafka_t*, const rd_kafka_message_t* sent, void* all) {
        if (sent->err) ++*static_cast<int*>(all);
    });
    std::array<char, 256> problem{};
    rd_kafka_t* client = rd_kafka_new(RD_KAFKA_PRODUCER, config, problem.data(), problem.size());
    if (client == nullptr) throw std::runtime_error(problem.data());
    return std::unique_ptr<rd_kafka_t, Destroy>(client);
}

rd_kafka_headers_t* headers_of(const RawRecord& record) {
    rd_kafka_headers_t* headers = rd_kafka_headers_new(record.headers.size());
    for (const auto& [name, value] : record.headers)
        rd_kafka_header_add(
            headers,
            name.data(),
            static_cast<ssize_t>(name.size()),
            value ? value->data() : nullptr,
            value ? static_cast<ssize_t>(value->size()) : 0
        );
    return headers;
}

} // namespace

void publish_raw(const std::string& brokers, const std::vector<RawRecord>& records) {
    int refused = 0;
    const auto client = client_of(brokers, refused);
    for (const RawRecord& record : records) {
        rd_kafka_headers_t* headers = headers_of(record);
        const auto bytes = [](const std::optional<std::string>& text) {
            return text ? const_cast<char*>(text->data()) : nullptr;
        };
        const auto size = [](const std::optional<std::string>& text) {
            return text ? text->size() : std::size_t{0};
        };
        const rd_kafka_resp_err_t failed = rd_kafka_producev(
            client.get(),
            RD_KAFKA_V_TOPIC(record.topic.c_str()),
            RD_KAFKA_V_PARTITION(record.partition),
            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
            RD_KAFKA_V_KEY(bytes(record.key), size(record.key)),
            RD_KAFKA_V_VALUE(bytes(record.value), size(record.value)),
            RD_KAFKA_V_TIMESTAMP(record.timestamp_ms),
            RD_KAFKA_V_HEADERS(headers),
            RD_KAFKA_V_END
        );
        if (failed) {
            rd_kafka_headers_destroy(headers);
            throw std::runtime_error(rd_kafka_err2str(failed));
        }
    }
    if (rd_kafka_flush(client.get(), kWaitMs) || refused != 0)
        throw std::runtime_error("the broker did not take every record");
}

} // namespace calfleet::kafka
