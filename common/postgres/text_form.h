#pragma once
// How values look in PostgreSQL's text format, written and read without allocating. Private to this
// folder.

#include "common/core/time.h"
#include "common/core/uuid.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace calfleet::postgres {

// Each writes at `out`, which has room for at least the constant's bytes, and returns the end of
// what it wrote.
inline constexpr std::size_t kIntegerRoom = 20;
inline constexpr std::size_t kInstantRoom = 32;
inline constexpr std::size_t kDateRoom = 16;
inline constexpr std::size_t kUuidRoom = 36;
char* write_integer(char* out, std::int64_t value);
/// Throws DatabaseError Invalid for a year outside 1..9999 (the infinities aside).
char* write_instant(char* out, Instant instant);
char* write_date(char* out, Date date);
char* write_uuid(char* out, const Uuid& uuid);
/// Two digits a byte, without the leading \x.
char* write_hex(char* out, std::string_view bytes);

/// "2026-11-20 08:10:13.315+00" (DateStyle ISO), a timestamp without zone or a date taken as UTC,
/// or an infinity.
std::optional<Instant> read_instant(std::string_view text);
/// "\x6162".
std::optional<std::string> read_bytes(std::string_view text);

} // namespace calfleet::postgres
