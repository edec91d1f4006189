#pragma once
// A display name before its words are read: brackets, separators, symbols. Inside common/matching
// only.

#include <string>
#include <string_view>
#include <vector>

namespace calfleet::matching {

/// Text in brackets and double quotes, taken out of the name.
std::vector<std::u32string> take_asides(std::u32string& text);

/// What stands between separators; a slash may join two people.
std::vector<std::u32string> split_segments(std::u32string_view text, bool& slash);

/// Characters that no person writes into a name: markup, assignments, paths.
bool has_strange_characters(std::string_view utf8);

/// The name without symbols between two letters ("St🌸hli": the letters belong together); empty
/// when it has none.
std::string without_symbols_in_words(std::string_view utf8);

} // namespace calfleet::matching
