#pragma once
// MEETING_STARTED and MEETING_ENDED: what a job of the real one sends that runs now and then.

#include <string_view>
#include <vector>

#include "tests/calcom-sim/router.h"

namespace calfleet::calcom_sim {

/// One run of that job: every accepted booking that began, or ended, in the last day and was not
/// told of yet. The body is flat: the booking's row beside the trigger's name, no payload, and
/// createdAt is the booking's.
std::vector<Outbound> meetings_due(World& world, const Settings& settings, Instant now);

json::object meeting_body(const World& world, const Booking& booking, std::string_view trigger);

} // namespace calfleet::calcom_sim
