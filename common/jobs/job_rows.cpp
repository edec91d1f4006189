#include "common/jobs/job_rows.h"

#include "common/log/log.h"
#include "common/messaging/record_json.h"
#include "common/postgres/columns.h"

#include <array>

namespace calfleet::jobs {
namespace {

constexpr postgres::Statement kLoad{"jobs.load", R"sql(
    select id, kind, company_id, entity, attempts, crashes, lease_epoch, created_at, deadline_at, event_key, event_id,
           dead_letter_id, record_topic, record_partition, record_offset, record_timestamp, record_key, record_headers,
           record_value, deadline_at <= clock_timestamp() as overdue,
           greatest(0, extract(epoch from clock_timestamp() - created_at) * 1000000)::bigint as age_us
    from jobs where id = any($1::bigint[]) order by id
)sql"};

constexpr std::array kCatalogue{kLoad};

job::StoredRecord read_record(const postgres::Row& row) {
    job::StoredRecord record;
    record.topic = row.text("record_topic");
    record.partition = static_cast<std::int32_t>(row.int64("record_partition"));
    record.offset = row.int64("record_offset");
    record.timestamp = row.optional_instant("record_timestamp");
    record.key = row.optional_bytes("record_key");
    record.value = row.optional_bytes("record_value");
    if (row.is_null("record_headers")) return record;
    auto headers = messaging::headers_from_json(row.text("record_headers"));
    if (headers) {
        record.headers = std::move(*headers);
    } else {
        // A job without its headers is a dead letter with a reason; a claim that throws stops them
        // all.
        log::error(
            "job.headers_unreadable", {{"job", row.int64("id")}, {"error", headers.error().message}}
        );
    }
    return record;
}

job::Job read_job(const postgres::Row& row) {
    job::Job job;
    job.id = JobId{row.int64("id")};
    job.kind = row.text("kind");
    job.company = CompanyId{row.int64("company_id")};
    job.entity = row.text("entity");
    job.attempts = static_cast<int>(row.int64("attempts"));
    job.crashes = static_cast<int>(row.int64("crashes"));
    job.lease_epoch = row.int64("lease_epoch");
    job.created_at = row.instant("created_at");
    job.deadline_at = row.instant("deadline_at");
    if (!row.is_null("event_key")) job.event_key = row.uuid("event_key");
    job.event_id = row.optional_text("event_id");
    if (const auto letter = row.optional_int64("dead_letter_id"))
        job.dead_letter = DeadLetterId{*letter};
    job.overdue = row.boolean("overdue");
    job.age = Microseconds(row.int64("age_us"));
    if (!row.is_null("record_topic")) job.record = read_record(row);
    return job;
}

} // namespace

postgres::Catalogue job_rows_catalogue() {
    return kCatalogue;
}

std::vector<job::Job> load_jobs(postgres::Transaction& transaction, std::span<const JobId> ids) {
    std::vector<job::Job> jobs;
    if (ids.empty()) return jobs;
    const postgres::Array wanted = postgres::array_of(ids);
    const auto rows = transaction.exec(kLoad, postgres::params(wanted));
    jobs.reserve(static_cast<std::size_t>(rows.size()));
    for (const postgres::Row row : rows)
        jobs.push_back(read_job(row));
    return jobs;
}

std::vector<HeaderView> header_views(const job::StoredRecord& record) {
    std::vector<HeaderView> views;
    views.reserve(record.headers.size());
    for (const auto& header : record.headers) {
        views.push_back({header.name, std::nullopt});
        if (header.value) views.back().value = *header.value;
    }
    return views;
}

RecordView view_of(const job::StoredRecord& record, std::span<const HeaderView> headers) {
    RecordView view;
    view.topic = record.topic;
    view.partition = record.partition;
    view.offset = record.offset;
    view.timestamp = record.timestamp;
    if (record.key) view.key = *record.key;
    if (record.value) view.value = *record.value;
    view.headers = headers;
    return view;
}

} // namespace calfleet::jobs
