#pragma once
// Small questions about bytes that claim to be text.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet {

/// RFC 3629: no overlong forms, no surrogates, nothing past U+10FFFF.
bool is_valid_utf8(std::string_view bytes);

/// At most max_bytes of the text, cut between characters, "…" appended when cut; invalid UTF-8 and
/// control characters become U+FFFD. For quoting untrusted values in errors, logs and tables.
std::string printable(std::string_view bytes, std::size_t max_bytes = 120);

/// Without ASCII blanks at both ends.
std::string_view trim(std::string_view text);

/// ASCII letters alike in both cases; everything else byte by byte.
bool equals_ignoring_ascii_case(std::string_view a, std::string_view b);
/// A-Z as a-z, every other byte as it is.
std::string ascii_lower(std::string_view text);

/// Parts between separators, empty ones kept; "" gives one empty part.
std::vector<std::string_view> split(std::string_view text, char separator);

/// The whole text as a decimal number; nothing for anything else, overflow included.
std::optional<std::int64_t> parse_int64(std::string_view text);
std::optional<double> parse_double(std::string_view text);

/// The candidate with the smallest edit distance (<= 3) to the word, for "did you mean ...?"; else
/// empty.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

} // namespace calfleet
