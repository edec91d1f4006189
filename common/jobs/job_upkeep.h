#pragma once
// Keeping the jobs table moving: parked rows wake, dead processes' rows are freed, forgotten ones
// are found. Everything here needs Access::runtime() and looks at one worker's rows only, through
// an index.

#include "common/core/ids.h"
#include "common/job/job.h"
#include "common/job/outcome.h"
#include "common/jobs/job_store.h"
#include "common/postgres/session.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace calfleet::jobs {

postgres::Catalogue job_upkeep_catalogue();

struct Woken {
    std::int64_t jobs{0};
    /// Nothing due is left before; unknown when the limit was reached.
    std::optional<Instant> none_before;
};
/// Parked jobs whose time has come become ready. due_since: those due before are known to be none.
Woken wake_parked(
    postgres::Transaction& transaction,
    std::string_view worker,
    Instant due_since = kAnyTime,
    int limit = 1000
);

/// Jobs whose lease ended without a word are ready again (epoch + 1, crashes + 1). Those that reach
/// the limit stay as they are: find_crash_loops returns them, to be buried one by one.
std::vector<JobId>
reap_leases(postgres::Transaction& transaction, std::string_view worker, int crash_limit);
/// At most `limit` from the cursor on, which moves (empty: start over), so that no number of them
/// hides those behind.
std::vector<job::Job> find_crash_loops(
    postgres::Transaction& transaction,
    std::string_view worker,
    int crash_limit,
    JobId& cursor,
    int limit
);
/// A crash loop that cannot be buried is parked: it must not hold a place of its company for ever.
/// False: somebody else has dealt with it.
bool set_crash_loop_aside(
    postgres::Transaction& transaction,
    const job::Job& job,
    Microseconds pause,
    const job::Reason& reason
);

/// Waiting rows with nothing open before them, which settlement never leaves behind but a hand in
/// the table may. Looks at `limit` entities from the cursor on; returns how many it promoted and
/// moves the cursor (empty: start over).
std::int64_t promote_orphans(
    postgres::Transaction& transaction, std::string_view worker, EntityName& cursor, int limit
);

} // namespace calfleet::jobs
