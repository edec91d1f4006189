#include "workers/calfleet/job_store.h"

#include "common/core/uuid.h"
#include "common/jobs/job_store.h"
#include "common/messaging/dead_letter_store.h"

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

constexpr Statement kLock{"calfleet.lock_job", R"sql(
    select state, worker, company_id, entity, kind, event_key from jobs where id = $1 for update
)sql"};

constexpr Statement kRetry{"calfleet.retry_job", R"sql(
    update jobs set state = 'ready', run_at = now(), attempts = 0, crashes = 0,
                    deadline_at = greatest(deadline_at, now() + interval '1 hour')
    where id = $1
)sql"};

constexpr Statement kKeepCancelled{"calfleet.keep_cancelled_job", R"sql(
    insert into dead_letters
        (letter_key, worker, company_id, state, reason_class, reason, attempts, first_failed_at, last_failed_at, event_id,
         job_kind, entity, record_topic, record_partition, record_offset, record_timestamp, record_key, record_headers,
         record_value, decided_at, decided_by, decided_reason, event_key)
    select $2::uuid, worker, company_id, 'discarded', 'cancelled', 'cancelled by an operator', attempts,
           coalesce(first_failed_at, now()), coalesce(last_failed_at, now()), event_id, kind, entity, record_topic,
           record_partition, record_offset, record_timestamp, record_key, record_headers, record_value, now(), $3, $4,
           event_key
    from jobs where id = $1
    on conflict (worker, letter_key) do nothing
)sql"};

// The letters that the job answers for are closed, not others opened: of its event, under the key
// of today or of the former release; of its replay; of other replays that met the same job.
constexpr Statement kCloseAnswered{"calfleet.discard_letters_of_cancelled_job", R"sql(
    update dead_letters letter
    set state = 'discarded', decided_at = now(), decided_by = $4, decided_reason = $5
    from jobs job
    where job.id = $1 and letter.worker = job.worker and letter.company_id is not distinct from job.company_id
      and (letter.letter_key in ($2::uuid, $3::uuid) or letter.id = job.dead_letter_id and job.event_key is null
           or job.event_key is null and letter.state = 'replaying' and letter.record_topic is null
              and letter.job_kind = job.kind and letter.entity = job.entity)
)sql"};

// 5 (handed to a job) becomes 4 (dead letter): only then a later replay passes the inbox.
constexpr Statement kMarkSeen{"calfleet.mark_cancelled_event", R"sql(
    update inbox set outcome = 4 where event_key = $1::uuid and company_id = $2 and outcome = 5
)sql"};

constexpr Statement kDelete{"calfleet.delete_job", R"sql(
    delete from jobs where id = $1
)sql"};

constexpr std::array kCatalogue{
    kList, kLock, kRetry, kKeepCancelled, kCloseAnswered, kMarkSeen, kDelete};

postgres::Rows lock_job(postgres::Transaction& transaction, JobId id) {
    auto rows = transaction.exec(kLock, params(id.value));
    if (rows.empty())
        throw postgres::Abort(
            {ErrorKind::NotFound,
             "there is no open job " + std::to_string(id.value) + "; finished jobs leave the table"}
        );
    return rows;
}

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

void retry_job(postgres::Transaction& transaction, JobId id) {
    const auto rows = lock_job(transaction, id);
    const std::string state(rows[0].text(0));
    const std::string which = "job " + std::to_string(id.value);
    if (state == "running") throw postgres::Abort({ErrorKind::Conflict, which + " is running"});
    if (state == "waiting")
        throw postgres::Abort(
            {ErrorKind::Conflict,
             which + " waits behind an older job of " + std::string(rows[0].text(3)) +
                 "; retry or cancel that one"}
        );
    transaction.exec(kRetry, params(id.value));
}

void cancel_job(
    postgres::Transaction& transaction, JobId id, std::string_view actor, std::string_view why
) {
    const auto rows = lock_job(transaction, id);
    const postgres::Row row = rows[0];
    const std::string worker(row.text(1));
    const jobs::EntityName entity{CompanyId{row.int64(2)}, std::string(row.text(3))};
    messaging::LetterKeys keys;
    if (row.is_null(5))
        keys.key = keys.former = messaging::job_letter_key(worker, entity.company, row.text(4), id);
    else
        keys = messaging::letter_keys_of(messaging::EventKey{entity.company, row.uuid(5)});
    const auto closed =
        transaction.exec(kCloseAnswered, params(id.value, keys.key, keys.former, actor, why));
    if (closed.affected() == 0)
        transaction.exec(kKeepCancelled, params(id.value, keys.key, actor, why));
    if (!row.is_null(5)) transaction.exec(kMarkSeen, params(row.uuid(5), entity.company.value));
    transaction.exec(kDelete, params(id.value));
    jobs::promote_next(transaction, worker, std::span(&entity, 1));
}

} // namespace calfleet::cli
