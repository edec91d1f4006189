#include "common/jobs/job_store.h"

#include "common/jobs/job_rows.h"
#include "common/postgres/columns.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

namespace calfleet::jobs {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Statement;

// The newest row is locked: as long as it stays, the entity stays occupied. A row seen but not
// locked was deleted while we waited for its lock; the caller looks again. Sorted, so that two
// batches never lock in opposite order.
constexpr Statement kLockOpen{"jobs.lock_open", R"sql(
    with newest as materialized (
        select wanted.ord, last.id
        from unnest($2::bigint[], $3::text[]) with ordinality as wanted (company_id, entity, ord)
        cross join lateral (
            select id from jobs
            where worker = $1 and company_id = wanted.company_id and entity = wanted.entity
            order by id desc limit 1
        ) last
    ), locked as materialized (
        select id from jobs where id = any(array(select id from newest)) order by id for key share
    )
    select newest.ord, locked.id is not null from newest left join locked using (id)
)sql"};

// On conflict the row is locked, whatever state it is in: a claim of this instant either waits for
// us and then reads what we committed, or was first, and then we see it running and leave the mark.
constexpr Statement kEnqueue{"jobs.enqueue", R"sql(
    insert into jobs as open (worker, kind, company_id, entity, state, lane, coalesced, run_at, deadline_at, dead_letter_id)
    select $1, kind, company_id, entity, state, lane, coalesced, now() + delay_us * interval '1 microsecond',
           now() + deadline_us * interval '1 microsecond', dead_letter_id
    from unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::smallint[], $7::boolean[], $8::bigint[], $9::bigint[],
                $10::bigint[])
         with ordinality as new (kind, company_id, entity, state, lane, coalesced, delay_us, deadline_us, dead_letter_id, ord)
    order by ord
    on conflict (worker, company_id, kind, entity) where coalesced do update set
        dirty = open.dirty or open.state = 'running',
        lane = least(open.lane, excluded.lane),
        state = case when open.state = 'parked' and open.attempts > 0 and not open.waits then 'ready' else open.state end,
        run_at = case when open.state in ('ready', 'parked') and open.attempts > 0 and not open.waits
                      then least(open.run_at, excluded.run_at) else open.run_at end,
        deadline_at = greatest(open.deadline_at, excluded.deadline_at),
        attempts = case when open.state in ('ready', 'parked') and not open.waits then 0 else open.attempts end,
        dead_letter_id = coalesce(open.dead_letter_id, excluded.dead_letter_id)
)sql"};

// Few due jobs are read as they became due, and their companies are all there are. Of many, these
// are the first ones, which is enough when companies are not to be looked through. Otherwise they
// come by a loose index scan from the cursor on, then the ones up to it, each step one probe;
// everything is pulled lazily by the outer limit, so a claim reads as many companies as it needs.
// Per company and lane one probe for the first due job; compared and ordered by lane and time
// together, for which only jobs_due serves: another index would read all due jobs each time. A row
// behind an older row of its entity is passed over: two enqueuers that did not see each other.
// Scalar subqueries stay one index probe each; NOT EXISTS became a join over the company's whole
// backlog.
constexpr Statement kClaim{"jobs.claim", R"sql(
    with recursive seen as materialized (
        select id, company_id, run_at from jobs
        where worker = $1 and state = 'ready' and run_at >= $7 and run_at <= now()
        order by run_at, id limit $8
    ), few as materialized (
        select count(*) < $8 as yes from seen
    ), listing as materialized (
        select not $9::boolean or yes as yes from few
    ), ahead as (
        (select company_id from jobs where worker = $1 and state = 'ready' and company_id > $3
         and not (select yes from listing) order by company_id, lane limit 1)
        union all
        select next.company_id from ahead cross join lateral (
            select company_id from jobs where worker = $1 and state = 'ready' and company_id > ahead.company_id
            order by company_id, lane limit 1) next
    ), behind as (
        (select company_id from jobs where worker = $1 and state = 'ready' and company_id <= $3
         and not (select yes from listing) order by company_id, lane limit 1)
        union all
        select next.company_id from behind cross join lateral (
            select company_id from jobs
            where worker = $1 and state = 'ready' and company_id > behind.company_id and company_id <= $3
            order by company_id, lane limit 1) next
    ), listed as (
        select company_id from seen where (select yes from listing)
        group by company_id order by company_id <= $3, company_id
    ), picked as materialized (
        select first.id
        from (select company_id from listed union all select company_id from ahead
              union all select company_id from behind) company
        cross join lateral (
            select due.id
            from unnest(array[0, 1, 2, 3]::smallint[]) lanes (lane)
            cross join lateral (
                select id from jobs
                where worker = $1 and company_id = company.company_id and state = 'ready'
                  and (lane, run_at) >= (lanes.lane, $7) and (lane, run_at) <= (lanes.lane, now())
                  and id = (select oldest.id from jobs oldest
                            where oldest.worker = jobs.worker and oldest.company_id = jobs.company_id
                              and oldest.entity = jobs.entity
                            order by oldest.id limit 1)
                  and (select true from jobs busy
                       where busy.worker = jobs.worker and busy.company_id = jobs.company_id
                         and busy.entity = jobs.entity and busy.state = 'running'
                       limit 1) is null
                order by lane, run_at, id limit 1
                for no key update skip locked
            ) due
            where (select count(*) from (select from jobs busy
                       where busy.worker = $1 and busy.company_id = company.company_id and busy.state = 'running'
                       limit $5) running) < $5
            limit 1
        ) first
        limit $4
    ), claimed as (
        update jobs
        set state = 'running', lease_owner = $2, lease_epoch = lease_epoch + 1,
            lease_until = clock_timestamp() + $6 * interval '1 second'
        where id = any(array(select id from picked))
        returning id
    )
    select id, null::timestamptz, null, null from claimed
    union all
    select null, coalesce(oldest.run_at, now()), (select yes from few) or oldest.run_at is not null,
           (extract(epoch from now() - coalesce(oldest.run_at, now())) * 1000000)::bigint
    from (select min(run_at) as run_at from seen where id not in (select id from picked)) oldest
)sql"};

constexpr Statement kRenew{"jobs.renew", R"sql(
    update jobs set lease_until = clock_timestamp() + $4 * interval '1 second'
    from unnest($2::bigint[], $3::bigint[]) as held (id, epoch)
    where jobs.id = held.id and jobs.lease_epoch = held.epoch and jobs.lease_owner = $1 and jobs.state = 'running'
    returning jobs.id
)sql"};

constexpr Statement kRelease{"jobs.release", R"sql(
    update jobs
    set state = 'ready', lease_owner = null, lease_until = null, dirty = false,
        run_at = greatest(run_at, now() + $4 * interval '1 microsecond')
    from unnest($2::bigint[], $3::bigint[]) as held (id, epoch)
    where jobs.id = held.id and jobs.lease_epoch = held.epoch and jobs.lease_owner = $1 and jobs.state = 'running'
    returning jobs.id
)sql"};

constexpr Statement kPromoteNext{"jobs.promote_next", R"sql(
    update jobs set state = 'ready'
    from (
        select oldest.id, oldest.state
        from unnest($2::bigint[], $3::text[]) as wanted (company_id, entity)
        cross join lateral (
            select id, state from jobs
            where worker = $1 and company_id = wanted.company_id and entity = wanted.entity
            order by id limit 1
        ) oldest
    ) next
    where jobs.id = next.id and next.state = 'waiting' and jobs.state = 'waiting'
)sql"};

// The plan of a prepared statement is often made while the table is empty, when reading all of it
// is cheapest, and kept while it fills. Reading all of a queue is never right. Compiling a plan
// that runs for half a millisecond is not either.
constexpr Statement kUseIndexes{"jobs.use_indexes", R"sql(
    select set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)
)sql"};

// Nor is it to read all due jobs of a company and then sort them, which costs the same as reading
// the first one while nobody has counted the rows.
constexpr Statement kUseOrder{"jobs.use_order", R"sql(
    select set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true), set_config('enable_sort', 'off', true)
)sql"};

constexpr std::array kCatalogue{
    kUseIndexes, kUseOrder, kLockOpen, kEnqueue, kClaim, kRenew, kRelease, kPromoteNext};

/// Of so many due jobs the companies are known when companies are not looked through.
constexpr int kSeenAlone = 2000;

struct EntityColumns {
    Array companies, entities;

    explicit EntityColumns(std::span<const EntityName> names) {
        for (const EntityName& name : names) {
            companies.add(name.company.value);
            entities.add(name.entity);
        }
    }
};

struct LeaseColumns {
    Array ids, epochs;

    explicit LeaseColumns(std::span<const Lease> leases) {
        for (const Lease& lease : leases) {
            ids.add(lease.job.value);
            epochs.add(lease.epoch);
        }
    }
};

std::vector<JobId> ids_of(const postgres::Rows& rows) {
    std::vector<JobId> ids;
    ids.reserve(static_cast<std::size_t>(rows.size()));
    for (const postgres::Row row : rows)
        ids.push_back(JobId{row.int64(0)});
    return ids;
}

/// Asking twice in one call is asking once: a statement may meet a row only once.
std::vector<NewJob> without_repeats(std::span<const NewJob> jobs) {
    using Key = std::tuple<std::string_view, std::int64_t, std::string_view>;
    std::map<Key, std::size_t> first;
    std::vector<NewJob> kept;
    for (const NewJob& job : jobs) {
        if (job.coalesced) {
            const auto [place, is_new] =
                first.try_emplace(Key{job.kind, job.company.value, job.entity}, kept.size());
            if (!is_new) {
                NewJob& before = kept[place->second];
                before.lane = std::min(before.lane, job.lane);
                before.delay = std::min(before.delay, job.delay);
                continue;
            }
        }
        kept.push_back(job);
    }
    return kept;
}

} // namespace

postgres::Catalogue job_catalogue() {
    return kCatalogue;
}

std::vector<bool> lock_open_jobs(
    postgres::Transaction& transaction,
    std::string_view worker,
    std::span<const EntityName> entities
) {
    std::vector<bool> open(entities.size(), false);
    if (entities.empty()) return open;
    use_indexes(transaction);
    const EntityColumns columns(entities);
    // A second look is needed only when a row vanished while we waited for it; a younger one may
    // have come meanwhile.
    for (int look = 0; look < 10; ++look) {
        bool vanished = false;
        open.assign(entities.size(), false);
        for (const postgres::Row row :
             transaction.exec(kLockOpen, params(worker, columns.companies, columns.entities))) {
            const auto index = postgres::ordinal(row, 0);
            open[index] = true; // vanished ones too: occupied is the safe answer, should every look
                                // be in vain
            vanished = vanished || !row.boolean(1);
        }
        if (!vanished) break;
    }
    return open;
}

void use_indexes(postgres::Transaction& transaction) {
    transaction.exec(kUseIndexes);
}

void enqueue_jobs(
    postgres::Transaction& transaction, std::string_view worker, std::span<const NewJob> jobs
) {
    if (jobs.empty()) return;
    const std::vector<NewJob> wanted = without_repeats(jobs);
    std::vector<EntityName> entities;
    for (const NewJob& job : wanted)
        entities.push_back({job.company, std::string(job.entity)});
    const std::vector<bool> occupied = lock_open_jobs(transaction, worker, entities);

    Array kinds, companies, names, states, lanes, coalesced, delays, deadlines, letters;
    std::set<std::pair<CompanyId, std::string_view>> taken;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const NewJob& job = wanted[i];
        const bool first = taken.emplace(job.company, job.entity).second;
        kinds.add(job.kind);
        companies.add(job.company.value);
        names.add(job.entity);
        states.add(std::string_view(first && !occupied[i] ? "ready" : "waiting"));
        lanes.add(static_cast<std::int64_t>(job.lane));
        coalesced.add(job.coalesced);
        delays.add(std::int64_t{job.delay.count()});
        deadlines.add(std::int64_t{job.deadline.count()});
        letters.add(job.replay_of ? std::optional(job.replay_of->value) : std::nullopt);
    }
    transaction.exec(
        kEnqueue,
        params(
            worker, kinds, companies, names, states, lanes, coalesced, delays, deadlines, letters
        )
    );
}

Claim claim_due(postgres::Transaction& transaction, const ClaimRequest& request) {
    transaction.exec(kUseOrder);
    // With more due jobs than this, whose companies they are is asked of the index by company.
    const int few = request.all_companies ? 4 * request.limit + 1 : kSeenAlone;
    const auto rows = transaction.exec(
        kClaim,
        params(
            request.worker,
            request.owner,
            request.after.value,
            request.limit,
            request.running_per_company,
            static_cast<std::int64_t>(request.lease.count()),
            request.due_since,
            few,
            request.all_companies
        )
    );
    Claim claim;
    std::vector<JobId> claimed;
    for (const postgres::Row row : rows) {
        if (row.is_null(0)) {
            if (row.boolean(2)) claim.none_before = row.instant(1);
            claim.oldest_due = Microseconds(row.int64(3));
        } else {
            claimed.push_back(JobId{row.int64(0)});
        }
    }
    claim.jobs = load_jobs(transaction, claimed);
    return claim;
}

std::vector<job::Job> claim_jobs(postgres::Transaction& transaction, const ClaimRequest& request) {
    return claim_due(transaction, request).jobs;
}

CompanyId cursor_behind(CompanyId after, std::span<const job::Job> claimed) {
    CompanyId ahead = after;
    CompanyId wrapped;
    for (const job::Job& job : claimed) {
        if (job.company > after)
            ahead = std::max(ahead, job.company);
        else
            wrapped = std::max(wrapped, job.company);
    }
    return wrapped ? wrapped : ahead;
}

std::vector<JobId> renew_leases(
    postgres::Transaction& transaction,
    std::string_view owner,
    std::span<const Lease> leases,
    std::chrono::seconds lease
) {
    if (leases.empty()) return {};
    const LeaseColumns columns(leases);
    return ids_of(transaction.exec(
        kRenew, params(owner, columns.ids, columns.epochs, static_cast<std::int64_t>(lease.count()))
    ));
}

std::vector<JobId> release_leases(
    postgres::Transaction& transaction,
    std::string_view owner,
    std::span<const Lease> leases,
    Microseconds pause
) {
    if (leases.empty()) return {};
    const LeaseColumns columns(leases);
    return ids_of(transaction.exec(
        kRelease,
        params(owner, columns.ids, columns.epochs, static_cast<std::int64_t>(pause.count()))
    ));
}

void promote_next(
    postgres::Transaction& transaction,
    std::string_view worker,
    std::span<const EntityName> entities
) {
    if (entities.empty()) return;
    const EntityColumns columns(entities);
    transaction.exec(kPromoteNext, params(worker, columns.companies, columns.entities));
}

} // namespace calfleet::jobs
