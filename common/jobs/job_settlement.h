#pragma once
// How running jobs end: set-based writes, each guarded by the lease that the job was run under.

#include "common/core/ids.h"
#include "common/core/time.h"
#include "common/job/job.h"
#include "common/job/retry_policy.h"
#include "common/jobs/job_store.h"
#include "common/postgres/session.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace calfleet::jobs {

struct Settlement {
    Lease lease;
    CompanyId company;
    std::string_view entity;
    std::optional<DeadLetterId> dead_letter;
    /// All but Bury, which needs a scope of its own: see bury_job.
    std::variant<job::Finished, job::TryAgain, job::Wait> decision;
    /// With a dead letter: what its replay asked for.
    std::string_view kind{};
    std::optional<Uuid> event_key{};
};

postgres::Catalogue job_settlement_catalogue();

/// written[i]: settlements[i] took effect. False: the lease was not ours any more (or the job is
/// gone, cancelled by an operator); nothing was written for it. A finished job that was asked for
/// again while it ran is queued once more instead of leaving. The next waiting job of every entity
/// that became free is ready. A fixed number of statements. Access: runtime, or the jobs'
/// companies.
std::vector<bool> settle_jobs(
    postgres::Transaction& transaction,
    std::string_view worker,
    std::string_view owner,
    std::span<const Settlement> settlements
);

/// The job becomes a dead letter, with its record in <worker>.dlq and its event marked in the
/// inbox. False: fenced, nothing written. owner: nothing for a lease that ended (crash loops). A
/// job that was asked for again is queued once more: instead of being buried when it failed,
/// besides being buried when it crashed. Access: the job's company.
bool bury_job(
    postgres::Transaction& transaction,
    std::string_view worker,
    std::optional<std::string_view> owner,
    const job::Job& job,
    const job::Bury& bury
);

} // namespace calfleet::jobs
