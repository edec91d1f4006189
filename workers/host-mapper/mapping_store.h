#pragma once
// host-mapper's SQL about hosts: their mappings, the audits of every decision, and who works where.
// Batch sized like store.h; rows are written in the order (company, host).

#include "workers/host-mapper/job.h"

#include "common/postgres/session.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace calfleet::host_mapper {

postgres::Catalogue mapping_catalogue();

struct HostKey {
    CompanyId company;
    std::string_view key;
};

struct HostFacts {
    std::optional<MappingRow> row; ///< the current one
    std::int64_t staff_version{0};
    int auto_threshold{75};
};

/// A mapping with its staff member: columns 3 to 21 of host_mapper.find_hosts.
MappingRow read_mapping(const postgres::Row& row);

/// One per host.
std::vector<HostFacts>
find_hosts(postgres::Transaction& transaction, std::span<const HostKey> hosts);

/// The same after locking the current rows against a decision (FOR SHARE): what is read stays true
/// until this transaction ends. Waits for a decision being written.
std::vector<HostFacts>
hold_hosts(postgres::Transaction& transaction, std::span<const HostKey> hosts);

/// Whether a person ever decided about the host (assigned, approved, deactivated), as the audits
/// tell. One per host.
std::vector<bool>
find_person_decided(postgres::Transaction& transaction, std::span<const HostKey> hosts);

/// A company's staff as the matcher wants it, with the version of the list.
struct StaffList {
    CompanyId company;
    std::int64_t staff_version{0};
    matching::Company staff;
};
std::vector<StaffList>
load_staff(postgres::Transaction& transaction, std::span<const CompanyId> companies);

/// Runs a statement that takes ids of mappings and returns the ordinality of each that it changed.
/// Answers per mapping whether it was.
std::vector<bool> change_mappings(
    postgres::Transaction& transaction,
    const postgres::Statement& statement,
    std::span<const MappingId> mappings
);

/// Puts active rows away. Answers per mapping whether it was still active.
std::vector<bool>
invalidate_mappings(postgres::Transaction& transaction, std::span<const MappingId> mappings);

struct MappingWrite {
    const HostSighting* host;
    const Conclusion* conclusion;
    std::int64_t staff_version{0};
    /// For update_mappings: the row and the decision that it replaces.
    MappingId id;
    Instant replaces_decision_of;
};

/// Ids of the rows made; nothing where somebody else has made the host's row meanwhile.
std::vector<std::optional<MappingId>>
insert_mappings(postgres::Transaction& transaction, std::span<const MappingWrite> writes);

/// Answers per write whether the row was still as read; nothing is written where it was not.
std::vector<bool>
update_mappings(postgres::Transaction& transaction, std::span<const MappingWrite> writes);

/// So many waiting bookings are assigned in one transaction; what is left needs a job.
inline constexpr std::int64_t kWaitingAtOnce = 500;

struct AssignedWaiting {
    std::int64_t assigned{0};
    bool more{false}; ///< the limit was reached: there may be others
};
/// Gives the waiting bookings (review, unmatched) of hosts whose mapping has just become active
/// their staff, at most `limit`. Its cost is that of the limit, not of all who wait.
AssignedWaiting assign_waiting(
    postgres::Transaction& transaction,
    std::span<const HostKey> hosts,
    std::int64_t limit = kWaitingAtOnce
);

} // namespace calfleet::host_mapper
