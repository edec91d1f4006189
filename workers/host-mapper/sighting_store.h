#pragma once
// What is seen of hosts whose mappings are decided already.

#include "workers/host-mapper/job.h"

#include "common/postgres/session.h"

#include <span>

namespace calfleet::host_mapper {

postgres::Catalogue sighting_catalogue();

struct HostSeen {
    MappingId mapping;
    const HostSighting* host{nullptr};
};
/// When the host was seen last and in which zone its account is. Passes over rows that somebody
/// holds. Last of all that a transaction does with mappings.
void note_hosts_seen(postgres::Transaction& transaction, std::span<const HostSeen> hosts);

struct AccountSeen {
    MappingId mapping;
    const HostSighting* host{nullptr};
    AccountNews news;
};
/// What accounts are called now whose mappings a person decided, with an audit of each change.
/// Passes over rows that somebody holds: the next event tells it again.
void note_accounts(postgres::Transaction& transaction, std::span<const AccountSeen> accounts);

} // namespace calfleet::host_mapper
