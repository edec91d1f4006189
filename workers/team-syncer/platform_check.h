#pragma once
// What the two sides have differently at this moment, for a sync that only checks: the services as
// their rows stand, against what was just read at Cal.com.

#include "workers/team-syncer/job.h"
#include "workers/team-syncer/snapshot.h"

#include "common/core/ids.h"
#include "common/postgres/session.h"

#include <span>
#include <vector>

namespace calfleet::team_syncer {

postgres::Catalogue platform_check_catalogue();

/// gone: event types that are not there any more. In the order of event types and fields. Two
/// statements; writes nothing.
std::vector<Finding> compare_with_platform(
    postgres::Transaction& transaction,
    CompanyId company,
    std::span<const SeenEventType> found,
    std::span<const calcom::EventTypeId> gone
);

} // namespace calfleet::team_syncer
