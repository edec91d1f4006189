#include "tests/calcom-sim/team_access.h"

#include <algorithm>

#include "tests/calcom-sim/event_type_view.h"

namespace calfleet::calcom_sim {

TeamAccess enter_team(const Context& context, Role least) {
    const auto id = context.id(0);
    if (!id) return {.refused = context.unforeseen()};
    const std::string team = std::to_string(*id);
    const Id caller = context.caller_id.value_or(0);
    const Membership* membership = context.world.membership_of(caller, *id, context.now);
    if (membership == nullptr || context.world.teams.find(*id) == nullptr)
        return {
            .team_id = *id,
            .refused = context.refuse(
                403, "RolesGuard - User is not a member of the team with id=" + team + "."
            )};
    if (least == Role::Member || (membership->accepted && membership->role >= least))
        return {.team_id = *id};
    return {
        .team_id = *id,
        .refused = context.refuse(
            403,
            "RolesGuard - user with id=" + std::to_string(caller) +
                " does not have the minimum required role=" +
                (least == Role::Admin ? "TEAM_ADMIN" : "TEAM_OWNER") +
                " within team with id=" + team + "."
        )};
}

Answer event_type_not_found(const Context& context, Id id) {
    return context.refuse(404, "Event type with id " + std::to_string(id) + " not found");
}

void remove_event_type(World& world, Id id, Instant now) {
    for (const Id child : children_of(world, id, now))
        remove_event_type(world, child, now);
    std::vector<std::string> uids;
    for (const auto& [uid, booking] : world.bookings.rows())
        if (booking.event_type_id == id) uids.push_back(uid);
    for (const std::string& uid : uids)
        world.bookings.edit(uid, now)->event_type_id.reset();
    world.event_types.erase(id, now);
}

std::vector<const EventType*> in_heap_order(std::vector<const EventType*> types) {
    std::stable_sort(types.begin(), types.end(), [](const EventType* left, const EventType* right) {
        return left->touched < right->touched;
    });
    return types;
}

void sort_by_creation(std::vector<const EventType*>& types, std::optional<std::string_view> order) {
    if (order != "asc" && order != "desc") return;
    std::stable_sort(
        types.begin(),
        types.end(),
        [&](const EventType* left, const EventType* right) {
            return order == "asc" ? left->id < right->id : left->id > right->id;
        }
    );
}

} // namespace calfleet::calcom_sim
