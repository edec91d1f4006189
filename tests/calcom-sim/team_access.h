#pragma once
// Who may do what in a team, and what happens to event types when teams and members change.

#include <optional>
#include <string_view>
#include <vector>

#include "tests/calcom-sim/router.h"

namespace calfleet::calcom_sim {

/// The team in the path's first value, after the role check that precedes every team route. A team
/// that does not exist is refused like one that the caller is no member of: 403.
struct TeamAccess {
    Id team_id{};
    std::optional<Answer> refused{};
};
/// Role::Member: any membership will do, also one that was not accepted. Else it must be accepted.
TeamAccess enter_team(const Context& context, Role least);

/// Owner, host, or an admin or owner of the team or of the parent's team.
bool may_see(const World& world, const EventType& type, Id user, Instant reads);

/// The 404 for a type that does not exist and for one that the caller may not see.
Answer event_type_not_found(const Context& context, Id id);

/// With its children; its bookings stay, without an event type.
void remove_event_type(World& world, Id id, Instant now);

/// As a heap gives rows that nobody ordered: what was changed last comes last.
std::vector<const EventType*> in_heap_order(std::vector<const EventType*> types);
/// By creation when `order` is "asc" or "desc".
void sort_by_creation(std::vector<const EventType*>& types, std::optional<std::string_view> order);

} // namespace calfleet::calcom_sim
