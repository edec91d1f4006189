#pragma once
// A kind of job that needs nothing but the database.

#include "common/core/time.h"
#include "common/job/job.h"
#include "common/job/outcome.h"
#include "common/postgres/session.h"

namespace calfleet::jobs {

/// A kind of job whose whole effect is in PostgreSQL: effect and settlement are one transaction.
/// Used by one thread.
class TransactionalJobs {
public:
    virtual ~TransactionalJobs() = default;
    /// The transaction is opened for job.company. Throws DatabaseError; never blocks on anything
    /// else.
    virtual job::Outcome
    run(postgres::Transaction& transaction, const job::Job& job, Instant now) = 0;
};

} // namespace calfleet::jobs
