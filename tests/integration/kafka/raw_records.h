#pragma once
// Records with everything that a careful producer would never write.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace calfleet::kafka {

struct RawRecord {
    std::string topic;
    std::int32_t partition{0};
    std::optional<std::string> key{};
    std::optional<std::string> value{};
    std::vector<std::pair<std::string, std::optional<std::string>>> headers{};
    std::int64_t timestamp_ms{0}; ///< 0: when it is sent
};

/// In the order given; throws unless the broker took them all.
void publish_raw(const std::string& brokers, const std::vector<RawRecord>& records);

} // namespace calfleet::kafka
