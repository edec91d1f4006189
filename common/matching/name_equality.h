#pragma once
// Whether two lists of words are one name after folding. Inside common/matching
// only.

#include "common/matching/word_agreement.h"

#include <vector>

namespace calfleet::matching {

using Tokens = std::vector<const Token*>;

enum class Equality {
    No,
    Rotated, ///< "Müller Anna" and "Anna Müller"
    InOrder,
};

/// Word by word, or joined: hyphens and blanks inside a name do not count.
Equality equal(const Tokens& a, const Tokens& b);

} // namespace calfleet::matching
