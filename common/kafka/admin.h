#pragma once
// Topics as the operator's tool and the tests see them.

#include "common/core/result.h"
#include "common/kafka/connection.h"
#include "common/kafka/consumer.h"
#include "common/kafka/record.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace calfleet::kafka {

struct TopicSpec {
    std::string name;
    int partitions{12};
    int replication{1};
    std::map<std::string, std::string> config{}; ///< "retention.ms" -> "604800000"
};

enum class TopicChange { Created, Existed, PartitionsAdded };

/// Blocking calls with a deadline each; not for the hot path. Thread-safe.
class Admin {
public:
    static Result<std::unique_ptr<Admin>>
    create(const std::string& brokers, const std::string& client_id, Connection connection = {});
    ~Admin();

    /// Partitions per topic; topics that do not exist are absent. Unavailable when no broker
    /// answers in time.
    Result<std::map<std::string, int>>
    describe(const std::vector<std::string>& topics, std::chrono::milliseconds wait) const;
    /// How many topics the brokers show to this user, their internal ones aside.
    Result<std::size_t> visible_topics(std::chrono::milliseconds wait) const;
    /// The broker's settings of a topic, defaults included. NotFound when there is no such topic.
    Result<std::map<std::string, std::string>>
    config_of(const std::string& topic, std::chrono::milliseconds wait) const;
    /// Creates what is missing and adds partitions where there are fewer; never removes, and leaves
    /// the replication and the config of an existing topic alone (config_of() tells the
    /// difference).
    Result<TopicChange> apply(const TopicSpec& topic, std::chrono::milliseconds wait);
    Result<Watermarks>
    watermarks(const TopicPartition& partition, std::chrono::milliseconds wait) const;
    /// First offset at or after the time; the high watermark when there is none.
    Result<std::int64_t>
    offset_at(const TopicPartition& partition, Instant time, std::chrono::milliseconds wait) const;

    /// Reads a topic from start to the end as it was when reading began, outside of any group; body
    /// returns false to stop. Partition by partition in no promised order between them. Timeout
    /// when nothing comes for as long as the wait.
    Result<> read_all(
        const std::string& topic,
        std::chrono::milliseconds wait,
        const std::function<bool(const Message&)>& body
    ) const;

    /// The one record at that offset; false when the log has none there (removed by retention or
    /// compaction, or not written yet). NotFound when there is no such partition.
    Result<bool> read_one(
        const TopicPartition& partition,
        std::int64_t offset,
        std::chrono::milliseconds wait,
        const std::function<void(const Message&)>& body
    ) const;

private:
    struct Impl;
    explicit Admin(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace calfleet::kafka
