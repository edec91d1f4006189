#pragma once
// Rates of API keys and breakers, as the operator sees and resets them.

#include "common/core/ids.h"
#include "common/core/time.h"
#include "common/postgres/session.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::cli {

postgres::Catalogue quota_catalogue();

struct QuotaRow {
    CompanyId company;
    std::string name;
    std::optional<std::string> fingerprint; ///< absent: no key
    std::string state; ///< as metrics name it (full, slowed, frozen, stopped), or no key
    std::optional<std::int64_t> ready; ///< calls that could be made at once
    std::optional<double> rate_per_minute;
    std::optional<std::int64_t> limit_per_minute, grants, refusals;
    std::optional<Instant> until; ///< when calls go on: end of a stop, a freeze, a used-up minute
    std::int64_t jobs_waiting{0}; ///< parked for want of a key or of quota
};
std::vector<QuotaRow>
list_quota(postgres::Transaction& transaction, std::optional<std::int64_t> company);

struct BreakerRow {
    std::string scope, key;
    std::string companies; ///< whose key it is; empty for hosts and operations
    std::string state, reason;
    std::optional<Instant> opened_at, retry_at;
    std::int64_t good_probes{0}, strikes{0}, calls{0}, failures{0};
};
std::vector<BreakerRow> list_breakers(postgres::Transaction& transaction);

struct BreakerReset {
    std::int64_t breakers{0}, jobs_woken{0};
};
/// Closes those that match (empty: any), forgets what they counted, and wakes the jobs that were
/// parked because of them.
BreakerReset reset_breakers(
    postgres::Transaction& transaction,
    const std::optional<std::string>& scope,
    const std::optional<std::string>& key
);

} // namespace calfleet::cli
