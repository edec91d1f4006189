#pragma once
// How a log line is written: one JSON object, whatever the values contain.

#include "common/core/time.h"
#include "common/log/field.h"

#include <span>
#include <string>
#include <string_view>

namespace calfleet::log {

/// A text value longer than this is cut, with "…" at its end.
inline constexpr std::size_t kMaxTextBytes = 1024;
/// Fields that would make the line longer are left out and "truncated":true says so. A line fits
/// into one atomic write to a pipe (PIPE_BUF, 4096 bytes on Linux).
inline constexpr std::size_t kMaxLineBytes = 4000;

/// Appends ,"name":value. Control characters, quotes and invalid UTF-8 cannot end the string or the
/// line. NaN and infinities become null. A name that every line has itself (ts, level, worker,
/// event) gets a '_' appended.
void append_field(std::string& line, const Field& field);

/// {"ts":"2026-11-20T08:10:13.315Z","level":"info","worker":"host-mapper","event":"booking.retried",
/// context, fields} without a line break. context: text made by append_field.
std::string make_line(
    Instant now,
    std::string_view level,
    std::string_view worker,
    std::string_view event,
    std::string_view context,
    std::span<const Field> fields
);

} // namespace calfleet::log
