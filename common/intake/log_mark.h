#pragma once
// By what a log is known again: the last record that was taken from it.

#include "common/core/record_view.h"

#include <cstdint>
#include <optional>
#include <string>

namespace calfleet::intake {

/// A topic that was deleted and created again has other records at the same offsets. Kafka tells
/// its clients no identity of a log before KIP-516, so a record stands for it.
struct LogMark {
    std::int64_t offset{0};
    /// Milliseconds since 1970; nothing when the record has none or one outside the years 1 to
    /// 9999.
    std::optional<std::int64_t> timestamp{};
    std::string digest{}; ///< of key and value, hexadecimal
    friend bool operator==(const LogMark&, const LogMark&) = default;
};

LogMark mark_of(const RecordView& record);

} // namespace calfleet::intake
