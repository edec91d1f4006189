#pragma once
// Instants and how they are written: RFC 3339 in UTC, microseconds, as PostgreSQL keeps them.

#include "common/core/result.h"

#include <chrono>
#include <string>
#include <string_view>

namespace calfleet {

using Microseconds = std::chrono::microseconds;
using Instant = std::chrono::sys_time<Microseconds>;
using Date = std::chrono::sys_days;

/// RFC 3339 date-time ("2026-11-20T08:10:13.315Z", "...+01:00", 't'/' ' accepted as separator, up
/// to nine fraction digits, cut to microseconds; leap second 60 becomes the next minute). Years
/// 1970..9999. Error Invalid says what is wrong with which part; it never quotes more than 40
/// characters.
Result<Instant> parse_instant(std::string_view text);

/// "2026-11-20T08:10:13.315000Z".
std::string format_instant(Instant instant);

/// "2026-11-20".
std::string format_date(Date date);

/// "850 ms", "3.2 s", "4 min 10 s", "3 h 12 min", "2 d 4 h": for people.
std::string humanize(Microseconds duration);

} // namespace calfleet
