#pragma once
// What people decide about open jobs: hurry one, take one out, wake those that wait for something
// that is there now.

#include "common/core/ids.h"
#include "common/postgres/session.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace calfleet::jobs {

postgres::Catalogue job_decision_catalogue();

/// Due at once with all attempts again. Aborts: NotFound; Conflict when it runs or waits behind an
/// older job. Access: login of an operator, here and below.
void retry(postgres::Transaction& transaction, JobId id);

/// The job leaves the table and becomes a dead letter in state 'discarded', so that it can still be
/// looked at and nothing is lost; the next job of its entity becomes ready. A running one is
/// fenced: what it does is not written. Aborts: NotFound.
void cancel(
    postgres::Transaction& transaction, JobId id, std::string_view actor, std::string_view why
);

/// Parked jobs of every worker that carry one of these classes become due now; how many.
std::int64_t wake(postgres::Transaction& transaction, std::span<const std::string_view> classes);
/// The same, of these companies only.
std::int64_t wake_companies(
    postgres::Transaction& transaction,
    std::span<const CompanyId> companies,
    std::span<const std::string_view> classes
);

} // namespace calfleet::jobs
