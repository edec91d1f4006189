#pragma once
// The matcher without a database: one JSON line in, one JSON line out.

#include "common/core/result.h"

#include <string>
#include <string_view>

namespace calfleet::matching {

/// In:
/// {"id","company":{"staff":[{"id","name","email","is_active","branch"}],"auto_threshold"},"branch",
///       "host":{"id","name","email","username"}}
/// Out:
/// {"id","decision":"link|review|none","staff","score","source","reasons":["for:
/// ...", "against: ..."]} Every field may be null or missing; ids are text or
/// whole numbers and come back as the same kind; unknown fields are ignored.
/// "staff" is null when the decision is none. An error names the field:
/// Invalid. At most 16 MiB a line. Safe to call from any thread.
Result<std::string> try_line(std::string_view json_line);

/// The same, and behind it "runner_up", "margin", "readings" (words, cost, steps), "candidates"
/// (staff, distance, has_mailbox, reading, steps; the nearest first), "evidence" (for, code,
/// weight, text) and "needed" (what would have to be true for a link).
Result<std::string> explain_line(std::string_view json_line);

} // namespace calfleet::matching
