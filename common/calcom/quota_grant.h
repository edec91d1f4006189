#pragma once
// Grants from the buckets of many companies' keys in one statement. Private to this folder.

#include "common/calcom/quota.h"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace calfleet::calcom {

postgres::Catalogue quota_grant_catalogue();

/// What one key gave, per lane: grants numbered first + 1, first + 2, ... in the order of the
/// lanes.
struct KeyGrants {
    std::int64_t first{0};
    std::array<std::int64_t, kCallLanes> granted{};
    std::array<std::chrono::milliseconds, kCallLanes> next_in{}; ///< until a lane's next grant
    std::chrono::milliseconds gap{0};                            ///< between two grants
    NotNowWhy why{NotNowWhy::Bucket};                            ///< of those that got none
};

/// A key that somebody must find out about, or wait for.
struct KeyStop {
    Breaker breaker;
    Instant now; ///< the database's
};

struct Granted {
    std::map<CompanyId, std::string> keys; ///< a company's fingerprint; absent: no key
    std::map<std::string, KeyGrants> grants;
    std::map<std::string, KeyStop> stops; ///< keys whose breaker is open
};

/// Takes as many tokens as there are calls and the buckets allow. Keys whose breaker is open and
/// not yet due for a probe give none.
Granted grant(
    postgres::Transaction& transaction,
    std::span<const CallRequest* const> calls,
    const BucketPolicy& policy
);

} // namespace calfleet::calcom
