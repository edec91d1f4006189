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
           record_value, deadline_at <= clock_timestamp(),
           greatest(0, extract(epoch from clock_timestamp() - created_at) * 1000000)::bigint
    from jobs where id = any($1::bigint[]) order by id
)sql"};

constexpr std::array kCatalogue{kLoad};

constexpr int kRecordTopic = 12;

job::StoredRecord read_record(const postgres::Row& row) {
    job::StoredRecord record;
    record.topic = row.text(kRecordTopic);
    record.partition = static_cast<std::int32_t>(row.int64(13));
    record.offset = row.int64(14);
    record.timestamp = row.optional_instant(15);
    record.key = row.optional_bytes(16);
    record.value = row.optional_bytes(18);
    if (row.is_null(17)) return record;
    auto headers = messaging::headers_from_json(row.text(17));
    if (headers) {
        record.headers = std::move(*headers);
    } else {
        // A job without its headers is a dead letter with a reason; a claim that throws stops them
        // all.
        log::error(
            "job.headers_unreadable", {{"job", row.int64(0)}, {"error", headers.error().message}}
        );
    }
    return record;
}

job::Job read_job(const postgres::Row& row) {
    job::Job job;
    job.id = JobId{row.int64(0)};
    job.kind = row.text(1);
    job.company = CompanyId{row.int64(2)};
    job.entity = row.text(3);
    job.attempts = static_cast<int>(row.int64(4));
    job.crashes = static_cast<int>(row.int64(5));
    job.lease_epoch = row.int64(6);
    job.created_at = row.instant(7);
    job.deadline_at = row.instant(8);
    if (!row.is_null(9)) job.event_key = row.uuid(9);
    job.event_id = row.optional_text(10);
    if (const auto letter = row.optional_int64(11)) job.dead_letter = DeadLetterId{*letter};
    job.overdue = row.boolean(19);
    job.age = Microseconds(row.int64(20));
    if (!row.is_null(kRecordTopic)) job.record = read_record(row);
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
