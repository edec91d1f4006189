#pragma once
// Names that cannot be compared across their scripts. Inside common/matching only.

#include "common/matching/person_name.h"

namespace calfleet::matching {

/// Kanji have many readings, and some scripts no settled romanisation: that nothing agrees says
/// little then.
bool is_opaque(const PersonName& name, const PersonName& other, bool a_word_is_shared);

} // namespace calfleet::matching
