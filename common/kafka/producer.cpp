#include "common/kafka/producer.h"

#include "common/kafka/handles.h"
#include "common/kafka/translate.h"

#include <atomic>
#include <utility>

namespace calfleet::kafka {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds kLastFlush{5000};

struct InFlight {
    std::string topic;
    Producer::Report report;
};

Error undelivered(const rd_kafka_message_t& message, const std::string& topic) {
    Error error = translate(
        message.err,
        "publish to \"" + topic + "\"",
        {},
        message.err == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED
            ? "IDEMPOTENT_WRITE on the cluster, or WRITE on any topic"
            : right_on_topic("WRITE", topic)
    );
    const bool perhaps_written =
        rd_kafka_message_status(&message) != RD_KAFKA_MSG_STATUS_NOT_PERSISTED;
    if (error.kind == ErrorKind::Timeout || error.kind == ErrorKind::Unavailable)
        error.kind = perhaps_written ? ErrorKind::InDoubt : ErrorKind::Unavailable;
    return error;
}

using Headers = std::unique_ptr<rd_kafka_headers_t, Call<rd_kafka_headers_destroy>>;

Headers to_headers(const std::vector<Header>& headers) {
    if (headers.empty()) return nullptr;
    Headers list(rd_kafka_headers_new(headers.size()));
    for (const Header& each : headers) {
        const void* value = each.value ? each.value->data() : nullptr;
        const auto size = static_cast<ssize_t>(each.value ? each.value->size() : 0);
        rd_kafka_header_add(
            list.get(), each.name.data(), static_cast<ssize_t>(each.name.size()), value, size
        );
    }
    return list;
}

std::int64_t to_milliseconds(const std::optional<Instant>& timestamp) {
    if (!timestamp) return 0; // librdkafka: now
    return std::chrono::floor<milliseconds>(timestamp->time_since_epoch()).count();
}

} // namespace

struct Producer::Impl : ClientOwner {
    using ClientOwner::ClientOwner;
    ~Impl() {
        if (!client) return;
        rd_kafka_flush(client, to_timeout(kLastFlush));
        rd_kafka_purge(client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        rd_kafka_flush(client, to_timeout(kLastFlush)); // the purged records' reports
        rd_kafka_destroy(client);
    }

    static void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* owner) noexcept {
        const std::unique_ptr<InFlight> sent(static_cast<InFlight*>(message->_private));
        auto& impl = static_cast<Impl&>(ClientOwner::of(owner));
        --impl.in_flight;
        if (message->err) return sent->report(undelivered(*message, sent->topic));
        impl.connections_work();
        sent->report(Delivered{message->partition, message->offset});
    }
    static void on_error(rd_kafka_t*, int code, const char* reason, void* owner) noexcept {
        ClientOwner::of(owner).log(LogLevel::Warning, "ERROR", reason);
        // That all are down says less than why the last one is.
        if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
            ClientOwner::of(owner).note_failure(reason);
    }

    rd_kafka_t* client{nullptr};
    std::atomic<std::size_t> in_flight{0};
};

Producer::Producer(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}
Producer::~Producer() = default;

Result<std::unique_ptr<Producer>> Producer::create(ProducerSettings settings) {
    auto impl = std::make_unique<Impl>(std::move(settings.log));
    ClientConfig config(settings.brokers, settings.client_id, settings.connection, *impl);
    config.set("acks", "all");
    config.set("enable.idempotence", "true");
    // As Java producers do, so that both send a key to the same partition.
    config.set("partitioner", "murmur2_random");
    config.set("compression.codec", "lz4");
    config.set("linger.ms", settings.linger.count());
    config.set("message.timeout.ms", settings.message_timeout.count());
    config.set("message.max.bytes", std::int64_t{settings.message_max_bytes});
    config.set("queue.buffering.max.messages", std::int64_t{settings.queue_max_messages});
    config.set("queue.buffering.max.kbytes", "65536");
    const std::int64_t patience = settings.message_timeout.count();
    config.set(
        "request.timeout.ms", patience > 0 ? std::min<std::int64_t>(10000, patience) : 10000
    );
    config.set("statistics.interval.ms", "0");

    rd_kafka_conf_set_dr_msg_cb(config.raw(), &Impl::on_delivery);
    rd_kafka_conf_set_error_cb(config.raw(), &Impl::on_error);
    const Result<rd_kafka_t*> client = config.make(RD_KAFKA_PRODUCER);
    if (!client) return client.error();
    impl->client = *client;
    return std::unique_ptr<Producer>(new Producer(std::move(impl)));
}

Result<> Producer::send(const OutgoingRecord& record, Report report) {
    auto sent = std::make_unique<InFlight>(InFlight{record.topic, std::move(report)});
    Headers headers = to_headers(record.headers);
    const char* key = record.key ? record.key->data() : nullptr;
    const std::size_t key_size = record.key ? record.key->size() : 0;
    // librdkafka copies from it (RD_KAFKA_MSG_F_COPY); its signature is older than const.
    char* value = record.value ? const_cast<char*>(record.value->data()) : nullptr;
    const std::size_t value_size = record.value ? record.value->size() : 0;
    // Counted before: the report may be served by another thread before this one returns from
    // librdkafka.
    ++impl_->in_flight;
    const rd_kafka_resp_err_t refused = rd_kafka_producev(
        impl_->client,
        RD_KAFKA_V_TOPIC(record.topic.c_str()),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY(key, key_size),
        RD_KAFKA_V_VALUE(value, value_size),
        RD_KAFKA_V_TIMESTAMP(to_milliseconds(record.timestamp)),
        RD_KAFKA_V_HEADERS(headers.get()),
        RD_KAFKA_V_OPAQUE(sent.get()),
        RD_KAFKA_V_END
    );
    if (refused) {
        --impl_->in_flight;
        return translate(
            refused,
            "publish to \"" + record.topic + "\"",
            {},
            right_on_topic("WRITE", record.topic)
        );
    }
    // librdkafka owns both now; the report takes the second back.
    [[maybe_unused]] auto* const taken_headers = headers.release();
    [[maybe_unused]] auto* const taken_report = sent.release();
    return {};
}

int Producer::poll(milliseconds wait) {
    return rd_kafka_poll(impl_->client, to_timeout(wait));
}

bool Producer::flush(milliseconds wait) {
    return rd_kafka_flush(impl_->client, to_timeout(wait)) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::size_t Producer::in_flight() const {
    return impl_->in_flight;
}

bool Producer::fatal() const {
    char words[8];
    return rd_kafka_fatal_error(impl_->client, words, sizeof(words)) != RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::string Producer::trouble() const {
    return impl_->trouble();
}

} // namespace calfleet::kafka
