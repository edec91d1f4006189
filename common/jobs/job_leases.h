#pragma once
// Proof, inside a transaction of the job's own work, that the lease it was claimed under still
// holds.

#include "common/job/job.h"
#include "common/postgres/session.h"

#include <span>
#include <vector>

namespace calfleet::jobs {

postgres::Catalogue job_leases_catalogue();

/// Which of the leases that the jobs were claimed under still hold. Those do so until the
/// transaction ends. Access: the jobs' companies. Rows are locked in the order of their ids, as
/// renewals lock them.
std::vector<bool>
hold_leases(postgres::Transaction& transaction, std::span<const job::Job* const> jobs);

/// The same for one job.
bool hold_lease(postgres::Transaction& transaction, const job::Job& job);

} // namespace calfleet::jobs
