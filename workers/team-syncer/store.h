#pragma once
// team-syncer's rows of the Cal.com side: teams and their event types. The
// transaction is open for the company. Rows are locked in the order teams, members, staff,
// mappings, each in the order of its key.

#include "workers/team-syncer/job.h"
#include "workers/team-syncer/snapshot.h"

#include "common/postgres/session.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace calfleet::team_syncer {

postgres::Catalogue store_catalogue();

struct CompanyFacts {
    bool is_active{false};
    std::optional<calcom::TeamId> team;
};
CompanyFacts load_company(postgres::Transaction& transaction, CompanyId company);

/// The database's time, later than every reading of the company that is known.
Instant reading_time(postgres::Transaction& transaction, CompanyId company);

/// What is known before a team's reading is judged.
struct TeamFacts {
    std::vector<KnownEventType> event_types;
    std::vector<calcom::UserId> members; ///< those not marked as removed
};
TeamFacts load_team(postgres::Transaction& transaction, CompanyId company, calcom::TeamId team);
/// The event types of that account alone that earlier readings showed. Those of another account are
/// not known to be gone: the key may have changed.
std::vector<KnownEventType>
load_personal(postgres::Transaction& transaction, CompanyId company, calcom::UserId owner);

void write_team(postgres::Transaction& transaction, CompanyId company, const calcom::Team& team);
/// A team that has been read. problem: what could not be, then synced_at stays.
void write_team_report(
    postgres::Transaction& transaction,
    CompanyId company,
    calcom::TeamId team,
    const std::optional<std::string>& problem,
    std::string_view report_json
);
/// Teams that the key does not see any more. seen: those of the company that it does.
void write_unseen_teams(
    postgres::Transaction& transaction, CompanyId company, std::span<const calcom::Team> seen
);

/// Teams of the company that its services belong to, or that it had before, and that the key does
/// not see: its owner is no member. Numbers, in order.
std::vector<calcom::TeamId> load_missed_teams(
    postgres::Transaction& transaction, CompanyId company, std::span<const calcom::Team> seen
);

/// What the next sync compares with. team: nothing for those of the key's owner alone.
void write_event_types(
    postgres::Transaction& transaction,
    CompanyId company,
    std::optional<calcom::TeamId> team,
    std::span<const SeenEventType* const> changed,
    Instant read_at
);
void write_deleted_event_types(
    postgres::Transaction& transaction, CompanyId company, std::span<const calcom::EventTypeId> ids
);

/// Event types of active services that belong to no team and are nobody's known child: whether they
/// are there is to be asked one by one. At most `limit`, others first every day.
std::vector<calcom::EventTypeId> load_unplaced_event_types(
    postgres::Transaction& transaction, CompanyId company, Date today, int limit
);

} // namespace calfleet::team_syncer
