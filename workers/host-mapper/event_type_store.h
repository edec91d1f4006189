#pragma once
// host-mapper's SQL about event types: who holds their bookings, as team-syncer read it last.

#include "workers/host-mapper/job.h"

#include "common/postgres/session.h"

#include <span>
#include <vector>

namespace calfleet::host_mapper {

postgres::Catalogue event_type_catalogue();

/// Per host the event types of its booking and of its bookings that wait (fifty of these at most),
/// as far as they name their hosts. Of a member's copy of a managed type that is its owner, and the
/// hosts of the parent mean nothing.
std::vector<std::vector<EventTypeHosts>>
find_event_type_hosts(postgres::Transaction& transaction, std::span<const HostSighting> hosts);

} // namespace calfleet::host_mapper
