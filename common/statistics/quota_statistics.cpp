#include "common/statistics/quota_statistics.h"

#include "common/calcom/waiting_reasons.h"

#include <array>

namespace calfleet::statistics {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Row;
using postgres::Statement;

// The most that a key may do is what rate_bucket.h calls most_rate().
constexpr Statement kKeys{"statistics.keys", R"sql(
    with used as (
        select distinct k.fingerprint
        from calcom_credentials k join platform.companies c on c.id = k.company_id and c.is_active
        where k.purpose = 'api-key' and k.state = 'active' and k.valid_until > now()
          and ($1::bigint is null or k.company_id = $1)
    ), judged as (
        select calfleet.key_state(s.key is not null, b.frozen_until, b.rate_per_minute,
                                  greatest(least(b.limit_per_minute, $2::bigint) * $3::float8, 1)) as state
        from used u
        left join rate_buckets b on b.fingerprint = u.fingerprint
        left join breakers s on s.scope = 'credential' and s.key = u.fingerprint and s.state = 'open'
    )
    select count(*) filter (where state = 'full'), count(*) filter (where state = 'slowed'),
           count(*) filter (where state = 'frozen'), count(*) filter (where state = 'stopped'),
           (select count(*) from breakers where scope = 'host' and state = 'open'),
           (select count(*) from breakers where scope = 'operation' and state = 'open')
    from judged
)sql"};

constexpr Statement kWaitingFor{"statistics.waiting_for", R"sql(
    select last_class, count(distinct company_id), count(*)
    from jobs
    where state = 'parked' and last_class = any($1::text[]) and ($2::bigint is null or company_id = $2)
    group by last_class
    order by 2 desc, 1
)sql"};

constexpr std::array kCatalogue{kKeys, kWaitingFor};

} // namespace

postgres::Catalogue quota_statistics_catalogue() {
    return kCatalogue;
}

QuotaStatistics read_quota_statistics(
    postgres::Transaction& transaction,
    std::optional<std::int64_t> company,
    const calcom::BucketPolicy& policy
) {
    QuotaStatistics statistics;
    const auto keys =
        transaction.exec(kKeys, params(company, policy.usual_limit, policy.rate_share));
    statistics.keys = {
        .full = keys[0].int64(0),
        .slowed = keys[0].int64(1),
        .frozen = keys[0].int64(2),
        .stopped = keys[0].int64(3)};
    statistics.breakers = {
        .credential = statistics.keys.stopped,
        .host = keys[0].int64(4),
        .operation = keys[0].int64(5)};
    Array reasons;
    for (const calcom::WaitingReason& reason : calcom::kWaitingReasons)
        reasons.add(reason.code);
    for (const Row row : transaction.exec(kWaitingFor, params(reasons, company)))
        statistics.waiting.push_back(
            {.reason = std::string(row.text(0)), .companies = row.int64(1), .jobs = row.int64(2)}
        );
    return statistics;
}

} // namespace calfleet::statistics
