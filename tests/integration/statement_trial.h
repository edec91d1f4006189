#pragma once
// Whether a login may run a statement, without running it.

#include "common/postgres/session.h"

#include <string>

namespace calfleet::postgres {

/// Prepares the statement and has the server begin to execute it without running it, which is where
/// it looks at privileges. What the server said, or nothing.
std::string complaint(Session& session, const Access& access, const Statement& statement);

} // namespace calfleet::postgres
