#pragma once
// Open jobs as an operator sees them.

#include "common/core/ids.h"
#include "common/core/time.h"
#include "common/postgres/session.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::cli {

postgres::Catalogue job_catalogue();

struct JobFilter {
    std::optional<std::int64_t> id, company;
    std::optional<std::string> worker, state, kind;
    std::int64_t limit{100};
};

struct JobRow {
    JobId id;
    CompanyId company;
    std::string worker, kind, entity, state;
    std::int64_t lane{0}, attempts{0}, crashes{0};
    Instant run_at, deadline_at, created_at;
    std::optional<std::string> lease_owner, last_class, last_reason, event_id, topic;
    std::optional<std::int64_t> partition, offset;
};
/// Oldest first.
std::vector<JobRow> list_jobs(postgres::Transaction& transaction, const JobFilter& filter);

} // namespace calfleet::cli
