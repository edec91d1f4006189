#pragma once
// One text for all ways to write the same JSON value.

#include "common/json/value.h"

#include <string>

namespace calfleet::json {

/// No blanks, members in the order of their bytes, of a repeated key the last, numbers without
/// needless digits: what jsonb calls equal has equal text.
std::string canonical(Value value);

} // namespace calfleet::json
