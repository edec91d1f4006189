#pragma once
// The names that Cal.com gives to things: short uids, UUIDs, and the key that keeps bookings apart.

#include "common/core/random.h"

#include <string>
#include <string_view>

#include "tests/calcom-sim/entities.h"

namespace calfleet::calcom_sim {

/// 22 letters and digits, as of bookings: never predictable.
std::string random_uid(Random& dice);
/// Version 4, as of webhooks, seats and series.
std::string random_uuid(Random& dice);

/// The unique key of an accepted booking: UUID version 5 of "startMs.endMs.host" in the name space
/// of URLs. One host has at most one accepted booking from this start to this end. Whoever handed
/// the booking over to the host is part of it, 0: nobody did.
std::string idempotency_key(Instant start, Instant end, Id host, Id reassigned_by = 0);

} // namespace calfleet::calcom_sim
