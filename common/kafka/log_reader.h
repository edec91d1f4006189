#pragma once
// Looks into logs from outside of any group: what they hold, and single records of them.

#include "common/core/result.h"
#include "common/kafka/connection.h"
#include "common/kafka/consumer.h"
#include "common/kafka/message.h"
#include "common/kafka/record.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace calfleet::kafka {

/// One thread at a time. Its client keeps few bytes: it reads a record here and there. Every
/// Message must be destroyed before its reader.
class LogReader {
public:
    static Result<std::unique_ptr<LogReader>>
    create(const std::string& brokers, const std::string& client_id, const Connection&);
    ~LogReader();

    /// Of each partition, in the same order; high is where a reader of committed records ends.
    /// Blocks up to twice the wait.
    std::vector<Result<Watermarks>>
    bounds(std::span<const TopicPartition> partitions, std::chrono::milliseconds wait);

    /// Hands over the first record at or after each offset; nothing when the log ends without one.
    /// Partitions that do not answer within the wait, or whose log begins later, are passed over.
    Result<> first_records(
        std::span<const std::pair<TopicPartition, std::int64_t>> offsets,
        std::chrono::milliseconds wait,
        const std::function<void(const TopicPartition&, const Message*)>& body
    );

private:
    struct Impl;
    explicit LogReader(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace calfleet::kafka
