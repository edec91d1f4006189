#pragma once
// The Latin spellings of single letters and syllables of other scripts. Inside common/matching
// only.

#include <string>
#include <vector>

namespace calfleet::matching {

/// Usual spellings, the commonest first; an empty one is silence.
using Spellings = std::vector<std::string>;

/// Null for a letter that no table knows.
const Spellings* letter_spellings(char32_t letter);

/// Of a Hangul syllable (U+AC00 to U+D7A3).
Spellings syllable_spellings(char32_t syllable);

} // namespace calfleet::matching
