#pragma once
// Durations as people write them in settings and options: "500ms", "30s", "5m", "12h", "7d".

#include "common/core/result.h"

#include <chrono>
#include <string>
#include <string_view>

namespace calfleet::config {

/// A decimal number and one of the units ms, s, m, h, d; not negative, at most 3650d.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);

/// The shortest text that parse_duration reads back as the same value: "90s", "5m", "0s".
std::string format_duration(std::chrono::milliseconds duration);

} // namespace calfleet::config
