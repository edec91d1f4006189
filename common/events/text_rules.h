#pragma once
// What a text of an event may look like before anything is done with it.

#include <cstddef>
#include <string_view>

namespace calfleet::events {

inline constexpr std::size_t kMaxIdentityBytes = 255;
inline constexpr std::size_t kMaxTypeBytes = 127;

/// No control characters (NUL, which PostgreSQL refuses, among them; C0, DEL and C1). The text is
/// valid UTF-8.
bool is_free_of_controls(std::string_view text);

/// Valid UTF-8 without control characters; for bytes that no parser has seen.
bool is_clean(std::string_view bytes);

/// "55 characters of 00-<32 hex>-<16 hex>-<2 hex>" as W3C Trace Context 1 §3.2 has it.
bool is_traceparent(std::string_view text);

} // namespace calfleet::events
