#pragma once
// What an error of the database says about the job that met it.

#include "common/core/result.h"
#include "common/job/outcome.h"

namespace calfleet::job {

/// Outages and a lost COMMIT answer are not the job's fault, a statement or lock that took too long
/// may be (Snooze; after a COMMIT that did happen nothing is left to postpone, the guard sees to
/// that); data the database refuses is for a person; the rest is an attempt.
Outcome outcome_of_error(const Error& error);

} // namespace calfleet::job
