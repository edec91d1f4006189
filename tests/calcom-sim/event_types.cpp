// /v2/event-types under cal-api-version 2024-06-14: personal types and managed types' children.
#include "common/core/text.h"

#include <boost/json/monotonic_resource.hpp>

#include <algorithm>

#include "tests/calcom-sim/event_type_input.h"
#include "tests/calcom-sim/event_type_view.h"
#include "tests/calcom-sim/modules.h"
#include "tests/calcom-sim/shapes.h"
#include "tests/calcom-sim/team_access.h"

namespace calfleet::calcom_sim {
namespace {

bool is_host(const EventType& type, Id user) {
    return std::any_of(type.hosts.begin(), type.hosts.end(), [&](const Host& host) {
        return host.user_id == user;
    });
}

Outcome get_event_type(Context& context) {
    const auto id = context.id(0);
    if (!id) return context.unforeseen();
    const EventType* type = context.world.event_types.find(*id, context.reads);
    if (type == nullptr || !may_see(context.world, *type, *context.caller_id, context.reads))
        return event_type_not_found(context, *id);
    json::monotonic_resource memory;
    return success(user_event_type(context.world, *type, context.reads, &memory));
}

// Personal types and children of one user, in the order of their last change.
std::vector<const EventType*> owned_by(const Context& context, Id owner) {
    std::vector<const EventType*> types;
    context.world.event_types.each(context.reads, [&](Id, const EventType& type) {
        if (!type.team_id && type.owner_id == owner) types.push_back(&type);
    });
    return in_heap_order(std::move(types));
}

Outcome list_event_types(Context& context) {
    const Request& request = context.request;
    std::optional<Id> owner = context.caller_id;
    if (const auto username = request.parameter("username")) {
        const User* user = context.world.user_named(*username);
        owner = user == nullptr ? std::optional<Id>{} : user->id;
    } else if (request.parameter("usernames")) {
        owner.reset();
    }
    if (!owner) return success(json::array());
    std::vector<const EventType*> types = owned_by(context, *owner);
    const auto slug = request.parameter("eventSlug");
    std::erase_if(types, [&](const EventType* type) {
        return (type->hidden && context.caller_id != owner) || (slug && type->slug != *slug);
    });
    sort_by_creation(types, request.parameter("sortCreatedAt"));
    json::array shown;
    for (const EventType* type : types) {
        json::object one = user_event_type(context.world, *type, context.reads);
        leave_out_hidden_fields(one);
        shown.push_back(std::move(one));
    }
    return success(shown);
}

Outcome create_event_type(Context& context) {
    if (auto wrong = objection(context, Writing::Create)) return *wrong;
    EventType type{.owner_id = context.caller_id, .created = context.now};
    if (auto wrong = foreign_schedule(context, *context.caller_id)) return *wrong;
    type.booking_fields = default_booking_fields();
    write_fields(type, context.request.fields());
    if (slug_is_taken(context.world, type, type.slug))
        return context.refuse(400, "User already has an event type with this slug.");
    type.id = context.world.next_event_type_id();
    type.touched = context.world.next_touch();
    const EventType& row = context.world.event_types.put(type.id, type, context.now);
    Answer answer = success(user_event_type(context.world, row, context.now), 201);
    answer.effects.push_back({"event-type.created", std::to_string(row.id)});
    return answer;
}

Outcome patch_event_type(Context& context) {
    const auto id = context.id(0);
    if (!id) return context.unforeseen();
    if (auto wrong = objection(context, Writing::Patch)) return *wrong;
    const EventType* known = context.world.event_types.find(*id);
    if (known == nullptr || known->owner_id != context.caller_id)
        return event_type_not_found(context, *id);
    if (auto wrong = foreign_schedule(context, *context.caller_id)) return *wrong;
    const json::object& fields = context.request.fields();
    if (const json::value* slug = fields.if_contains("slug"); slug && !slug->get_string().empty())
        if (slug_is_taken(context.world, *known, slug_of(slug->get_string())))
            return context.mapped(
                400, "TRPCError", "Bad request: Please check your request data and try again"
            );
    EventType& row = *context.world.event_types.edit(*id, context.now);
    write_fields(row, fields);
    row.touched = context.world.next_touch();
    json::monotonic_resource memory;
    Answer answer = success(user_event_type(context.world, row, context.now, &memory));
    answer.effects.push_back({"event-type.updated", std::to_string(row.id)});
    return answer;
}

Outcome delete_event_type(Context& context) {
    const auto id = context.id(0);
    if (!id) return context.unforeseen();
    const EventType* type = context.world.event_types.find(*id);
    if (type == nullptr)
        return context.refuse(
            404, "Event type with ID=" + std::to_string(*id) + " does not exist."
        );
    if (type->owner_id != context.caller_id)
        return context.refuse(
            403,
            "User with ID=" + std::to_string(*context.caller_id) +
                " does not own event type with ID=" + std::to_string(*id)
        );
    const json::object shown{
        {"id", type->id},
        {"lengthInMinutes", type->length_minutes},
        {"slug", type->slug},
        {"title", type->title}};
    remove_event_type(context.world, *id, context.now);
    Answer answer = success(shown);
    answer.effects.push_back({"event-type.deleted", std::to_string(*id)});
    return answer;
}

} // namespace

bool may_see(const World& world, const EventType& type, Id user, Instant reads) {
    if (type.owner_id == user || is_host(type, user)) return true;
    std::optional<Id> team = type.team_id;
    if (type.parent_id)
        if (const EventType* parent = world.event_types.find(*type.parent_id, reads))
            team = parent->team_id;
    if (!team) return false;
    const Membership* membership = world.membership_of(user, *team, reads);
    return membership != nullptr && membership->accepted && membership->role != Role::Member;
}

void register_event_types(Router& router) {
    const std::vector<std::string_view> versions{kJune14};
    const std::string_view all = "/v2/event-types";
    const std::string_view one = "/v2/event-types/:id";
    router.add({"GET", all, versions, Auth::Optional, list_event_types});
    router.add({"POST", all, versions, Auth::Permissions, create_event_type});
    router.add({"GET", one, versions, Auth::Permissions, get_event_type});
    router.add({"PATCH", one, versions, Auth::Permissions, patch_event_type});
    router.add({"DELETE", one, versions, Auth::Permissions, delete_event_type});
}

} // namespace calfleet::calcom_sim
