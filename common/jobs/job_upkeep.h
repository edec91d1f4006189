#pragma once
// Keeping the jobs table moving: parked rows wake, dead processes' rows are freed, forgotten ones
// are found. Everything here needs Access::runtime() and looks at one worker's rows only, through
// an index.

#include "common/core/ids.h"
#include "common/job/job.h"
#include "common/jobs/job_store.h"
#include "common/postgres/session.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace calfleet::jobs {

postgres::Catalogue job_upkeep_catalogue();

/// Parked jobs whose time has come become ready. Returns how many.
std::int64_t wake_parked(postgres::Transaction& transaction, std::string_view worker);

/// Parked jobs become ready now, whatever they waited for (a breaker closed, a key was entered).
std::int64_t unpark_jobs(
    postgres::Transaction& transaction,
    std::string_view worker,
    std::span<const CompanyId> companies
);

/// Jobs whose lease ended without a word are ready again (epoch + 1, crashes + 1). Those that reach
/// the limit stay as they are: find_crash_loops returns them, to be buried one by one.
std::vector<JobId>
reap_leases(postgres::Transaction& transaction, std::string_view worker, int crash_limit);
std::vector<job::Job>
find_crash_loops(postgres::Transaction& transaction, std::string_view worker, int crash_limit);

/// Waiting rows with nothing open before them, which settlement never leaves behind but a hand in
/// the table may. Looks at `limit` entities from the cursor on; returns how many it promoted and
/// moves the cursor (empty: start over).
std::int64_t promote_orphans(
    postgres::Transaction& transaction, std::string_view worker, EntityName& cursor, int limit
);

} // namespace calfleet::jobs
