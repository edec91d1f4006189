// /v2/event-types under cal-api-version 2024-04-15 and 2024-06-11, which is also what a request
// without the header, or with an unknown value, gets: 200, another shape, and a PATCH that
// destroys.
#include "tests/calcom-sim/event_type_input.h"
#include "tests/calcom-sim/event_type_view.h"
#include "tests/calcom-sim/legacy_event_type_view.h"
#include "tests/calcom-sim/modules.h"
#include "tests/calcom-sim/shapes.h"
#include "tests/calcom-sim/state.h"
#include "tests/calcom-sim/team_access.h"

namespace calfleet::calcom_sim {
namespace {

Answer not_found(const Context& context, Id id) {
    return context.refuse(404, "Event type with id " + std::to_string(id) + " not found");
}

Outcome get_legacy(Context& context) {
    const auto id = context.id(0);
    if (!id) return context.unforeseen();
    const EventType* type = context.world.event_types.find(*id, context.reads);
    if (type == nullptr || !may_see(context.world, *type, *context.caller_id, context.reads))
        return not_found(context, *id);
    return success(json::object{
        {"eventType", legacy_event_type(context.world, *type)},
        {"locationOptions", legacy_location_options()},
        {"destinationCalendar", nullptr},
        {"team", nullptr},
        {"teamMembers", json::array()},
        {"currentUserMembership", nullptr},
        {"isUserOrganizationAdmin", false}});
}

json::object user_profile(const World& world, const User& user) {
    return {{"slug", user.username}, {"name", user.name}, {"image", world.web_url + "/avatar.svg"}};
}

template <class Mine>
json::array items(const Context& context, Mine mine) {
    std::vector<const EventType*> types;
    context.world.event_types.each(context.reads, [&](Id, const EventType& type) {
        if (mine(type)) types.push_back(&type);
    });
    json::array shown;
    for (const EventType* type : in_heap_order(std::move(types)))
        shown.push_back(legacy_list_item(context.world, *type, context.reads));
    return shown;
}

// The caller's own types, then one group for each of his teams with its types.
Outcome list_legacy(Context& context) {
    const World& world = context.world;
    const User* user = context.caller();
    if (user == nullptr) return context.unforeseen();
    json::array groups{json::object{
        {"teamId", nullptr},
        {"bookerUrl", world.web_url},
        {"membershipRole", nullptr},
        {"profile", user_profile(world, *user)},
        {"eventTypes",
         items(
             context,
             [&](const EventType& type) { return !type.team_id && type.owner_id == user->id; }
         )},
        {"metadata", {{"membershipCount", 1}, {"readOnly", false}}}}};
    context.world.teams.each(context.reads, [&](Id id, const Team& team) {
        const Membership* membership = world.membership_of(user->id, id, context.reads);
        if (membership == nullptr || !membership->accepted) return;
        json::array types =
            items(context, [&](const EventType& type) { return type.team_id == id; });
        if (types.empty()) return;
        groups.push_back(json::object{
            {"teamId", id},
            {"bookerUrl", world.web_url},
            {"membershipRole", name(membership->role)},
            {"profile",
             {{"image", world.web_url + "/avatar.svg"},
              {"name", team.name},
              {"slug", "team/" + team.slug}}},
            {"eventTypes", std::move(types)},
            {"metadata", {{"readOnly", membership->role == Role::Member}}}});
    });
    json::object profile = user_profile(world, *user);
    profile["membershipCount"] = 1;
    profile["readOnly"] = false;
    profile["teamId"] = nullptr;
    profile["membershipRole"] = nullptr;
    return success(json::object{
        {"eventTypeGroups", std::move(groups)}, {"profiles", json::array{std::move(profile)}}});
}

// The old names, as those that write_fields() knows; what only the new version has is dropped.
json::object modern_fields(const json::object& given) {
    json::object fields;
    for (const char* name :
         {"title",
          "slug",
          "description",
          "hidden",
          "disableGuests",
          "slotInterval",
          "minimumBookingNotice",
          "beforeEventBuffer",
          "afterEventBuffer"})
        if (const json::value* value = given.if_contains(name)) fields[name] = *value;
    if (const json::value* length = given.if_contains("length"); length && length->is_int64())
        fields["lengthInMinutes"] = *length;
    return fields;
}

// Whatever the request is about, the booking fields are reduced to the e-mail address.
void destroy_booking_fields(EventType& type) {
    json::array left;
    for (const json::value& field : type.booking_fields)
        if (field.at("slug") == "email") left.push_back(field);
    type.booking_fields = std::move(left);
}

Outcome patch_legacy(Context& context) {
    const auto id = context.id(0);
    if (!id) return context.unforeseen();
    if (auto wrong = objection(context, Writing::Patch)) return *wrong;
    EventType* type = context.world.event_types.edit(*id, context.now);
    if (type == nullptr || type->owner_id != context.caller_id) return not_found(context, *id);
    write_fields(*type, modern_fields(context.request.fields()));
    destroy_booking_fields(*type);
    type->touched = context.world.next_touch();
    Answer answer = success(legacy_event_type(context.world, *type));
    answer.effects.push_back({"event-type.updated", std::to_string(*id)});
    answer.effects.push_back({"event-type.booking-fields-destroyed", std::to_string(*id)});
    return answer;
}

Outcome create_legacy(Context& context) {
    json::object fields = modern_fields(context.request.fields());
    for (const char* name : {"title", "slug", "lengthInMinutes"})
        if (!fields.contains(name)) {
            const std::string old = std::string(name) == "lengthInMinutes" ? "length" : name;
            return context.invalid({validation_error(
                context.request.fields(),
                old,
                nullptr,
                {{old == "length" ? "isInt" : "isString", old + " is missing"}}
            )});
        }
    EventType type{.owner_id = context.caller_id, .created = context.now};
    type.booking_fields = default_booking_fields();
    write_fields(type, fields);
    if (slug_is_taken(context.world, type, type.slug))
        return context.refuse(400, "User already has an event type with this slug.");
    type.id = context.world.next_event_type_id();
    type.touched = context.world.next_touch();
    const EventType& row = context.world.event_types.put(type.id, type, context.now);
    Answer answer = success(legacy_event_type(context.world, row), 201);
    answer.effects.push_back({"event-type.created", std::to_string(row.id)});
    return answer;
}

} // namespace

void register_legacy_event_types(Router& router) {
    const std::vector<std::string_view> versions{kApril15, kJune11};
    const std::string_view all = "/v2/event-types";
    const std::string_view one = "/v2/event-types/:id";
    router.add({"GET", all, versions, Auth::Required, list_legacy});
    router.add({"POST", all, versions, Auth::Permissions, create_legacy});
    router.add({"GET", one, versions, Auth::Permissions, get_legacy});
    router.add({"PATCH", one, versions, Auth::Permissions, patch_legacy});
}

} // namespace calfleet::calcom_sim
