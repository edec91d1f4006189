#pragma once
// The jobs table as the executor and the enqueuers see it: ordered per entity, leased, fair between
// companies.
//
// Life of a row:   waiting ──promote──► ready ──claim──► running ──settle──► gone | ready | parked
//                  (behind an older row of its entity)      │
//                                      ready ◄──reap── lease ended (epoch + 1, crashes + 1)
//                  parked ──wake──► ready, when it is due
//
// What is ready is due: a trigger parks whatever is written as ready and due later, so that claims
// read nothing of it.
//
// Every time in the table comes from the database's clock; callers pass pauses, not instants, so
// that a worker whose clock is wrong neither shortens a pause nor a lease.

#include "common/core/ids.h"
#include "common/core/time.h"
#include "common/job/job.h"
#include "common/job/retry_policy.h"
#include "common/postgres/session.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::jobs {

/// Who goes first within a company. Stored as a number; never renumber.
enum class Lane : std::int16_t { Interactive = 0, Sync = 1, Bulk = 2, Reconcile = 3 };

/// Work without a record: "make this entity right". Views must live until the call returns.
struct NewJob {
    std::string_view kind{};
    CompanyId company{};
    std::string_view entity{};
    Lane lane{Lane::Sync};
    /// At most one open row per (kind, company, entity): asking again while it waits changes
    /// nothing (an earlier failure is forgiven and it is due at once), asking while it runs queues
    /// it once more when it completes. What is parked because it waits for something is not
    /// hurried.
    bool coalesced{true};
    Microseconds delay{0};
    Microseconds deadline{std::chrono::hours{72}};
    std::optional<DeadLetterId> replay_of{};
};

struct EntityName {
    CompanyId company{};
    std::string entity;
};

/// A held job and the lease that proves it.
struct Lease {
    JobId job;
    std::int64_t epoch{0};
};

/// Look at every due job, not only at those that became due from some time on.
inline constexpr Instant kAnyTime = Instant::min();

struct ClaimRequest {
    std::string_view worker{};
    std::string_view owner{}; ///< host name and boot uuid of the process
    CompanyId after{}; ///< companies with a greater number come first; pass the last one of the
                       ///< former claim
    int limit{32};     ///< jobs, one per company
    int running_per_company{
        4}; ///< a company with that many running jobs is passed over; may be exceeded by as many
            ///< jobs as there are claims at the same instant
    std::chrono::seconds lease{30};
    /// Jobs due before are known to be none: spares the reading of what is dead (due_bound.h).
    Instant due_since{kAnyTime};
    /// Beside many due jobs, companies are looked through, so that none waits behind the backlog of
    /// another. Reads what is dead of all of them, so it is done as often as it is quick
    /// (due_bound.h).
    bool all_companies{true};
};

struct Claim {
    std::vector<job::Job> jobs;
    /// Nothing due is left before. Unknown when there was too much to look at.
    std::optional<Instant> none_before;
    Microseconds oldest_due{0}; ///< how long the oldest due job that is left has waited
};

postgres::Catalogue job_catalogue();

/// First in every transaction that touches jobs, but for one that only claims: its statements use
/// indexes, whatever the table looked like when their plans were made.
void use_indexes(postgres::Transaction& transaction);

/// Set-based, one statement after the locks; in the given order within an entity. Access: the jobs'
/// companies.
void enqueue_jobs(
    postgres::Transaction& transaction, std::string_view worker, std::span<const NewJob> jobs
);

/// Which entities have an open job. Locks the newest row of each against deletion, so that the
/// answer holds until the transaction ends and a row added behind it is seen by whoever settles it.
std::vector<bool> lock_open_jobs(
    postgres::Transaction& transaction,
    std::string_view worker,
    std::span<const EntityName> entities
);

// ---- the following need Access::runtime() ----

/// At most one due job per company, skipping what others hold. Cost: the companies with due jobs,
/// not their backlogs, nor those whose jobs are due later, which the table keeps parked.
Claim claim_due(postgres::Transaction& transaction, const ClaimRequest& request);
std::vector<job::Job> claim_jobs(postgres::Transaction& transaction, const ClaimRequest& request);

/// Where the next claim goes on: the company that this one, which began behind `after`, reached
/// last.
CompanyId cursor_behind(CompanyId after, std::span<const job::Job> claimed);

/// The leases that still were ours and now last `lease` longer; the others were fenced.
std::vector<JobId> renew_leases(
    postgres::Transaction& transaction,
    std::string_view owner,
    std::span<const Lease> leases,
    std::chrono::seconds lease
);

/// Gives jobs back unharmed: no attempt, no crash. Due again after the pause.
std::vector<JobId> release_leases(
    postgres::Transaction& transaction,
    std::string_view owner,
    std::span<const Lease> leases,
    Microseconds pause
);

/// The oldest open row of each entity, if it is waiting, becomes ready. In a statement of its own
/// after the deletion: only then it sees rows whose enqueuer made the deletion wait.
void promote_next(
    postgres::Transaction& transaction,
    std::string_view worker,
    std::span<const EntityName> entities
);

} // namespace calfleet::jobs
