#pragma once
// A record as Kafka keeps it: what is consumed, what is produced.

#include "common/core/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::kafka {

/// A header's value may be null, binary, and its name may repeat.
struct Header {
    std::string name;
    std::optional<std::string> value{};
};

struct TopicPartition {
    std::string topic;
    std::int32_t partition{0};
    friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
};

/// Without a partition the key decides (murmur2_random, as Java producers do).
struct OutgoingRecord {
    std::string topic;
    std::optional<std::string> key{};
    std::optional<std::string> value{}; ///< nothing makes a tombstone
    std::vector<Header> headers{};
    std::optional<Instant> timestamp{}; ///< nothing: when it is sent
};

} // namespace calfleet::kafka
