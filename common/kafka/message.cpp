#include "common/kafka/message.h"

#include <librdkafka/rdkafka.h>

#include <chrono>

namespace calfleet::kafka {

namespace {

const rd_kafka_message_t& raw(const void* message) {
    return *static_cast<const rd_kafka_message_t*>(message);
}

/// Null when the record has none (or a block that cannot be parsed: the record then counts as one
/// without headers).
const rd_kafka_headers_t* headers_of(const void* message) {
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&raw(message), &headers)) return nullptr;
    return headers;
}

HeaderView to_view(const char* name, const void* value, std::size_t size) {
    if (!value) return {name, std::nullopt};
    return {name, std::string_view(static_cast<const char*>(value), size)};
}

template <class Take>
void for_each_header(const void* message, Take take) {
    const rd_kafka_headers_t* headers = headers_of(message);
    if (!headers) return;
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0; !rd_kafka_header_get_all(headers, i, &name, &value, &size); ++i)
        take(to_view(name, value, size));
}

} // namespace

void Message::Destroy::operator()(void* message) const noexcept {
    rd_kafka_message_destroy(static_cast<rd_kafka_message_t*>(message));
}

std::string_view Message::topic() const {
    return rd_kafka_topic_name(raw(message_.get()).rkt);
}

std::int32_t Message::partition() const {
    return raw(message_.get()).partition;
}

std::int64_t Message::offset() const {
    return raw(message_.get()).offset;
}

std::optional<Instant> Message::timestamp() const {
    rd_kafka_timestamp_type_t type{};
    const std::int64_t milliseconds = rd_kafka_message_timestamp(&raw(message_.get()), &type);
    if (type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || milliseconds < 0) return std::nullopt;
    // A producer may write any number here.
    constexpr auto kMost =
        std::chrono::duration_cast<std::chrono::milliseconds>(Microseconds::max());
    if (milliseconds > kMost.count()) return Instant::max();
    return Instant(std::chrono::milliseconds(milliseconds));
}

std::optional<std::string_view> Message::key() const {
    const rd_kafka_message_t& message = raw(message_.get());
    if (!message.key) return std::nullopt;
    return std::string_view(static_cast<const char*>(message.key), message.key_len);
}

std::optional<std::string_view> Message::value() const {
    const rd_kafka_message_t& message = raw(message_.get());
    if (!message.payload) return std::nullopt;
    return std::string_view(static_cast<const char*>(message.payload), message.len);
}

std::optional<std::string_view> Message::header(std::string_view name) const {
    std::optional<std::string_view> last;
    for_each_header(message_.get(), [&](const HeaderView& header) {
        if (header.name == name) last = header.value;
    });
    return last;
}

std::vector<Header> Message::headers() const {
    std::vector<Header> copies;
    for_each_header(message_.get(), [&](const HeaderView& header) {
        copies.push_back({std::string(header.name), std::nullopt});
        if (header.value) copies.back().value.emplace(*header.value);
    });
    return copies;
}

void Message::headers_into(std::vector<HeaderView>& out) const {
    for_each_header(message_.get(), [&](const HeaderView& header) { out.push_back(header); });
}

RecordView Message::view(std::vector<HeaderView>& headers) const {
    headers.clear();
    headers_into(headers);
    return {
        .topic = topic(),
        .partition = partition(),
        .offset = offset(),
        .timestamp = timestamp(),
        .key = key(),
        .value = value(),
        .headers = headers,
    };
}

std::size_t Message::size_bytes() const {
    const rd_kafka_message_t& message = raw(message_.get());
    return message.len + message.key_len + 2 * header_bytes();
}

std::size_t Message::header_bytes() const {
    std::size_t bytes = 0;
    for_each_header(message_.get(), [&](const HeaderView& header) {
        bytes += header.name.size() + (header.value ? header.value->size() : 0);
    });
    return bytes;
}

} // namespace calfleet::kafka
