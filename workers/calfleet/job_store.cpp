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
        job.id = JobId{row.int64(0)};
        job.company = CompanyId{row.int64(1)};
        job.worker = row.text(2);
        job.kind = row.text(3);
        job.entity = row.text(4);
        job.state = row.text(5);
        job.lane = row.int64(6);
        job.attempts = row.int64(7);
        job.crashes = row.int64(8);
        job.run_at = row.instant(9);
        job.deadline_at = row.instant(10);
        job.created_at = row.instant(11);
        job.lease_owner = row.optional_text(12);
        job.last_class = row.optional_text(13);
        job.last_reason = row.optional_text(14);
        job.event_id = row.optional_text(15);
        job.topic = row.optional_text(16);
        job.partition = row.optional_int64(17);
        job.offset = row.optional_int64(18);
    }
    return jobs;
}

} // namespace calfleet::cli
