#include "workers/calfleet/quota_store.h"

#include "common/calcom/breaker_reset.h"
#include "common/calcom/rate_bucket.h"
#include "common/calcom/waiting_reasons.h"
#include "common/jobs/job_decisions.h"
#include "common/postgres/columns.h"

#include <array>

namespace calfleet::cli {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Row;
using postgres::Statement;

constexpr Statement kListQuota{"calfleet.list_quota", R"sql(
    select c.id, c.name, k.fingerprint,
           case when k.fingerprint is null then 'no key'
                else calfleet.key_state(s.key is not null, b.frozen_until, b.rate_per_minute,
                                        greatest(least(b.limit_per_minute, $2::bigint) * $4::float8, 1)) end as state,
           case when s.key is null and coalesce(b.frozen_until <= t.now, true)
                     and not coalesce(b.ceiling_until > t.now and b.ceiling <= b.grants, false)
                then greatest(ready.calls, 0)::bigint else 0 end as ready, b.rate_per_minute, b.limit_per_minute, b.grants, b.refusals,
           case when s.key is not null then s.retry_at when b.frozen_until > t.now then b.frozen_until
                when b.ceiling_until > t.now and b.ceiling <= b.grants then b.ceiling_until end as until,
           (select count(*) from jobs j where j.company_id = c.id and j.state = 'parked' and j.last_class = any($5::text[]))
               as jobs_waiting
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
            where b.scope = 'credential' and c.fingerprint = b.key and c.state = 'active') as companies,
           b.state, b.reason, b.opened_at, b.retry_at, b.successes, b.strikes, counted.calls, counted.failures
    from breakers b
    cross join lateral (select coalesce(sum(w.calls), 0) as calls, coalesce(sum(w.failures), 0) as failures
        from unnest(b.calls, b.failures) with ordinality as w (calls, failures, ord)
        where b.slot - w.ord + 1 > extract(epoch from clock_timestamp())::bigint / 10 - 6) as counted
    order by b.state desc, b.scope, b.key
)sql"};

constexpr std::array kCatalogue{kListQuota, kListBreakers};

} // namespace

postgres::Catalogue quota_catalogue() {
    return kCatalogue;
}

std::vector<QuotaRow>
list_quota(postgres::Transaction& transaction, std::optional<std::int64_t> company) {
    const calcom::BucketPolicy policy;
    std::vector<QuotaRow> quota;
    const Array reasons = postgres::array_of(calcom::waiting_codes(&calcom::WaitingReason::of_key));
    const auto rows = transaction.exec(
        kListQuota,
        params(company, policy.usual_limit, policy.burst_share, policy.rate_share, reasons)
    );
    for (const Row row : rows) {
        QuotaRow& key = quota.emplace_back();
        key.company = CompanyId{row.int64("id")};
        key.name = row.text("name");
        key.fingerprint = row.optional_text("fingerprint");
        key.state = row.text("state");
        key.ready = row.optional_int64("ready");
        if (!row.is_null("rate_per_minute")) key.rate_per_minute = row.number("rate_per_minute");
        key.limit_per_minute = row.optional_int64("limit_per_minute");
        key.grants = row.optional_int64("grants");
        key.refusals = row.optional_int64("refusals");
        key.until = row.optional_instant("until");
        key.jobs_waiting = row.int64("jobs_waiting");
    }
    return quota;
}

std::vector<BreakerRow> list_breakers(postgres::Transaction& transaction) {
    std::vector<BreakerRow> breakers;
    for (const Row row : transaction.exec(kListBreakers)) {
        BreakerRow& breaker = breakers.emplace_back();
        breaker.scope = row.text("scope");
        breaker.key = row.text("key");
        breaker.companies = row.text("companies");
        breaker.state = row.text("state");
        breaker.reason = row.text("reason");
        breaker.opened_at = row.optional_instant("opened_at");
        breaker.retry_at = row.optional_instant("retry_at");
        breaker.good_probes = row.int64("successes");
        breaker.strikes = row.int64("strikes");
        breaker.calls = row.int64("calls");
        breaker.failures = row.int64("failures");
    }
    return breakers;
}

BreakerReset reset_breakers(
    postgres::Transaction& transaction,
    const std::optional<std::string>& scope,
    const std::optional<std::string>& key
) {
    BreakerReset reset;
    const auto of_keys = calcom::waiting_codes(&calcom::WaitingReason::ends_with_key_breaker);
    const auto of_calls = calcom::waiting_codes(&calcom::WaitingReason::ends_with_call_breaker);
    bool calls_may_go_on = false;
    for (const calcom::BreakerKey& closed : calcom::reset_breakers(transaction, scope, key)) {
        ++reset.breakers;
        if (closed.scope == calcom::BreakerScope::Credential)
            reset.jobs_woken += jobs::wake_companies(
                transaction, calcom::companies_with_key(transaction, closed.key), of_keys
            );
        else
            calls_may_go_on = true;
    }
    if (calls_may_go_on) reset.jobs_woken += jobs::wake(transaction, of_calls);
    return reset;
}

} // namespace calfleet::cli
