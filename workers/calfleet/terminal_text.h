#pragma once
// Text of others on its way to a terminal: what cannot be seen there is written out.

#include <cstddef>
#include <string>
#include <string_view>

namespace calfleet::cli {

/// Has no look of its own, or changes the look of its neighbours: controls (C0, DEL, C1), line and
/// paragraph separators, marks of direction, joiners and everything else of no width that is no
/// combining mark, blank letters (Hangul fillers), tags, private and not assigned noncharacters.
bool is_invisible(char32_t character);

/// For a table: each invisible character as <U+202E>, bytes that are no UTF-8 as U+FFFD; at most
/// max_bytes, cut between characters, "…" appended when cut.
std::string visible(std::string_view bytes, std::size_t max_bytes = std::string::npos);

/// For sentences: as visible(), line feeds kept.
std::string visible_lines(std::string_view bytes);

/// For a whole JSON text: invisible characters as \u202e. Outside of strings there are none, and
/// inside it is the same text to whoever parses it.
std::string visible_json(std::string_view json);

/// The first character of well-formed UTF-8, taken off; U+FFFD and one byte for anything else.
char32_t take_character(std::string_view& text);

} // namespace calfleet::cli
