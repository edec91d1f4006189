#pragma once
// What stands between the companies and Cal.com: their keys, breakers, and who waits for what. The
// same figures for `calfleet stats`, the metrics and the alerts.

#include "common/calcom/rate_bucket.h"
#include "common/postgres/session.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace calfleet::statistics {

/// Keys in use: of active companies, and valid now. A key that several companies share counts once,
/// and every key is in one state: the worst that holds.
struct KeyStates {
    std::int64_t full{0};    ///< may make all the calls that its limit allows us
    std::int64_t slowed{0};  ///< its rate was lowered: somebody else uses it, too
    std::int64_t frozen{0};  ///< rests after a 429
    std::int64_t stopped{0}; ///< its breaker is open: Cal.com refuses it

    std::int64_t all() const { return full + slowed + frozen + stopped; }
};

struct OpenBreakers {
    std::int64_t credential{0}; ///< of keys in use
    std::int64_t host{0};
    std::int64_t operation{0};
};

struct WaitingCompanies {
    std::string reason; ///< one of calcom::kWaitingReasons
    std::int64_t companies{0};
    std::int64_t jobs{0};
};

struct QuotaStatistics {
    KeyStates keys;
    OpenBreakers breakers;
    std::vector<WaitingCompanies> waiting; ///< most companies first; only those that occur
};

postgres::Catalogue quota_statistics_catalogue();

/// Access: runtime or login; reads no company's data. company: only its keys, their breakers and
/// its jobs; breakers of hosts and operations are everybody's. policy: of the gate that lowers the
/// rates.
QuotaStatistics read_quota_statistics(
    postgres::Transaction& transaction,
    std::optional<std::int64_t> company = std::nullopt,
    const calcom::BucketPolicy& policy = {}
);

} // namespace calfleet::statistics
