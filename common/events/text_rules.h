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

/// U+FFFD: what stands for a character that was cut.
bool has_half_character(std::string_view text);

/// A place of a template that nobody filled: "{{attendees.0.email}}".
bool is_unfilled(std::string_view text);

/// What Cal.com writes where it has no name or address ("Nameless", "Email-less", "unknown" of a
/// deleted account), in any case.
bool is_stand_in(std::string_view text);

/// "55 characters of 00-<32 hex>-<16 hex>-<2 hex>" as W3C Trace Context 1 §3.2 has it.
bool is_traceparent(std::string_view text);

} // namespace calfleet::events
