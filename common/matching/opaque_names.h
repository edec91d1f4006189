#pragma once
// Names that cannot be compared across their scripts. Inside common/matching only.

#include "common/matching/person_name.h"

namespace calfleet::matching {

/// Kanji have many readings, and some scripts no settled romanisation: that nothing agrees says
/// little then.
bool cannot_be_compared(const PersonName& a, const PersonName& b, bool a_word_is_shared);

} // namespace calfleet::matching
