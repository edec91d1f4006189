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

/// The open requests of the company that one run answers: those of the oldest one's mode and team
/// that are there before it reads anything.
struct OpenRequests {
    std::int64_t newest{0};
    std::int64_t count{0};
    events::SyncMode mode{events::SyncMode::Sync};
    std::optional<std::int64_t> team;
    std::string reason; ///< of the oldest
    bool more{false};   ///< others are open beside them
};
/// Nothing: nobody asks.
std::optional<OpenRequests> open_requests(postgres::Transaction& transaction, CompanyId company);

/// Ends them, however many they are, and forgets what ended more than 90 days ago. outcome: done,
/// incomplete, failed.
void end_requests(
    postgres::Transaction& transaction,
    CompanyId company,
    const OpenRequests& answered,
    std::string_view outcome,
    std::string_view report_json
);

struct DailySync {
    Instant now; ///< of the database
    Instant next;
    std::vector<CompanyId> companies; ///< active ones that have a team
};
/// Moves the schedule on to the next 00:30 UTC when it is due, by the database's clock, and says
/// who should be synced. Of several processes one gets the list, the others nothing. Begun with
/// Access::runtime(); whoever gets the list goes on as the login, within the companies of the list.
std::optional<DailySync>
take_daily_sync(postgres::Transaction& transaction, std::string_view owner);

} // namespace calfleet::team_syncer
