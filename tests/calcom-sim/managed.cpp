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
    child.booking_fields = booking_fields_of_child(parent.booking_fields);
    return child;
}

const json::object* unlocked_fields(const EventType& parent) {
    const json::value* const config = parent.metadata.if_contains("managedEventConfig");
    if (config == nullptr || !config->is_object()) return nullptr;
    const json::value* const unlocked = config->get_object().if_contains("unlockedFields");
    return unlocked == nullptr ? nullptr : unlocked->if_object();
}

// What the parent leaves to its children. Being hidden is not among it, whatever the web app says.
void keep_unlocked(EventType& child, const EventType& known, const json::object& unlocked) {
    const auto keep = [&](std::string_view name, auto EventType::*member) {
        if (unlocked.contains(name)) child.*member = known.*member;
    };
    keep("title", &EventType::title);
    keep("slug", &EventType::slug);
    keep("description", &EventType::description);
    keep("length", &EventType::length_minutes);
    keep("beforeBufferTime", &EventType::before_buffer);
    keep("afterBufferTime", &EventType::after_buffer);
    keep("minimumBookingNotice", &EventType::minimum_notice);
    keep("slotInterval", &EventType::slot_interval);
    keep("schedule", &EventType::schedule_id);
    keep("locations", &EventType::locations);
    keep("bookingFields", &EventType::booking_fields);
}

// The types of a user with this slug: at most one, and it is his own or a managed type's child.
const EventType* type_with_slug(const World& world, Id user, const std::string& slug) {
    for (const auto& [id, type] : world.event_types.rows())
        if (type.owner_id == user && !type.team_id && type.slug == slug) return &type;
    return nullptr;
}

// Whether the slug is free for a child of this parent, if need be after the user's own type is
// gone.
bool make_way(World& world, const EventType& parent, Id user, ChildrenWritten& done, Instant now) {
    const EventType* const other = type_with_slug(world, user, parent.slug);
    if (other == nullptr || other->parent_id == parent.id) return true;
    if (other->parent_id) return false;
    done.replaced.push_back(other->id);
    remove_event_type(world, other->id, now);
    return true;
}

void add_child(World& world, const EventType& parent, Id user, Instant now) {
    const Id id = world.next_event_type_id();
    EventType child = child_of(parent, id, user);
    child.created = now;
    child.touched = world.next_touch();
    world.event_types.put(id, std::move(child), now);
}

void reset_child(World& world, const EventType& parent, Id id, Instant now) {
    const EventType& known = *world.event_types.find(id);
    EventType child = child_of(parent, id, known.owner_id.value_or(0));
    if (const json::object* unlocked = unlocked_fields(parent))
        keep_unlocked(child, known, *unlocked);
    child.created = known.created;
    child.touched = world.next_touch();
    world.event_types.put(id, std::move(child), now);
}

std::vector<Id> team_types(const World& world, Id team) {
    std::vector<Id> found;
    for (const auto& [id, type] : world.event_types.rows())
        if (type.team_id == team) found.push_back(id);
    return found;
}

} // namespace

std::vector<Id> assigned_to(const World& world, Id parent, Instant now) {
    std::vector<Id> users;
    for (const Id child : children_of(world, parent, now))
        users.push_back(world.event_types.find(child, now)->owner_id.value_or(0));
    return users;
}

ChildrenWritten
write_children(World& world, Id parent_id, const std::vector<Id>& users, Instant now) {
    ChildrenWritten done;
    const EventType parent = *world.event_types.find(parent_id);
    const std::vector<Id> known = children_of(world, parent_id, now);
    std::set<Id> have;
    for (const Id child : known)
        have.insert(world.event_types.find(child)->owner_id.value_or(0));
    for (const Id user : std::set<Id>(users.begin(), users.end())) {
        if (have.contains(user)) continue;
        // Where the slug is taken for good no child is made, and nobody is told.
        if (make_way(world, parent, user, done, now)) add_child(world, parent, user, now);
    }
    for (const Id child : known) {
        const Id owner = world.event_types.find(child)->owner_id.value_or(0);
        if (std::find(users.begin(), users.end(), owner) == users.end()) continue;
        if (!make_way(world, parent, owner, done, now))
            done.slug_conflict = true;
        else
            reset_child(world, parent, child, now);
    }
    // Whoever has to go goes last, and stays when the write failed before.
    if (done.slug_conflict) return done;
    for (const Id child : known) {
        const Id owner = world.event_types.find(child)->owner_id.value_or(0);
        if (std::find(users.begin(), users.end(), owner) == users.end())
            remove_event_type(world, child, now);
    }
    return done;
}

void join_types_of_all(World& world, const Membership& membership, Instant now) {
    for (const Id id : team_types(world, membership.team_id)) {
        const EventType& type = *world.event_types.find(id);
        if (!type.assign_all_members) continue;
        if (type.scheduling != Scheduling::Managed) {
            world.event_types.edit(id, now)->hosts.push_back({.user_id = membership.user_id});
            continue;
        }
        std::vector<Id> users = assigned_to(world, id, now);
        users.push_back(membership.user_id);
        write_children(world, id, users, now);
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
