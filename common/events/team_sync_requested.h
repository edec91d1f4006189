#pragma once
// team-sync-requested: what Cal.com has for a company is to be read and compared as a whole.

#include "common/core/result.h"
#include "common/core/text_arena.h"
#include "common/events/envelope.h"
#include "common/json/parser.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace calfleet::events {

inline constexpr std::string_view kTeamSyncRequested = "team-sync-requested";
/// The entity of its key, `company:teams`: requests of a company stay in order and become one job.
inline constexpr std::string_view kTeamsEntity = "teams";

enum class SyncMode {
    Sync,  ///< publish what differs from the last sync
    Check, ///< change nothing, report
    Force, ///< publish everything, as if nothing had been seen before
};
std::string_view name(SyncMode mode); ///< "sync", "check", "force"

struct TeamSyncRequested {
    SyncMode mode{SyncMode::Sync};
    /// One team only; empty: the company's own team and those below it.
    std::optional<std::int64_t> team_id;
    /// Why, for the report: "team-changed", "event-type-changed", "scheduled", "requested"; never
    /// empty.
    std::string_view reason;
    std::string_view requested_by; ///< an operator's login; empty when nobody asked
};

/// Keeps parser memory between calls; one per thread.
class TeamSyncRequestedDecoder {
public:
    /// Strings of the result live in the arena. Error Invalid names the field, its value and what
    /// is expected.
    Result<TeamSyncRequested> decode(const Envelope& envelope, TextArena& arena);

private:
    json::Parser parser_;
};

/// The event's data.
std::string encode(const TeamSyncRequested& event);

} // namespace calfleet::events
