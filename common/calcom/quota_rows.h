#pragma once
// Rows of rate_buckets and breakers as states, locked, changed and written as sets. Private to this
// folder.

#include "common/calcom/breaker.h"
#include "common/calcom/rate_bucket.h"
#include "common/postgres/session.h"

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace calfleet::calcom {

postgres::Catalogue quota_rows_catalogue();

struct BucketChanged {
    std::string fingerprint;
    BucketChange change;
};
/// Makes rows that are missing, locks all of them in the order of their keys, applies the news and
/// writes those that changed. Returns every row. Access::runtime().
std::vector<BucketChanged> change_buckets(
    postgres::Transaction& transaction,
    const std::map<std::string, BucketNews>& news,
    const BucketPolicy& policy
);

struct BreakerChanged {
    BreakerKey key;
    BreakerChange change;
};
/// The same for breakers.
std::vector<BreakerChanged> change_breakers(
    postgres::Transaction& transaction,
    const std::map<BreakerKey, BreakerNews>& news,
    const BreakerPolicy& policy
);

struct BreakerState {
    BreakerKey key;
    Breaker breaker;
};
/// Of rows that this transaction has locked in the order of their keys.
void write_breakers(postgres::Transaction& transaction, std::span<const BreakerState> breakers);

struct BreakerView {
    Instant now; ///< the database's
    std::map<BreakerKey, Breaker> breakers;
};
/// Those of hosts and operations that are open or closed a short while ago, without their windows.
BreakerView look_at_breakers(postgres::Transaction& transaction, const BreakerPolicy& policy);

/// The lease to let one call through, if nobody holds it and it is time: its epoch.
std::optional<std::int64_t> take_probe(
    postgres::Transaction& transaction,
    const BreakerKey& key,
    std::string_view owner,
    const BreakerPolicy& policy
);

} // namespace calfleet::calcom
