#include "common/jobs/job_transaction.h"

#include "common/core/crash_point.h"
#include "common/jobs/job_settlement.h"
#include "common/jobs/job_store.h"

namespace calfleet::jobs {
namespace {

Settlement settlement_of(const job::Job& job) {
    return {
        .lease = {job.id, job.lease_epoch},
        .company = job.company,
        .entity = job.entity,
        .dead_letter = job.dead_letter,
        .decision = {},
        .kind = job.kind,
        .event_key = job.event_key};
}

} // namespace

bool write_decision(
    postgres::Transaction& transaction,
    const JobScope& scope,
    const job::Job& job,
    const job::Decision& decision
) {
    if (const auto* bury = std::get_if<job::Bury>(&decision))
        return bury_job(transaction, scope.worker, scope.owner, job, *bury);
    Settlement one = settlement_of(job);
    std::visit(
        job::Match{
            [&](const job::Finished& end) { one.decision = end; },
            [&](const job::TryAgain& again) { one.decision = again; },
            [&](const job::Wait& wait) { one.decision = wait; },
            [](const job::Bury&) {},
        },
        decision
    );
    return settle_jobs(transaction, scope.worker, scope.owner, std::span(&one, 1)).front();
}

JobEnd run_in_transaction(
    postgres::Session& session,
    const JobScope& scope,
    TransactionalJobs& jobs,
    const job::Job& job,
    Random& random
) {
    JobEnd end;
    bool fenced = false;
    std::optional<std::string> thrown;
    const Result<> done = session.transact(
        postgres::Access::company(job.company),
        [&](postgres::Transaction& transaction) {
            fenced = false;
            thrown.reset();
            try {
                end.outcome = jobs.run(transaction, job, scope.clock.now());
            } catch (const postgres::DatabaseError&) {
                throw;
            } catch (const postgres::Abort&) {
                throw;
            } catch (const std::exception& error) {
                thrown = error.what();
                throw postgres::Abort(bug("the handler threw: " + *thrown));
            }
            end.decision = job::settle(end.outcome, job, random, scope.policy);
            crash_point("J9");
            use_indexes(transaction);
            if (!write_decision(transaction, scope, job, *end.decision)) {
                fenced = true;
                throw postgres::Abort({ErrorKind::Conflict, "the lease was lost"});
            }
            crash_point("J10");
        }
    );
    if (done) {
        crash_point("J11");
        end.kind = JobEnd::Kind::Settled;
    } else if (fenced) {
        end.kind = JobEnd::Kind::Fenced;
    } else {
        end.kind = JobEnd::Kind::Failed;
        end.outcome = outcome_of_error(done.error());
        end.error = done.error();
    }
    return end;
}

} // namespace calfleet::jobs
