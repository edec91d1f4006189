#include "common/calcom/quota_upkeep.h"

#include "common/log/log.h"

#include <array>

namespace calfleet::calcom {
namespace {

using postgres::params;
using postgres::Statement;

// tat is when the bucket is full, and at least the instant of the last grant. Locked by key, as
// everybody does who locks several.
constexpr Statement kBuckets{"quota.forget_buckets", R"sql(
    delete from rate_buckets where fingerprint in (
        select b.fingerprint from rate_buckets b
        where greatest(b.tat, b.frozen_until, b.rate_changed_at, b.refused_at, b.ceiling_until)
              < now() - $1::integer * interval '1 day'
          and not exists (select from calcom_credentials k
                          where k.fingerprint = b.fingerprint
                            and (k.state = 'active' or k.retired_at > now() - $1::integer * interval '1 day'))
        order by b.fingerprint limit $2::bigint for update of b skip locked)
)sql"};

constexpr Statement kBreakers{"quota.forget_breakers", R"sql(
    delete from breakers where (scope, key) in (
        select b.scope, b.key from breakers b
        where greatest(b.updated_at, b.closed_at, b.retry_at, b.probe_until)
              < now() - $1::integer * interval '1 day'
          and (b.scope <> 'credential'
               or not exists (select from calcom_credentials k
                              where k.fingerprint = b.key
                                and (k.state = 'active' or k.retired_at > now() - $1::integer * interval '1 day')))
        order by b.scope, b.key limit $2::bigint for update of b skip locked)
)sql"};

constexpr std::array kCatalogue{kBuckets, kBreakers};

} // namespace

postgres::Catalogue quota_upkeep_catalogue() {
    return kCatalogue;
}

Forgotten forget_disused(postgres::Transaction& transaction, const UpkeepPolicy& policy) {
    const auto days = static_cast<std::int64_t>(policy.grace.count());
    return {
        .buckets = transaction.exec(kBuckets, params(days, policy.most_rows)).affected(),
        .breakers = transaction.exec(kBreakers, params(days, policy.most_rows)).affected()};
}

Result<> maintain_quota(postgres::Session& session, const UpkeepPolicy& policy) {
    const auto forgotten =
        session.transact(postgres::Access::runtime(), [&](postgres::Transaction& transaction) {
            return forget_disused(transaction, policy);
        });
    if (!forgotten) return forgotten.error();
    if (forgotten->buckets > 0 || forgotten->breakers > 0)
        log::info(
            "quota.maintained", {{"buckets", forgotten->buckets}, {"breakers", forgotten->breakers}}
        );
    return {};
}

} // namespace calfleet::calcom
