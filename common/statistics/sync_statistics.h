#pragma once
// How far the platform and Cal.com are in step: services by status, what differs, and the syncs of
// the companies' teams. The same figures for `calfleet stats`, the metrics and the alerts.

#include "common/core/ids.h"
#include "common/core/time.h"
#include "common/postgres/session.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace calfleet::statistics {

/// Of active companies that have a team at Cal.com, each in one state by its last sync of all
/// teams; syncs that only check, or read a single team, do not count.
struct TeamSyncStatistics {
    std::int64_t done{0};
    std::int64_t incomplete{0}; ///< something could not be read
    std::int64_t failed{0};     ///< nothing could
    std::int64_t never{0};      ///< none has ended yet
    std::int64_t open{0};       ///< requests, of any kind, that have not ended
    /// How long the oldest of them has waited, by the database's clock.
    std::optional<std::chrono::seconds> oldest_open;
    /// Since the last complete sync of the company for which that is longest; those that never had
    /// one are not in it.
    std::optional<std::chrono::seconds> stalest;
};

struct CompanySync {
    CompanyId company;
    std::optional<std::string> last_outcome; ///< done, incomplete, failed
    std::optional<Instant> last_ended;
    std::optional<Instant> last_complete;
    std::optional<Instant> waiting_since; ///< of the oldest request that has not ended
};

struct ServiceStatistics {
    struct Status {
        std::string status; ///< never, pending, synced, error
        std::int64_t services{0};
    };
    std::vector<Status> by_status;    ///< most first; only those that occur
    std::int64_t open_divergences{0}; ///< fields that differ at Cal.com
    std::int64_t services_diverged{0};
};

postgres::Catalogue sync_statistics_catalogue();

/// Access: runtime or login. company: only that one, here and below.
TeamSyncStatistics read_team_sync_statistics(
    postgres::Transaction& transaction, std::optional<std::int64_t> company = std::nullopt
);

/// The companies that were longest without a complete sync first, those that never had one before
/// all. Access: runtime or login.
std::vector<CompanySync> read_company_syncs(
    postgres::Transaction& transaction, std::optional<std::int64_t> company, std::int64_t limit
);

/// Access: login.
ServiceStatistics read_service_statistics(
    postgres::Transaction& transaction, std::optional<std::int64_t> company = std::nullopt
);

} // namespace calfleet::statistics
