#pragma once
// Open jobs as an operator sees, hurries and cancels them.

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

/// Due at once with all attempts again. Aborts: NotFound; Conflict when it runs or waits behind an
/// older job.
void retry_job(postgres::Transaction& transaction, JobId id);

/// The job leaves the table and becomes a dead letter in state 'discarded', so that it can still be
/// looked at and nothing is lost; the next job of its entity becomes ready. A running one is
/// fenced: what it does is not written. Aborts: NotFound.
void cancel_job(
    postgres::Transaction& transaction, JobId id, std::string_view actor, std::string_view why
);

} // namespace calfleet::cli
