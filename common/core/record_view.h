#pragma once
// A consumed record as bytes, free of any Kafka library: what codecs, intake and dead letters look
// at.

#include "common/core/time.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace calfleet {

struct HeaderView {
    std::string_view name;
    std::optional<std::string_view> value; ///< nothing for a null value
};

/// Views only; whoever fills it says how long they live.
struct RecordView {
    std::string_view topic;
    std::int32_t partition{0};
    std::int64_t offset{0};
    std::optional<Instant> timestamp;
    std::optional<std::string_view> key;
    std::optional<std::string_view> value; ///< nothing for a tombstone
    std::span<const HeaderView> headers;

    /// The last header of that name; nothing when absent or null.
    std::optional<std::string_view> header(std::string_view name) const {
        for (auto it = headers.rbegin(); it != headers.rend(); ++it)
            if (it->name == name) return it->value;
        return std::nullopt;
    }
};

} // namespace calfleet
