// /v2/event-types under cal-api-version 2024-04-15 and 2024-06-11, which is also what a request
// without the header, or with an unknown value, gets: 200, another shape, and a PATCH that
// destroys.
#include <cctype>
#include <string>

#include "tests/calcom-sim/event_type_input.h"
#include "tests/calcom-sim/event_type_view.h"
#include "tests/calcom-sim/legacy_event_type_view.h"
#include "tests/calcom-sim/modules.h"
#include "tests/calcom-sim/shapes.h"
#include "tests/calcom-sim/state.h"
#include "tests/calcom-sim/team_access.h"

namespace calfleet::calcom_sim {
namespace {

Outcome get_legacy(Context& context) {
    const auto id = context.id(0);
    if (!id) return context.unforeseen();
    const EventType* type = context.world.event_types.find(*id, context.reads);
    if (type == nullptr || !may_see(context.world, *type, *context.caller_id, context.reads))
        return event_type_not_found(context, *id);
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

// As in a URL.
std::string percent_encoded(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string encoded;
    for (const char letter : text) {
        const auto code = static_cast<unsigned char>(letter);
        if (std::isalnum(code) != 0)
            encoded.push_back(letter);
        else
            encoded.append({'%', kDigits[code >> 4U], kDigits[code & 15U]});
    }
    return encoded;
}

json::object team_profile(const Team& team) {
    return {
        {"image",
         "https://eu.ui-avatars.com/api/"
         "?background=fff&color=f9f9f9&bold=true&background=000000&name=" +
             percent_encoded(team.name)},
        {"name", team.name},
        {"slug", "team/" + team.slug}};
}

// One group with its line among the profiles.
struct Group {
    json::value team_id{};
    json::value role{};
    json::object profile{};
    json::array types{};
    std::int64_t members{1};
    bool read_only{};
};

Group own_group(const Context& context, const User& user) {
    return {
        .profile = user_profile(context.world, user),
        .types = items(context, [&](const EventType& type) {
            return !type.team_id && type.owner_id == user.id;
        })};
}

Group team_group(const Context& context, const Team& team, const Membership& membership) {
    Group group{
        .team_id = team.id,
        .role = json::string(name(membership.role)),
        .profile = team_profile(team),
        .types = items(context, [&](const EventType& type) { return type.team_id == team.id; }),
        .members = 0,
        .read_only = membership.role == Role::Member};
    context.world.memberships.each(context.reads, [&](Id, const Membership& one) {
        if (one.team_id == team.id) ++group.members;
    });
    return group;
}

// The caller's own types, then those of each of his teams.
Outcome list_legacy(Context& context) {
    const World& world = context.world;
    const User* user = context.caller();
    if (user == nullptr) return context.unforeseen();
    std::vector<Group> groups{own_group(context, *user)};
    world.teams.each(context.reads, [&](Id id, const Team& team) {
        const Membership* membership = world.membership_of(user->id, id, context.reads);
        if (membership != nullptr && membership->accepted)
            groups.push_back(team_group(context, team, *membership));
    });
    json::array shown;
    json::array profiles;
    for (Group& group : groups) {
        json::object about{{"membershipCount", group.members}, {"readOnly", group.read_only}};
        json::object line = group.profile;
        for (const auto& field : about)
            line[field.key()] = field.value();
        line["teamId"] = group.team_id;
        line["membershipRole"] = group.role;
        profiles.push_back(std::move(line));
        json::object one{
            {"teamId", group.team_id},
            {"bookerUrl", world.web_url},
            {"membershipRole", group.role},
            {"profile", std::move(group.profile)},
            {"eventTypes", std::move(group.types)},
            {"metadata", std::move(about)}};
        if (!group.team_id.is_null()) one["parentId"] = nullptr;
        shown.push_back(std::move(one));
    }
    return success(json::object{
        {"eventTypeGroups", std::move(shown)},
        {"profiles", std::move(profiles)},
        {"allUsersAcrossAllEventTypes", json::object()}});
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
    if (type == nullptr || type->owner_id != context.caller_id)
        return event_type_not_found(context, *id);
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
    router.add({"GET", all, versions, Auth::Permissions, list_legacy});
    router.add({"POST", all, versions, Auth::Permissions, create_legacy});
    router.add({"GET", one, versions, Auth::Permissions, get_legacy});
    router.add({"PATCH", one, versions, Auth::Permissions, patch_legacy});
}

} // namespace calfleet::calcom_sim
