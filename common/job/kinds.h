#pragma once
// The kinds of jobs that more than one program speaks of: who runs them, and what their entities
// are called. The kind "event" (common/intake) is every worker's own and named there.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace calfleet::job {

struct Kind {
    std::string_view worker; ///< the program that claims it
    std::string_view name;   ///< jobs.kind; stored, so never renamed
    std::string_view
        entity; ///< the whole entity, or with a colon at its end what stands in front of the id
};

inline constexpr Kind kPushService{"service-pusher", "push-service", "service:"};
inline constexpr Kind kRematchHost{"host-mapper", "rematch-host", "host:"};
/// One entity: of a company at most one sync runs, and at most one more waits.
inline constexpr Kind kSyncTeams{"team-syncer", "sync-teams", "teams"};
inline constexpr Kind kResolveChildren{"team-syncer", "resolve-children", "children:"};

/// "service:7". Only for kinds whose entity ends in a colon.
std::string entity_of(const Kind& kind, std::string_view id);
std::string entity_of(const Kind& kind, std::int64_t id);

/// What stands behind the colon; nothing for another kind's entity and for an empty id.
std::optional<std::string_view> name_in(const Kind& kind, std::string_view entity);
/// The same for ids that are numbers from 1.
std::optional<std::int64_t> id_in(const Kind& kind, std::string_view entity);

} // namespace calfleet::job
