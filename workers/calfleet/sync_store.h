#pragma once
// Requests for a team sync, their reports, and the children of managed event types.

#include "common/core/ids.h"
#include "common/core/time.h"
#include "common/postgres/session.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::cli {

postgres::Catalogue sync_catalogue();

/// Active companies that have a team. company: that one alone; aborts with NotFound, or Conflict
/// when it is switched off or has no team.
std::vector<CompanyId>
companies_to_sync(postgres::Transaction& transaction, std::optional<std::int64_t> company);

/// Where the platform and Cal.com disagree, as a sync that only checks has found; JSON texts.
struct SideBySide {
    std::optional<std::int64_t> service; ///< nothing: no service sells the event type
    std::int64_t event_type{0};
    std::string status, field;
    std::optional<std::string> platform, calcom;
};

/// Where a request has got to.
struct SyncState {
    CompanyId company;
    std::string outcome;               ///< done, incomplete, failed; empty while it is open
    std::string report;                ///< one line
    std::vector<std::string> problems; ///< what could not be read
    std::vector<SideBySide> differences{};
};
/// By the ids of the events; one row for each that a worker has written down.
std::vector<SyncState>
sync_states(postgres::Transaction& transaction, std::span<const std::string> event_ids);

/// Which children are meant; nothing fits all.
struct ChildFilter {
    std::int64_t company{0};
    std::optional<std::int64_t> parent;
    /// A staff member: his account by staff.calcom_user_id, else by his host mapping, else the
    /// account of the company's teams whose user name is his name, written small and joined.
    std::optional<std::int64_t> staff;
};

struct ChildRow {
    std::int64_t parent{0};
    std::string title;
    std::int64_t user{0};
    std::optional<std::string> username, staff_name;
    std::optional<std::int64_t> child;
    std::optional<Instant> resolved_at;
    bool trusted{false};
    std::optional<std::string> error;
};
std::vector<ChildRow> list_children(postgres::Transaction& transaction, const ChildFilter& filter);

/// They are looked up again before they are used. How many.
std::int64_t invalidate_children(postgres::Transaction& transaction, const ChildFilter& filter);

/// Invalidates them and queues the look-ups, one job per managed event type. How many jobs.
std::int64_t resolve_children(postgres::Transaction& transaction, const ChildFilter& filter);

} // namespace calfleet::cli
