#pragma once
// Runs a transactional job: its effect and the end of its row in one transaction.

#include "common/core/clock.h"
#include "common/core/random.h"
#include "common/job/error_outcome.h"
#include "common/job/job.h"
#include "common/job/outcome.h"
#include "common/job/retry_policy.h"
#include "common/jobs/transactional_jobs.h"
#include "common/postgres/session.h"

#include <optional>
#include <string_view>

namespace calfleet::jobs {

/// Whose jobs, held under whose name, bounded how.
struct JobScope {
    std::string_view worker;
    std::string_view owner;
    const job::RetryPolicy& policy;
    const Clock& clock;
};

using job::outcome_of_error;

struct JobEnd {
    enum class Kind {
        Settled, ///< effect and row are committed
        Fenced,  ///< the lease was not ours any more: nothing was written
        Failed,  ///< rolled back; outcome says what to settle in a transaction of its own
    };
    Kind kind{Kind::Failed};
    job::Outcome outcome;
    std::optional<job::Decision> decision; ///< of Settled
    std::optional<Error> error;            ///< behind Failed
};

JobEnd run_in_transaction(
    postgres::Session& session,
    const JobScope& scope,
    TransactionalJobs& jobs,
    const job::Job& job,
    Random& random
);

/// The decision about a job whose effect is done or needs none, for jobs that settle alone. False:
/// fenced.
bool write_decision(
    postgres::Transaction& transaction,
    const JobScope& scope,
    const job::Job& job,
    const job::Decision& decision
);

} // namespace calfleet::jobs
