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

/// A Hangul syllable (U+AC00 to U+D7A3).
constexpr bool is_syllable(char32_t c) {
    return c >= 0xAC00 && c <= 0xD7A3;
}

/// A syllable is spelled as its three parts one after the other.
struct SyllableParts {
    const Spellings* initial;
    const Spellings* vowel;
    const Spellings* final;
    const Spellings* special; ///< of the whole syllable (박 as park); null for most
};

/// Of a syllable only.
SyllableParts parts_of(char32_t syllable);
/// All of them, those of the whole first.
Spellings syllable_spellings(char32_t syllable);

} // namespace calfleet::matching
