#pragma once
// Who may include whom: layers of common/, purity of job.{h,cpp}, third-party headers in their
// adapter only.

#include "tests/checks/source_tree.h"

namespace calfleet::checks {

Violations include_violations(const SourceFile& file);

} // namespace calfleet::checks
