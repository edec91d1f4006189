#pragma once
// Owners of librdkafka's C objects, and the one way a client of it is configured. Inside
// common/kafka only.

#include "common/core/result.h"
#include "common/core/time.h"
#include "common/kafka/connection.h"
#include "common/kafka/record.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace calfleet::kafka {

template <auto function>
struct Call {
    template <class T>
    void operator()(T* object) const noexcept {
        function(object);
    }
};

using PartitionList =
    std::unique_ptr<rd_kafka_topic_partition_list_t, Call<rd_kafka_topic_partition_list_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Call<rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Call<rd_kafka_event_destroy>>;
using RawMessage = std::unique_ptr<rd_kafka_message_t, Call<rd_kafka_message_destroy>>;
using RawError = std::unique_ptr<rd_kafka_error_t, Call<rd_kafka_error_destroy>>;

inline int to_timeout(std::chrono::milliseconds wait) {
    const auto limit = std::chrono::milliseconds(std::numeric_limits<int>::max());
    return static_cast<int>(std::clamp(wait, std::chrono::milliseconds(0), limit).count());
}

PartitionList to_list(std::span<const TopicPartition> partitions);
/// The same, each with an offset.
PartitionList to_list(std::span<const std::pair<TopicPartition, std::int64_t>> offsets);
std::vector<TopicPartition> to_partitions(const rd_kafka_topic_partition_list_t* list);

/// What every callback of a client is given, and what is known about its connections. Outlives the
/// client. Thread-safe: librdkafka calls from threads of its own.
class ClientOwner {
public:
    explicit ClientOwner(LogSink sink = {})
        : sink_(std::move(sink)) {}
    ClientOwner(const ClientOwner&) = delete;
    ClientOwner& operator=(const ClientOwner&) = delete;

    /// The owner of a client, from a callback's last argument.
    static ClientOwner& of(void* opaque) { return *static_cast<ClientOwner*>(opaque); }

    void log(LogLevel level, std::string_view facility, std::string_view text) const {
        if (sink_) sink_(level, facility, text);
    }
    /// A connection failed with these words of librdkafka; remembered with what to do about it.
    void note_failure(std::string_view text);
    /// The certificate that a broker showed was refused; said with the failure that follows.
    void note_certificate(std::string why);
    void connections_work();
    /// The last failure, explained; empty when there was none.
    std::string trouble() const;

private:
    LogSink sink_;
    mutable std::mutex mutex_;
    std::string certificate_; ///< under mutex_, as is trouble_
    std::string trouble_;
};

/// Collects properties and complaints; make() hands them to librdkafka.
class ClientConfig {
public:
    /// The owner is told what happens to connections and gets the log lines.
    ClientConfig(
        const std::string& brokers,
        const std::string& client_id,
        const Connection& connection,
        ClientOwner& owner
    );

    void set(const char* name, const std::string& value);
    void set(const char* name, std::int64_t value) { set(name, std::to_string(value)); }
    /// For properties that the library at hand may not know yet.
    void set_if_known(const char* name, const std::string& value);
    rd_kafka_conf_t* raw() { return conf_.get(); }

    /// Error Invalid with every complaint; the config is used up.
    Result<rd_kafka_t*> make(rd_kafka_type_t type);

private:
    std::unique_ptr<rd_kafka_conf_t, Call<rd_kafka_conf_destroy>> conf_{rd_kafka_conf_new()};
    std::string complaints_;
};

/// Positions are the caller's: nothing is committed or chosen behind its back.
void leave_positions_to_the_caller(ClientConfig& config);

using Client = std::unique_ptr<rd_kafka_t, Call<rd_kafka_destroy>>;
/// A client that reads what it is assigned to and belongs to no group.
Result<Client> make_reader(ClientConfig config, const std::string& client_id);

LogLevel to_log_level(int syslog_level);

} // namespace calfleet::kafka
