#pragma once
// Whether records may vanish from the middle of a topic.

#include "common/core/result.h"
#include "common/kafka/admin.h"
#include "common/kafka/consumer.h"

#include <memory>
#include <mutex>
#include <string>

namespace calfleet::intake {

/// Thread-safe. Asked only when a record is missing; opens a client of its own then.
class TopicCompaction {
public:
    explicit TopicCompaction(const kafka::ConsumerSettings& settings)
        : settings_(settings) {}

    /// Blocks for a few seconds at most. Forbidden: the right DESCRIBE_CONFIGS is missing.
    Result<bool> is_compacted(const std::string& topic);

private:
    kafka::ConsumerSettings settings_;
    std::mutex mutex_;
    std::unique_ptr<kafka::Admin> admin_; ///< under mutex_
};

} // namespace calfleet::intake
