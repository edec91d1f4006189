#include "tests/calcom-sim/managed.h"

#include <algorithm>
#include <set>

#include "tests/calcom-sim/event_type_view.h"
#include "tests/calcom-sim/team_access.h"

namespace calfleet::calcom_sim {
namespace {

// The parent's row as a child of this user: everything but that it is hidden, which children never
// are after a write on the parent.
EventType child_of(const EventType& parent, Id id, Id user) {
    EventType child = parent;
    child.id = id;
    child.owner_id = user;
    child.team_id.reset();
    child.parent_id = parent.id;
    child.scheduling = Scheduling::None;
    child.hosts.clear();
    child.assign_all_members = false;
    child.hidden = false;
    return child;
}

void remove_personal_type_with_slug(World& world, Id user, const std::string& slug, Instant now) {
    std::vector<Id> found;
    for (const auto& [id, type] : world.event_types.rows())
        if (type.owner_id == user && !type.team_id && type.slug == slug) found.push_back(id);
    for (const Id id : found)
        remove_event_type(world, id, now);
}

std::vector<Id> team_types(const World& world, Id team) {
    std::vector<Id> found;
    for (const auto& [id, type] : world.event_types.rows())
        if (type.team_id == team) found.push_back(id);
    return found;
}

} // namespace

void assign_children(World& world, Id parent_id, const std::vector<Id>& users, Instant now) {
    std::set<Id> have;
    for (const Id child : children_of(world, parent_id, now)) {
        const Id owner = world.event_types.find(child)->owner_id.value_or(0);
        if (std::find(users.begin(), users.end(), owner) == users.end())
            remove_event_type(world, child, now);
        else
            have.insert(owner);
    }
    for (const Id user : users) {
        if (!have.insert(user).second) continue;
        const EventType parent = *world.event_types.find(parent_id);
        remove_personal_type_with_slug(world, user, parent.slug, now);
        const Id id = world.next_event_type_id();
        EventType child = child_of(parent, id, user);
        child.created = now;
        child.touched = world.next_touch();
        world.event_types.put(id, std::move(child), now);
    }
}

void reset_children(World& world, Id parent_id, Instant now) {
    const EventType parent = *world.event_types.find(parent_id);
    for (const Id id : children_of(world, parent_id, now)) {
        const EventType& known = *world.event_types.find(id);
        EventType child = child_of(parent, id, known.owner_id.value_or(0));
        child.created = known.created;
        child.touched = world.next_touch();
        world.event_types.put(id, std::move(child), now);
    }
}

void join_types_of_all(World& world, const Membership& membership, Instant now) {
    for (const Id id : team_types(world, membership.team_id)) {
        const EventType& type = *world.event_types.find(id);
        if (!type.assign_all_members) continue;
        if (type.scheduling != Scheduling::Managed) {
            world.event_types.edit(id, now)->hosts.push_back({.user_id = membership.user_id});
            continue;
        }
        std::vector<Id> users{membership.user_id};
        for (const Id child : children_of(world, id, now))
            users.push_back(world.event_types.find(child)->owner_id.value_or(0));
        assign_children(world, id, users, now);
    }
}

void leave_types(World& world, const Membership& membership, Instant now) {
    for (const Id id : team_types(world, membership.team_id)) {
        std::erase_if(world.event_types.edit(id, now)->hosts, [&](const Host& host) {
            return host.user_id == membership.user_id;
        });
        for (const Id child : children_of(world, id, now))
            if (world.event_types.find(child)->owner_id == membership.user_id)
                remove_event_type(world, child, now);
    }
}

} // namespace calfleet::calcom_sim
