#include "workers/calfleet/job_store.h"

#include <array>

namespace calfleet::cli {
namespace {

using postgres::params;
using postgres::Statement;

constexpr Statement kList{"calfleet.list_jobs", R"sql(
    select id, company_id, worker, kind, entity, state, lane, attempts, crashes, run_at, deadline_at, created_at,
           lease_owner, last_class, last_reason, event_id, record_topic, record_partition, record_offset
    from jobs
    where ($1::bigint is null or id = $1) and ($2::bigint is null or company_id = $2)
      and ($3::text is null or worker = $3) and ($4::text is null or state = $4) and ($5::text is null or kind = $5)
    order by id limit $6::bigint
)sql"};

constexpr std::array kCatalogue{kList};

} // namespace

postgres::Catalogue job_catalogue() {
    return kCatalogue;
}

std::vector<JobRow> list_jobs(postgres::Transaction& transaction, const JobFilter& filter) {
    std::vector<JobRow> jobs;
    const auto rows = transaction.exec(
        kList,
        params(filter.id, filter.company, filter.worker, filter.state, filter.kind, filter.limit)
    );
    for (const postgres::Row row : rows) {
        JobRow& job = jobs.emplace_back();
        job.id = JobId{row.int64("id")};
        job.company = CompanyId{row.int64("company_id")};
        job.worker = row.text("worker");
        job.kind = row.text("kind");
        job.entity = row.text("entity");
        job.state = row.text("state");
        job.lane = row.int64("lane");
        job.attempts = row.int64("attempts");
        job.crashes = row.int64("crashes");
        job.run_at = row.instant("run_at");
        job.deadline_at = row.instant("deadline_at");
        job.created_at = row.instant("created_at");
        job.lease_owner = row.optional_text("lease_owner");
        job.last_class = row.optional_text("last_class");
        job.last_reason = row.optional_text("last_reason");
        job.event_id = row.optional_text("event_id");
        job.topic = row.optional_text("record_topic");
        job.partition = row.optional_int64("record_partition");
        job.offset = row.optional_int64("record_offset");
    }
    return jobs;
}

} // namespace calfleet::cli
