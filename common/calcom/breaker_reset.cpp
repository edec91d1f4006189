#include "common/calcom/breaker_reset.h"

#include "common/calcom/quota_rows.h"

#include <array>

namespace calfleet::calcom {
namespace {

using postgres::params;
using postgres::Row;
using postgres::Statement;

constexpr Statement kLockMatching{"breakers.lock_matching", R"sql(
    select scope, key, probe_epoch from breakers
    where ($1::text is null or scope = $1) and ($2::text is null or key = $2)
    order by scope, key for update
)sql"};

constexpr Statement kCompanies{"breakers.companies_with_key", R"sql(
    select distinct company_id from calcom_credentials where fingerprint = $1 and state = 'active'
)sql"};

constexpr std::array kCatalogue{kLockMatching, kCompanies};

} // namespace

postgres::Catalogue breaker_reset_catalogue() {
    return kCatalogue;
}

std::vector<BreakerKey> reset_breakers(
    postgres::Transaction& transaction,
    const std::optional<std::string>& scope,
    const std::optional<std::string>& key
) {
    std::vector<BreakerState> closed;
    std::vector<BreakerKey> keys;
    for (const Row row : transaction.exec(kLockMatching, params(scope, key))) {
        const auto known = breaker_scope(row.text(0));
        if (!known) continue; // of a newer release
        Breaker breaker;
        breaker.probe_until = Instant::min();
        breaker.probe_epoch = row.int64(2) + 1;
        keys.push_back({*known, std::string(row.text(1))});
        closed.push_back({keys.back(), std::move(breaker)});
    }
    write_breakers(transaction, closed);
    return keys;
}

std::vector<CompanyId>
companies_with_key(postgres::Transaction& transaction, std::string_view fingerprint) {
    std::vector<CompanyId> companies;
    for (const Row row : transaction.exec(kCompanies, params(fingerprint)))
        companies.push_back(CompanyId{row.int64(0)});
    return companies;
}

} // namespace calfleet::calcom
