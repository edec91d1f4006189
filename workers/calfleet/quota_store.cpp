#include "workers/calfleet/quota_store.h"

#include "common/calcom/rate_bucket.h"

#include <array>

namespace calfleet::cli {
namespace {

using postgres::params;
using postgres::Row;
using postgres::Statement;

constexpr Statement kListQuota{"calfleet.list_quota", R"sql(
    select c.id, c.name, k.fingerprint,
           case when k.fingerprint is null then 'no key' when s.key is not null then 'breaker'
                when b.frozen_until > t.now then 'frozen'
                when b.ceiling_until > t.now and b.ceiling <= b.grants then 'ceiling'
                when ready.calls < 1 then 'waiting' else 'ok' end,
           greatest(ready.calls, 0)::bigint, b.rate_per_minute, b.limit_per_minute, b.grants, b.refusals,
           case when s.key is not null then s.retry_at when b.frozen_until > t.now then b.frozen_until
                when b.ceiling_until > t.now and b.ceiling <= b.grants then b.ceiling_until end,
           (select count(*) from jobs j where j.company_id = c.id and j.state = 'parked'
              and j.last_class in ('no_api_key', 'key_sealed', 'key_refused', 'key_in_doubt', 'credential_breaker',
                                   'rate_frozen', 'rate_ceiling', 'bucket_empty'))
    from (select clock_timestamp() as now) t
    cross join platform.companies c
    left join calcom_credentials k
           on k.company_id = c.id and k.purpose = 'api-key' and k.state = 'active' and k.valid_until > t.now
    left join rate_buckets b on b.fingerprint = k.fingerprint
    left join breakers s on s.scope = 'credential' and s.key = k.fingerprint and s.state = 'open'
    left join lateral (select floor(greatest(floor(least(b.limit_per_minute, $2::bigint) * $3::float8 + 1e-9), 1)
        - extract(epoch from greatest(b.tat, t.now) - t.now) * b.rate_per_minute / 60 + 1e-6) as calls) ready on true
    where $1::bigint is null or c.id = $1
    order by c.id
)sql"};

// A window that has not moved for a minute counts nothing any more.
constexpr Statement kListBreakers{"calfleet.list_breakers", R"sql(
    select b.scope, b.key,
           (select coalesce(string_agg(c.company_id::text, ',' order by c.company_id), '') from calcom_credentials c
            where b.scope = 'credential' and c.fingerprint = b.key and c.state = 'active'),
           b.state, b.reason, b.opened_at, b.retry_at, b.successes, b.strikes, counted.calls, counted.failures
    from breakers b
    cross join lateral (select coalesce(sum(w.calls), 0), coalesce(sum(w.failures), 0)
        from unnest(b.calls, b.failures) with ordinality as w (calls, failures, ord)
        where b.slot - w.ord + 1 > extract(epoch from clock_timestamp())::bigint / 10 - 6) as counted (calls, failures)
    order by b.state desc, b.scope, b.key
)sql"};

constexpr Statement kReset{"calfleet.reset_breakers", R"sql(
    update breakers
    set state = 'closed', reason = '', opened_at = null, retry_at = null, pause_seconds = 0, successes = 0, strikes = 0,
        struck_at = null, closed_at = null, probe_until = '-infinity', probe_epoch = probe_epoch + 1,
        calls = '{0,0,0,0,0,0}', failures = '{0,0,0,0,0,0}', callers = '{}', caller_slots = '{}', failing = '{}',
        failing_slots = '{}', updated_at = clock_timestamp()
    where ($1::text is null or scope = $1) and ($2::text is null or key = $2)
    returning scope, key
)sql"};

constexpr Statement kWake{"calfleet.wake_jobs_of_breaker", R"sql(
    update jobs j set state = 'ready', run_at = now()
    where j.state = 'parked'
      and case when $1 = 'credential'
               then j.last_class in ('credential_breaker', 'key_refused', 'key_in_doubt')
                    and exists (select from calcom_credentials c
                                where c.company_id = j.company_id and c.fingerprint = $2 and c.state = 'active')
               else j.last_class in ('host_breaker', 'operation_breaker', 'offline', 'server_trouble', 'not_sent') end
)sql"};

constexpr std::array kCatalogue{kListQuota, kListBreakers, kReset, kWake};

} // namespace

postgres::Catalogue quota_catalogue() {
    return kCatalogue;
}

std::vector<QuotaRow>
list_quota(postgres::Transaction& transaction, std::optional<std::int64_t> company) {
    const calcom::BucketPolicy policy;
    std::vector<QuotaRow> quota;
    const auto rows =
        transaction.exec(kListQuota, params(company, policy.usual_limit, policy.burst_share));
    for (const Row row : rows) {
        QuotaRow& key = quota.emplace_back();
        key.company = CompanyId{row.int64(0)};
        key.name = row.text(1);
        key.fingerprint = row.optional_text(2);
        key.state = row.text(3);
        key.ready = row.optional_int64(4);
        if (!row.is_null(5)) key.rate_per_minute = row.number(5);
        key.limit_per_minute = row.optional_int64(6);
        key.grants = row.optional_int64(7);
        key.refusals = row.optional_int64(8);
        key.until = row.optional_instant(9);
        key.jobs_waiting = row.int64(10);
    }
    return quota;
}

std::vector<BreakerRow> list_breakers(postgres::Transaction& transaction) {
    std::vector<BreakerRow> breakers;
    for (const Row row : transaction.exec(kListBreakers)) {
        BreakerRow& breaker = breakers.emplace_back();
        breaker.scope = row.text(0);
        breaker.key = row.text(1);
        breaker.companies = row.text(2);
        breaker.state = row.text(3);
        breaker.reason = row.text(4);
        breaker.opened_at = row.optional_instant(5);
        breaker.retry_at = row.optional_instant(6);
        breaker.good_probes = row.int64(7);
        breaker.strikes = row.int64(8);
        breaker.calls = row.int64(9);
        breaker.failures = row.int64(10);
    }
    return breakers;
}

BreakerReset reset_breakers(
    postgres::Transaction& transaction,
    const std::optional<std::string>& scope,
    const std::optional<std::string>& key
) {
    BreakerReset reset;
    const auto rows = transaction.exec(kReset, params(scope, key));
    for (const Row row : rows) {
        ++reset.breakers;
        reset.jobs_woken += transaction.exec(kWake, params(row.text(0), row.text(1))).affected();
    }
    return reset;
}

} // namespace calfleet::cli
