#pragma once
// A decision about a mapping in one line, for a person: pure.

#include "workers/calfleet/mapping_store.h"

#include <string>

namespace calfleet::cli {

/// "2026-11-20 08:00  decided by host-mapper: review, staff member 11, A. Albrecht a@x.example
/// (fuzzy 60). against: an initial is little". An account that is called otherwise since is told
/// with "now". Not made visible yet.
std::string told_in_a_line(const AuditRow& audit);

} // namespace calfleet::cli
