#pragma once
// The reads of one sync: common/calcom/calls.h with this worker's words.

#include "common/calcom/calls.h"
#include "common/executor/remote_jobs.h"

namespace calfleet::team_syncer {

using calcom::Answer;
using calcom::Denied;
using Patience = calcom::CallPatience;
using Calls = calcom::Calls<executor::RemoteContext>;

} // namespace calfleet::team_syncer
