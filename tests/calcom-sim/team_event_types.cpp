// /v2/teams/{teamId}/event-types: collective, round robin and managed types, under any version.
#include <algorithm>
#include <array>

#include "tests/calcom-sim/event_type_input.h"
#include "tests/calcom-sim/event_type_view.h"
#include "tests/calcom-sim/managed.h"
#include "tests/calcom-sim/modules.h"
#include "tests/calcom-sim/shapes.h"
#include "tests/calcom-sim/team_access.h"

namespace calfleet::calcom_sim {
namespace {

constexpr std::string_view kSlugExists = "Team event type with this slug already exists";

// What a write answers: a managed type comes as an array, the parent before its children.
json::value written(const World& world, Id id, Instant now) {
    const EventType& type = *world.event_types.find(id);
    json::object shown = team_event_type(world, type, now, TeamDetail::IdOnly);
    if (type.scheduling != Scheduling::Managed) return shown;
    json::array all{std::move(shown)};
    for (const Id child : children_of(world, id, now))
        all.push_back(
            team_event_type(world, *world.event_types.find(child), now, TeamDetail::IdOnly)
        );
    return all;
}

std::optional<Scheduling> scheduling_from(const json::value& text) {
    struct Word {
        std::string_view word;
        Scheduling meaning;
    };
    constexpr std::array<Word, 6> kWords{{
        {"collective", Scheduling::Collective},
        {"roundRobin", Scheduling::RoundRobin},
        {"managed", Scheduling::Managed},
        {"COLLECTIVE", Scheduling::Collective},
        {"ROUND_ROBIN", Scheduling::RoundRobin},
        {"MANAGED", Scheduling::Managed},
    }};
    for (const Word& word : kWords)
        if (text.is_string() && text.get_string() == word.word) return word.meaning;
    return std::nullopt;
}

Answer wrong_scheduling(const Context& context, const json::value* value) {
    return context.invalid({validation_error(
        context.request.fields(),
        "schedulingType",
        value,
        {{"isEnum",
          "schedulingType must be one of the following values: collective, roundRobin, managed"}}
    )});
}

// The hosts that a request asks for; nothing when it does not say.
struct Wanted {
    std::optional<std::vector<Host>> hosts{};
    std::optional<Answer> refused{};
};

Host host_from(const json::object& fields) {
    Host host;
    if (const json::value* id = fields.if_contains("userId"); id != nullptr && id->is_int64())
        host.user_id = id->get_int64();
    if (const json::value* flag = fields.if_contains("mandatory");
        flag != nullptr && flag->is_bool())
        host.mandatory = flag->get_bool();
    if (const json::value* word = fields.if_contains("priority");
        word != nullptr && word->is_string())
        host.priority = word->get_string().c_str();
    return host;
}

std::vector<Host> all_members(const World& world, Id team) {
    std::vector<Host> hosts;
    for (const auto& [id, membership] : world.memberships.rows())
        if (membership.team_id == team && membership.accepted)
            hosts.push_back({.user_id = membership.user_id});
    return hosts;
}

Wanted wanted_hosts(const Context& context, Id team) {
    const json::object& fields = context.request.fields();
    const json::value* all = fields.if_contains("assignAllTeamMembers");
    if (all != nullptr && all->is_bool() && all->get_bool())
        return {.hosts = all_members(context.world, team)};
    const json::value* given = fields.if_contains("hosts");
    if (given == nullptr) return {};
    if (!given->is_array())
        return {
            .refused = context.invalid(
                {validation_error(fields, "hosts", given, {{"isArray", "hosts must be an array"}})}
            )};
    std::vector<Host> hosts;
    std::string strangers;
    for (const json::value& element : given->get_array()) {
        if (!element.is_object()) continue;
        hosts.push_back(host_from(element.get_object()));
        const Id user = hosts.back().user_id;
        if (context.world.membership_of(user, team, context.now) == nullptr)
            strangers += (strangers.empty() ? "" : ", ") + std::to_string(user);
    }
    if (!strangers.empty())
        return {
            .refused = context.refuse(
                404,
                "Invalid hosts: " + strangers + " are not members of team with id " +
                    std::to_string(team) + "."
            )};
    return {.hosts = std::move(hosts)};
}

bool all_accepted(const Context& context, Id team, const std::vector<Host>& hosts) {
    return std::all_of(hosts.begin(), hosts.end(), [&](const Host& host) {
        return context.world.membership_of(host.user_id, team, context.now)->accepted;
    });
}

// Hosts of collective and round robin types are a column, those of managed types are children: all
// of them are written, also when the request does not name them.
ChildrenWritten
write_hosts(Context& context, Id id, const std::optional<std::vector<Host>>& hosts) {
    World& world = context.world;
    if (world.event_types.find(id)->scheduling != Scheduling::Managed) {
        if (hosts) world.event_types.edit(id, context.now)->hosts = *hosts;
        return {};
    }
    if (!hosts) return write_children(world, id, assigned_to(world, id, context.now), context.now);
    std::vector<Id> users;
    for (const Host& host : *hosts)
        users.push_back(host.user_id);
    return write_children(world, id, users, context.now);
}

// The answer to a write, or the 409 of the database when a child could not be written.
Answer answer_to(
    const Context& context, Id id, const ChildrenWritten& done, std::string_view effect, int status
) {
    Answer answer =
        done.slug_conflict
            ? context.mapped(
                  409, "CONFLICT", "Invalid Input: Trying to create a record that already exists."
              )
            : success(written(context.world, id, context.now), status);
    answer.effects.push_back({std::string(effect), std::to_string(id)});
    for (const Id replaced : done.replaced)
        answer.effects.push_back({"event-type.replaced", std::to_string(replaced)});
    return answer;
}

bool says_all_members(const json::object& fields) {
    const json::value* all = fields.if_contains("assignAllTeamMembers");
    return all != nullptr && all->is_bool() && all->get_bool();
}

Outcome list_team_event_types(Context& context) {
    const auto team = context.id(0);
    if (!team) return context.unforeseen();
    const auto slug = context.request.parameter("eventSlug");
    std::vector<const EventType*> types;
    context.world.event_types.each(context.reads, [&](Id, const EventType& type) {
        if (type.team_id == *team && (!slug || type.slug == *slug)) types.push_back(&type);
    });
    types = in_heap_order(std::move(types));
    sort_by_creation(types, context.request.parameter("sortCreatedAt"));
    json::array shown;
    for (const EventType* type : types)
        shown.push_back(team_event_type(context.world, *type, context.reads, TeamDetail::Full));
    return success(shown);
}

Outcome get_team_event_type(Context& context) {
    const TeamAccess access = enter_team(context, Role::Admin);
    if (access.refused) return *access.refused;
    const auto id = context.id(1);
    if (!id) return context.unforeseen();
    const EventType* type = context.world.event_types.find(*id, context.reads);
    if (type == nullptr || type->team_id != access.team_id)
        return event_type_not_found(context, *id);
    return success(team_event_type(context.world, *type, context.reads, TeamDetail::IdOnly));
}

Outcome create_team_event_type(Context& context) {
    const TeamAccess access = enter_team(context, Role::Admin);
    if (access.refused) return *access.refused;
    if (auto wrong = objection(context, Writing::Create)) return *wrong;
    const json::object& fields = context.request.fields();
    const json::value* word = fields.if_contains("schedulingType");
    const auto scheduling = word == nullptr ? std::nullopt : scheduling_from(*word);
    if (!scheduling) return wrong_scheduling(context, word);
    const Wanted wanted = wanted_hosts(context, access.team_id);
    if (wanted.refused) return *wanted.refused;
    World& world = context.world;
    EventType type{.team_id = access.team_id, .scheduling = *scheduling, .created = context.now};
    type.locations = default_locations();
    type.booking_fields = default_booking_fields();
    write_fields(type, fields);
    type.assign_all_members = says_all_members(fields);
    if (type.scheduling == Scheduling::Managed)
        type.metadata["managedEventConfig"] = json::object();
    if (slug_is_taken(world, type, type.slug)) return context.refuse(400, kSlugExists);
    type.id = world.next_event_type_id();
    type.touched = world.next_touch();
    const Id id = type.id;
    world.event_types.put(id, std::move(type), context.now);
    const std::vector<Host> hosts = wanted.hosts.value_or(std::vector<Host>{});
    // Refused too late: the type is there already, without hosts.
    if (!all_accepted(context, access.team_id, hosts)) {
        Answer answer = context.mapped(
            403, "TRPCError", "You don't have necessary permissions to access this resource"
        );
        answer.effects.push_back({"event-type.created", std::to_string(id)});
        return answer;
    }
    const ChildrenWritten done = write_hosts(context, id, hosts);
    return answer_to(context, id, done, "event-type.created", 201);
}

// Between collective and round robin only, and with hosts.
std::optional<Answer>
switch_scheduling(const Context& context, const Wanted& wanted, EventType& type) {
    const json::value* word = context.request.fields().if_contains("schedulingType");
    if (word == nullptr) return std::nullopt;
    const auto scheduling = scheduling_from(*word);
    if (!scheduling || *scheduling == Scheduling::Managed) return wrong_scheduling(context, word);
    if (type.scheduling == Scheduling::Managed || (*scheduling != type.scheduling && !wanted.hosts))
        return context.refuse(400, "Hosts are required when changing schedulingType");
    type.scheduling = *scheduling;
    return std::nullopt;
}

Outcome patch_team_event_type(Context& context) {
    const TeamAccess access = enter_team(context, Role::Admin);
    if (access.refused) return *access.refused;
    const auto id = context.id(1);
    if (!id) return context.unforeseen();
    if (auto wrong = objection(context, Writing::Patch)) return *wrong;
    World& world = context.world;
    const EventType* known = world.event_types.find(*id);
    if (known == nullptr || known->team_id != access.team_id)
        return context.refuse(400, "Event type to update not found");
    const json::object& fields = context.request.fields();
    const Wanted wanted = wanted_hosts(context, access.team_id);
    if (wanted.refused) return *wanted.refused;
    EventType changed = *known;
    if (auto wrong = switch_scheduling(context, wanted, changed)) return *wrong;
    if (const json::value* slug = fields.if_contains("slug");
        slug != nullptr && !slug->get_string().empty()) {
        // Also its own: the check does not leave the type itself out.
        EventType nobody = changed;
        nobody.id = 0;
        if (slug_is_taken(world, nobody, slug_of(slug->get_string())))
            return context.refuse(400, kSlugExists);
    }
    write_fields(changed, fields);
    if (fields.contains("assignAllTeamMembers"))
        changed.assign_all_members = says_all_members(fields);
    changed.touched = world.next_touch();
    world.event_types.put(*id, std::move(changed), context.now);
    const ChildrenWritten done = write_hosts(context, *id, wanted.hosts);
    return answer_to(context, *id, done, "event-type.updated", 200);
}

Outcome delete_team_event_type(Context& context) {
    const TeamAccess access = enter_team(context, Role::Admin);
    if (access.refused) return *access.refused;
    const auto id = context.id(1);
    if (!id) return context.unforeseen();
    const EventType* type = context.world.event_types.find(*id);
    if (type == nullptr || type->team_id != access.team_id)
        return context.refuse(
            404, "Event type with ID=" + std::to_string(*id) + " does not exist."
        );
    const json::object shown{{"id", type->id}, {"title", type->title}};
    remove_event_type(context.world, *id, context.now);
    Answer answer = success(shown);
    answer.effects.push_back({"event-type.deleted", std::to_string(*id)});
    return answer;
}

} // namespace

void register_team_event_types(Router& router) {
    const std::string_view all = "/v2/teams/:teamId/event-types";
    const std::string_view one = "/v2/teams/:teamId/event-types/:eventTypeId";
    router.add({"GET", all, {}, Auth::Optional, list_team_event_types});
    router.add({"POST", all, {}, Auth::Required, create_team_event_type});
    router.add({"GET", one, {}, Auth::Required, get_team_event_type});
    router.add({"PATCH", one, {}, Auth::Required, patch_team_event_type});
    router.add({"DELETE", one, {}, Auth::Required, delete_team_event_type});
}

} // namespace calfleet::calcom_sim
