#include "common/calcom/quota_grant.h"

#include <algorithm>
#include <array>

namespace calfleet::calcom {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Row;
using postgres::Statement;
using std::chrono::milliseconds;

// GCRA for n calls of four lanes at once. `ahead` is how far the bucket's tat lies ahead of now, in
// seconds; a lane may take a token while ahead <= tolerance, and each one adds `gap`, which is the
// rate's unless what is left of the remote's window needs a shorter one. Rows are
// locked in the order of their keys first, and the clock is read after that: whoever had to wait
// counts from when its turn came. "materialized" and "offset 0" keep the planner from putting
// expressions into each other: a lane's share would be worked out anew wherever it is used.
constexpr Statement kGrant{"quota.grant", R"sql(
    with wanted as (
        select company_id, lane from unnest($1::bigint[], $2::smallint[]) as w (company_id, lane)
    ), keys as materialized (
        select c.company_id, c.fingerprint, b.key is not null as stopped, b.reason, b.retry_at, b.probe_until, b.pause_seconds,
               b.key is null or (b.retry_at <= clock_timestamp() and b.probe_until <= clock_timestamp()) as may_ask
        from calcom_credentials c
        left join breakers b on b.scope = 'credential' and b.key = c.fingerprint and b.state = 'open'
        where c.company_id = any($1::bigint[]) and c.purpose = 'api-key' and c.state = 'active'
          and c.valid_until > clock_timestamp()
    ), asked as materialized (
        select k.fingerprint, count(*) filter (where w.lane <= 0) as n0, count(*) filter (where w.lane = 1) as n1,
               count(*) filter (where w.lane = 2) as n2, count(*) filter (where w.lane >= 3) as n3
        from wanted w join keys k using (company_id) where k.may_ask group by k.fingerprint
    ), held as materialized (
        select b.*, a.n0, a.n1, a.n2, a.n3 from rate_buckets b join asked a using (fingerprint)
        order by b.fingerprint for update of b
    ), timed as materialized (
        select *, clock_timestamp() as now from held
    ), base as materialized (
        select *,
               case when ceiling_until > now and ceiling > grants
                    then least(greatest(extract(epoch from ceiling_until - now)::float8 / (ceiling - grants),
                                        60 / rate_per_minute / $9::float8), 60 / rate_per_minute)
                    else 60 / rate_per_minute end as gap,
               extract(epoch from greatest(tat, now) - now)::float8 as ahead,
               greatest(floor(least(limit_per_minute, $4::bigint) * $3::float8 + 1e-9), 1) as burst,
               case when frozen_until > now then 0
                    when ceiling_until > now then greatest(ceiling - grants, 0)
                    else 1000000 end as room
        from timed
    ), lanes as materialized (
        select *, (greatest(floor(burst * $5::float8 + 1e-9), 1) - 1) * gap as t0,
               (greatest(floor(burst * $6::float8 + 1e-9), 1) - 1) * gap as t1,
               (greatest(floor(burst * $7::float8 + 1e-9), 1) - 1) * gap as t2,
               (greatest(floor(burst * $8::float8 + 1e-9), 1) - 1) * gap as t3
        from base
    ), given as materialized (
        select l.fingerprint, l.now, l.tat, l.grants, l.gap, l.ahead, l.t0, l.t1, l.t2, l.t3, l.room, l.frozen_until,
               l.ceiling_until, k0, k1, k2, k3, k0 + k1 + k2 + k3 as total
        from lanes l,
        lateral (select least(n0, room, greatest(0, floor((t0 - ahead) / gap + 1e-6) + 1))::bigint as k0 offset 0) g0,
        lateral (select least(n1, room - k0, greatest(0, floor((t1 - ahead) / gap + 1e-6) + 1 - k0))::bigint as k1 offset 0) g1,
        lateral (select least(n2, room - k0 - k1,
                              greatest(0, floor((t2 - ahead) / gap + 1e-6) + 1 - k0 - k1))::bigint as k2 offset 0) g2,
        lateral (select least(n3, room - k0 - k1 - k2,
                              greatest(0, floor((t3 - ahead) / gap + 1e-6) + 1 - k0 - k1 - k2))::bigint as k3 offset 0) g3
    ), taken as (
        update rate_buckets b
        set tat = greatest(g.tat, g.now) + g.total * g.gap * interval '1 second', grants = g.grants + g.total
        from given g where b.fingerprint = g.fingerprint and g.total > 0
    )
    select k.company_id, k.fingerprint, k.stopped, clock_timestamp(), k.reason, k.retry_at, k.probe_until, k.pause_seconds,
           g.fingerprint is not null as has_bucket, k.may_ask, g.grants, g.k0, g.k1, g.k2, g.k3, g.gap * 1000,
           g.ahead + g.total * g.gap - g.t0, g.ahead + g.total * g.gap - g.t1, g.ahead + g.total * g.gap - g.t2,
           g.ahead + g.total * g.gap - g.t3,
           extract(epoch from case when g.frozen_until > g.now then g.frozen_until - g.now end)::float8 as frozen_for,
           extract(epoch from case when g.room <= g.total then g.ceiling_until - g.now end)::float8 as ceiling_for
    from keys k left join given g using (fingerprint)
)sql"};

constexpr Statement kAddBucketsOf{"quota.add_buckets_of", R"sql(
    insert into rate_buckets (fingerprint, rate_per_minute)
    select distinct fingerprint, $2::float8 from calcom_credentials
    where company_id = any($1::bigint[]) and purpose = 'api-key' and state = 'active'
    order by fingerprint
    on conflict do nothing
)sql"};

constexpr std::array kCatalogue{kGrant, kAddBucketsOf};

constexpr int kStopped = 2, kNow = 3, kReason = 4, kRetryAt = 5, kProbeUntil = 6, kPause = 7,
              kHasBucket = 8, kMayAsk = 9, kGrants = 10, kLane0 = 11, kGap = 15, kNext0 = 16,
              kFrozenFor = 20, kCeilingFor = 21;

milliseconds at_least_one(double ms) {
    return milliseconds{std::max<std::int64_t>(1, static_cast<std::int64_t>(ms) + 1)};
}

KeyGrants read_grants(const Row& row) {
    KeyGrants grants;
    grants.first = row.int64(kGrants);
    grants.gap = at_least_one(row.number(kGap));
    std::optional<double> blocked;
    if (!row.is_null(kFrozenFor)) {
        grants.why = NotNowWhy::Frozen;
        blocked = row.number(kFrozenFor);
    } else if (!row.is_null(kCeilingFor)) {
        grants.why = NotNowWhy::Ceiling;
        blocked = row.number(kCeilingFor);
    }
    for (std::size_t lane = 0; lane < kCallLanes; ++lane) {
        const int offset = static_cast<int>(lane);
        grants.granted[lane] = row.int64(kLane0 + offset);
        grants.next_in[lane] = at_least_one(blocked.value_or(row.number(kNext0 + offset)) * 1000);
    }
    return grants;
}

KeyStop read_stop(const Row& row) {
    KeyStop stop;
    stop.now = row.instant(kNow);
    stop.breaker.open = true;
    stop.breaker.reason = row.text(kReason);
    stop.breaker.retry_at = row.instant(kRetryAt);
    stop.breaker.probe_until = row.instant(kProbeUntil);
    stop.breaker.pause = std::chrono::seconds{row.int64(kPause)};
    return stop;
}

postgres::Params
grant_params(std::span<const CallRequest* const> calls, const BucketPolicy& policy) {
    Array companies, lanes;
    for (const CallRequest* call : calls) {
        companies.add(call->company.value);
        lanes.add(static_cast<int>(call->lane));
    }
    return params(
        companies,
        lanes,
        policy.burst_share,
        policy.usual_limit,
        policy.lane_shares[0],
        policy.lane_shares[1],
        policy.lane_shares[2],
        policy.lane_shares[3],
        policy.catch_up
    );
}

// False: a key has no bucket yet.
bool read(const postgres::Rows& rows, Granted& granted) {
    bool complete = true;
    for (const Row row : rows) {
        const std::string fingerprint(row.text(1));
        granted.keys.emplace(CompanyId{row.int64(0)}, fingerprint);
        if (row.boolean(kStopped)) granted.stops.emplace(fingerprint, read_stop(row));
        if (row.boolean(kHasBucket))
            granted.grants.emplace(fingerprint, read_grants(row));
        else if (row.boolean(kMayAsk))
            complete = false;
    }
    return complete;
}

} // namespace

postgres::Catalogue quota_grant_catalogue() {
    return kCatalogue;
}

Granted grant(
    postgres::Transaction& transaction,
    std::span<const CallRequest* const> calls,
    const BucketPolicy& policy
) {
    Granted granted;
    if (calls.empty()) return granted;
    if (read(transaction.exec(kGrant, grant_params(calls, policy)), granted)) return granted;
    // A key is new. Only those without a grant ask again, so that nobody takes two tokens.
    Array companies;
    std::vector<const CallRequest*> again;
    for (const CallRequest* call : calls) {
        const auto key = granted.keys.find(call->company);
        if (key == granted.keys.end() || granted.grants.contains(key->second)) continue;
        companies.add(call->company.value);
        again.push_back(call);
    }
    transaction.exec(kAddBucketsOf, params(companies, most_rate(policy.usual_limit, policy)));
    read(transaction.exec(kGrant, grant_params(again, policy)), granted);
    return granted;
}

} // namespace calfleet::calcom
