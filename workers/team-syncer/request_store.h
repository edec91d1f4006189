#pragma once
// Who asked for a sync, what it came to, and when the next daily one is due: team_syncs,
// sync_schedule.

#include "common/core/ids.h"
#include "common/core/time.h"
#include "common/events/team_sync_requested.h"
#include "common/postgres/session.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::team_syncer {

postgres::Catalogue request_catalogue();

struct SyncRequest {
    CompanyId company;
    events::TeamSyncRequested asked;
    std::string_view event_id;
};
/// One statement; the transaction is open for their companies.
void add_requests(postgres::Transaction& transaction, std::span<const SyncRequest> requests);

/// The oldest open requests of the company that one run answers: those of the same mode and team.
struct OpenRequests {
    std::vector<std::int64_t> ids;
    events::SyncMode mode{events::SyncMode::Sync};
    std::optional<std::int64_t> team;
    std::string reason; ///< of the oldest
    bool more{false};   ///< others are open beside them
};
/// Nothing: nobody asks.
std::optional<OpenRequests> open_requests(postgres::Transaction& transaction, CompanyId company);

/// Ends them, and forgets what ended more than 90 days ago. outcome: done, incomplete, failed.
void end_requests(
    postgres::Transaction& transaction,
    CompanyId company,
    std::span<const std::int64_t> ids,
    std::string_view outcome,
    std::string_view report_json
);

/// Moves the schedule on when it is due and says who is to be synced: active companies that have a
/// team. Of several processes one gets the list, the others nothing. Access::runtime().
std::vector<CompanyId> take_daily_sync(
    postgres::Transaction& transaction, Instant now, Instant next, std::string_view owner
);

} // namespace calfleet::team_syncer
