#pragma once
// host-mapper's SQL about hosts that are known otherwise than by a mapping of their own: by the
// account of a staff member, or from before Cal.com's user id of theirs was known. Asked for when a
// host is met for the first time, or nobody was found for it.

#include "workers/host-mapper/mapping_store.h"

#include <span>
#include <string_view>
#include <vector>

namespace calfleet::host_mapper {

postgres::Catalogue kin_catalogue();

/// What else tells who these hosts are, of hosts with Cal.com's user id. One per host; address and
/// user name are those of the event.
std::vector<HostKin>
find_kin(postgres::Transaction& transaction, std::span<const HostSighting> hosts);

/// Puts the mappings away under which hosts were known before their ids; one answer per mapping:
/// whether it was there.
std::vector<bool>
put_away_mappings(postgres::Transaction& transaction, std::span<const MappingId> mappings);

struct RenamedHost {
    HostKey host;
    std::string_view former; ///< its key before its id was known
};
/// Bookings that wait for the former key wait for the new one from now on.
void rename_waiting(postgres::Transaction& transaction, std::span<const RenamedHost> hosts);

} // namespace calfleet::host_mapper
