#pragma once
// How two words of names agree: the same, spelled otherwise, a pet form, a
// typing error. Inside common/matching only.

#include "common/matching/person_name.h"

#include <string_view>

namespace calfleet::matching {

/// How two words agree; better kinds first.
enum class WordKind { Same, Folded, Spelling, Nickname, Typo, Typo2, Initial, None };

/// Not in Latin letters.
bool is_native(const Token& token);

/// Kim (masculine) and Kima are typos; Daniel and Daniela, Jan and Jana are two
/// people.
bool differ_by_gender(std::string_view a, std::string_view b);

WordKind compare(const Token& a, const Token& b);

} // namespace calfleet::matching
