#include "common/jobs/job_upkeep.h"

#include "common/job/retry_policy.h"
#include "common/jobs/job_rows.h"
#include "common/jobs/job_store.h"

#include <array>

namespace calfleet::jobs {
namespace {

using postgres::params;
using postgres::Statement;

constexpr Statement kWakeParked{"jobs.wake_parked", R"sql(
    with woken as (
        update jobs set state = 'ready'
        where id = any(array(
            select id from jobs where worker = $1 and state = 'parked' and run_at >= $2 and run_at <= now()
            order by run_at limit $3 for no key update skip locked))
        returning 1
    )
    select count(*), now() from woken
)sql"};

constexpr Statement kReap{"jobs.reap", R"sql(
    update jobs
    set state = 'ready', lease_owner = null, lease_until = null, lease_epoch = lease_epoch + 1, crashes = crashes + 1,
        dirty = false, last_class = 'crash', last_reason = 'the process that ran it died or froze without a word', last_failed_at = now(),
        first_failed_at = coalesce(first_failed_at, now())
    where id = any(array(
        select id from jobs
        where worker = $1 and state = 'running' and lease_until < clock_timestamp() and crashes + 1 < $2
        for no key update skip locked))
    returning id
)sql"};

constexpr Statement kFindCrashLoops{"jobs.find_crash_loops", R"sql(
    select id from jobs
    where worker = $1 and state = 'running' and lease_until < clock_timestamp() and crashes + 1 >= $2 and id > $3
    order by id limit $4
)sql"};

constexpr Statement kSetAside{"jobs.set_crash_loop_aside", R"sql(
    update jobs
    set state = 'parked', lease_owner = null, lease_until = null, lease_epoch = lease_epoch + 1, dirty = false,
        run_at = now() + $3 * interval '1 microsecond', waits = true, last_class = $4, last_reason = $5
    where id = $1 and lease_epoch = $2 and state = 'running' and lease_until < clock_timestamp()
)sql"};

constexpr Statement kWaitingEntities{"jobs.waiting_entities", R"sql(
    with recursive entities as (
        (select company_id, entity from jobs
         where worker = $1 and state = 'waiting' and (company_id, entity) > ($2, $3)
         order by company_id, entity limit 1)
        union all
        select next.company_id, next.entity from entities cross join lateral (
            select company_id, entity from jobs
            where worker = $1 and state = 'waiting' and (company_id, entity) > (entities.company_id, entities.entity)
            order by company_id, entity limit 1) next
    ), looked_at as materialized (select company_id, entity from entities limit $4)
    select looked_at.company_id, looked_at.entity, oldest.state = 'waiting'
    from looked_at cross join lateral (
        select state from jobs
        where worker = $1 and company_id = looked_at.company_id and entity = looked_at.entity
        order by id limit 1) oldest
    order by 1, 2
)sql"};

constexpr std::array kCatalogue{kWakeParked, kReap, kFindCrashLoops, kSetAside, kWaitingEntities};

std::vector<JobId> ids_of(const postgres::Rows& rows) {
    std::vector<JobId> ids;
    for (const postgres::Row row : rows)
        ids.push_back(JobId{row.int64(0)});
    return ids;
}

} // namespace

postgres::Catalogue job_upkeep_catalogue() {
    return kCatalogue;
}

Woken wake_parked(
    postgres::Transaction& transaction, std::string_view worker, Instant due_since, int limit
) {
    const auto rows = transaction.exec(kWakeParked, params(worker, due_since, limit));
    Woken woken{.jobs = rows[0].int64(0), .none_before = std::nullopt};
    if (woken.jobs < limit) woken.none_before = rows[0].instant(1);
    return woken;
}

std::vector<JobId>
reap_leases(postgres::Transaction& transaction, std::string_view worker, int crash_limit) {
    return ids_of(transaction.exec(kReap, params(worker, crash_limit)));
}

std::vector<job::Job> find_crash_loops(
    postgres::Transaction& transaction,
    std::string_view worker,
    int crash_limit,
    JobId& cursor,
    int limit
) {
    const auto ids =
        ids_of(transaction.exec(kFindCrashLoops, params(worker, crash_limit, cursor.value, limit)));
    cursor = static_cast<int>(ids.size()) < limit ? JobId{} : ids.back();
    return load_jobs(transaction, ids);
}

bool set_crash_loop_aside(
    postgres::Transaction& transaction,
    const job::Job& job,
    Microseconds pause,
    const job::Reason& reason
) {
    const job::Reason kept = job::bounded(reason);
    return transaction
               .exec(
                   kSetAside,
                   params(
                       job.id.value,
                       job.lease_epoch,
                       static_cast<std::int64_t>(pause.count()),
                       kept.code,
                       kept.text
                   )
               )
               .affected() == 1;
}

std::int64_t promote_orphans(
    postgres::Transaction& transaction, std::string_view worker, EntityName& cursor, int limit
) {
    std::vector<EntityName> orphans;
    const auto rows = transaction.exec(
        kWaitingEntities, params(worker, cursor.company.value, cursor.entity, limit)
    );
    for (const postgres::Row row : rows)
        if (row.boolean(2)) orphans.push_back({CompanyId{row.int64(0)}, std::string(row.text(1))});
    if (rows.size() < limit) {
        cursor = {};
    } else {
        const postgres::Row last = rows[rows.size() - 1];
        cursor = {CompanyId{last.int64(0)}, std::string(last.text(1))};
    }
    promote_next(transaction, worker, orphans);
    return static_cast<std::int64_t>(orphans.size());
}

} // namespace calfleet::jobs
