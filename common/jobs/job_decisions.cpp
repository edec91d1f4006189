#include "common/jobs/job_decisions.h"

#include "common/core/uuid.h"
#include "common/jobs/job_store.h"
#include "common/messaging/dead_letter_store.h"
#include "common/messaging/inbox_store.h"
#include "common/postgres/columns.h"

#include <array>
#include <string>

namespace calfleet::jobs {
namespace {

using postgres::params;
using postgres::Statement;

constexpr Statement kLock{"jobs.lock_for_decision", R"sql(
    select state, worker, company_id, entity, kind, event_key from jobs where id = $1 for update
)sql"};

constexpr Statement kRetry{"jobs.retry", R"sql(
    update jobs set state = 'ready', run_at = now(), attempts = 0, crashes = 0,
                    deadline_at = greatest(deadline_at, now() + interval '1 hour')
    where id = $1
)sql"};

constexpr Statement kKeepCancelled{"jobs.keep_cancelled", R"sql(
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
constexpr Statement kCloseAnswered{"jobs.discard_letters_of_cancelled", R"sql(
    update dead_letters letter
    set state = 'discarded', decided_at = now(), decided_by = $4, decided_reason = $5
    from jobs job
    where job.id = $1 and letter.worker = job.worker and letter.company_id is not distinct from job.company_id
      and (letter.letter_key in ($2::uuid, $3::uuid) or letter.id = job.dead_letter_id and job.event_key is null
           or job.event_key is null and letter.state = 'replaying' and letter.record_topic is null
              and letter.job_kind = job.kind and letter.entity = job.entity)
)sql"};

// Only then a later replay passes the inbox.
constexpr Statement kEndInInbox{"jobs.end_cancelled_in_inbox", R"sql(
    update inbox set outcome = $3::smallint where event_key = $1::uuid and company_id = $2 and outcome = $4::smallint
)sql"};

constexpr Statement kDelete{"jobs.delete_cancelled", R"sql(
    delete from jobs where id = $1
)sql"};

// In the order of their numbers, so that two that wake the same jobs do not lock in opposite order.
constexpr Statement kWake{"jobs.wake", R"sql(
    update jobs set state = 'ready', run_at = now()
    where id = any(array(
        select id from jobs where state = 'parked' and last_class = any($1::text[]) order by id for no key update))
)sql"};

constexpr Statement kWakeCompanies{"jobs.wake_companies", R"sql(
    update jobs set state = 'ready', run_at = now()
    where id = any(array(
        select id from jobs where company_id = any($1::bigint[]) and state = 'parked' and last_class = any($2::text[])
        order by id for no key update))
)sql"};

constexpr std::array kCatalogue{
    kLock, kRetry, kKeepCancelled, kCloseAnswered, kEndInInbox, kDelete, kWake, kWakeCompanies};

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

postgres::Catalogue job_decision_catalogue() {
    return kCatalogue;
}

void retry(postgres::Transaction& transaction, JobId id) {
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

void cancel(
    postgres::Transaction& transaction, JobId id, std::string_view actor, std::string_view why
) {
    const auto rows = lock_job(transaction, id);
    const postgres::Row row = rows[0];
    const std::string worker(row.text(1));
    const EntityName entity{CompanyId{row.int64(2)}, std::string(row.text(3))};
    messaging::LetterKeys keys;
    if (row.is_null(5))
        keys.key = keys.former = messaging::job_letter_key(worker, entity.company, row.text(4), id);
    else
        keys = messaging::letter_keys_of(messaging::EventKey{entity.company, row.uuid(5)});
    const auto closed =
        transaction.exec(kCloseAnswered, params(id.value, keys.key, keys.former, actor, why));
    if (closed.affected() == 0)
        transaction.exec(kKeepCancelled, params(id.value, keys.key, actor, why));
    if (!row.is_null(5))
        transaction.exec(
            kEndInInbox,
            params(
                row.uuid(5),
                entity.company.value,
                static_cast<std::int64_t>(messaging::InboxOutcome::DeadLetter),
                static_cast<std::int64_t>(messaging::InboxOutcome::Job)
            )
        );
    transaction.exec(kDelete, params(id.value));
    promote_next(transaction, worker, std::span(&entity, 1));
}

std::int64_t wake(postgres::Transaction& transaction, std::span<const std::string_view> classes) {
    return transaction.exec(kWake, params(postgres::array_of(classes))).affected();
}

std::int64_t wake_companies(
    postgres::Transaction& transaction,
    std::span<const CompanyId> companies,
    std::span<const std::string_view> classes
) {
    return transaction
        .exec(kWakeCompanies, params(postgres::array_of(companies), postgres::array_of(classes)))
        .affected();
}

} // namespace calfleet::jobs
