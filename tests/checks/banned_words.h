#pragma once
// What our code does not say, and what it says instead.

#include "tests/checks/source_tree.h"

namespace calfleet::checks {

Violations banned_words_in(const SourceFile& file);

} // namespace calfleet::checks
