#pragma once
// A mapping with all that a person wants to know of its host before deciding, on a screen or in a
// spreadsheet.

#include "common/core/ids.h"
#include "common/core/time.h"
#include "common/postgres/session.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace calfleet::cli {

postgres::Catalogue mapping_description_catalogue();

struct MappingDescription {
    MappingId mapping;
    Instant decided_at;
    CompanyId company;
    std::string company_name, host, state, source;
    std::optional<std::string> host_name, host_email, host_username, time_zone, branch;
    std::optional<std::int64_t> branch_number;
    std::optional<std::string> event_type; ///< number and title, of the newest booking that waits
    std::optional<std::int64_t> staff;     ///< linked when active, the candidate in review
    std::optional<std::string> staff_name, staff_email;
    std::int64_t score{0};
    std::int64_t waiting{0}; ///< live appointments to come that wait for this host's staff member
    std::optional<Instant> first_seen, last_seen;
    std::string reasons; ///< of the last decision, a line each, those against first
};

/// In the order of the numbers; those that are not there are left out.
std::vector<MappingDescription>
describe_mappings(postgres::Transaction& transaction, std::span<const MappingId> mappings);

} // namespace calfleet::cli
