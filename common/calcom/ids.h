#pragma once
// Cal.com's own numbers, one type each, so that they cannot be swapped by mistake.

#include "common/core/ids.h"

namespace calfleet::calcom {

using EventTypeId = NumericId<struct EventTypeTag>;
using TeamId = NumericId<struct TeamTag>;
using UserId = NumericId<struct UserTag>;
using MembershipId = NumericId<struct MembershipTag>;
using ScheduleId = NumericId<struct ScheduleTag>;

} // namespace calfleet::calcom
