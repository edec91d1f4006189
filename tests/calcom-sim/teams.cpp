// /v2/teams: the caller's teams.
#include <algorithm>
#include <array>

#include "tests/calcom-sim/modules.h"
#include "tests/calcom-sim/shapes.h"
#include "tests/calcom-sim/team_access.h"

namespace calfleet::calcom_sim {
namespace {

// What a PATCH may set beyond name, slug, bio, time zone and first day of the week.
constexpr std::array<std::string_view, 13> kFurther{
    "logoUrl",
    "calVideoLogo",
    "appLogo",
    "appIconLogo",
    "hideBranding",
    "isPrivate",
    "hideBookATeamMember",
    "metadata",
    "theme",
    "brandColor",
    "darkBrandColor",
    "bannerUrl",
    "timeFormat"};

json::object team_object(const Team& team) {
    json::object shown{
        {"hideBookATeamMember", false},
        {"timeZone", team.time_zone},
        {"weekStart", team.week_start},
        {"id", team.id},
        {"parentId", nullptr},
        {"name", team.name},
        {"slug", team.slug},
        {"logoUrl", nullptr},
        {"calVideoLogo", nullptr},
        {"appLogo", nullptr},
        {"appIconLogo", nullptr},
        {"bio", team.bio},
        {"hideBranding", false},
        {"isOrganization", false},
        {"isPrivate", false},
        {"metadata", json::object()},
        {"theme", nullptr},
        {"brandColor", nullptr},
        {"darkBrandColor", nullptr},
        {"bannerUrl", nullptr},
        {"timeFormat", nullptr}};
    for (const auto& field : team.rest)
        shown[field.key()] = field.value();
    return shown;
}

void write_team(Team& team, const json::object& fields) {
    const auto text = [&](const char* name, std::string& into) {
        const json::value* value = fields.if_contains(name);
        if (value != nullptr && value->is_string()) into = value->get_string().c_str();
    };
    text("name", team.name);
    text("slug", team.slug);
    text("bio", team.bio);
    text("timeZone", team.time_zone);
    text("weekStart", team.week_start);
    for (const std::string_view name : kFurther)
        if (const json::value* value = fields.if_contains(name)) team.rest[name] = *value;
}

std::optional<Answer> wrong_name(const Context& context, bool required) {
    const json::object& fields = context.request.fields();
    const json::value* name = fields.if_contains("name");
    if (name == nullptr ? !required : name->is_string()) return std::nullopt;
    return context.invalid(
        {validation_error(fields, "name", name, {{"isString", "name must be a string"}})}
    );
}

Outcome list_teams(Context& context) {
    json::array shown;
    const Id caller = *context.caller_id;
    context.world.teams.each(context.reads, [&](Id id, const Team& team) {
        if (context.world.membership_of(caller, id, context.reads) != nullptr)
            shown.push_back(team_object(team));
    });
    return success(shown);
}

Outcome get_team(Context& context) {
    const TeamAccess access = enter_team(context, Role::Member);
    if (access.refused) return *access.refused;
    const Team* team = context.world.teams.find(access.team_id, context.reads);
    return team == nullptr ? context.unforeseen() : success(team_object(*team));
}

Outcome create_team(Context& context) {
    if (auto wrong = wrong_name(context, true)) return *wrong;
    World& world = context.world;
    Team team{.id = world.next_team_id()};
    write_team(team, context.request.fields());
    const Team& row = world.teams.put(team.id, team, context.now);
    const Id membership = world.next_membership_id();
    world.memberships.put(
        membership,
        {.id = membership,
         .user_id = *context.caller_id,
         .team_id = row.id,
         .accepted = true,
         .role = Role::Owner},
        context.now
    );
    Answer answer = success(team_object(row), 201);
    answer.effects.push_back({"team.created", std::to_string(row.id)});
    return answer;
}

Outcome patch_team(Context& context) {
    const TeamAccess access = enter_team(context, Role::Owner);
    if (access.refused) return *access.refused;
    if (auto wrong = wrong_name(context, false)) return *wrong;
    Team& row = *context.world.teams.edit(access.team_id, context.now);
    write_team(row, context.request.fields());
    Answer answer = success(team_object(row));
    answer.effects.push_back({"team.updated", std::to_string(row.id)});
    return answer;
}

Outcome delete_team(Context& context) {
    const TeamAccess access = enter_team(context, Role::Owner);
    if (access.refused) return *access.refused;
    World& world = context.world;
    const json::object shown = team_object(*world.teams.find(access.team_id));
    std::vector<Id> types;
    for (const auto& [id, type] : world.event_types.rows())
        if (type.team_id == access.team_id) types.push_back(id);
    for (const Id id : types)
        remove_event_type(world, id, context.now);
    std::vector<Id> memberships;
    for (const auto& [id, membership] : world.memberships.rows())
        if (membership.team_id == access.team_id) memberships.push_back(id);
    for (const Id id : memberships)
        world.memberships.erase(id, context.now);
    world.teams.erase(access.team_id, context.now);
    Answer answer = success(shown);
    answer.effects.push_back({"team.deleted", std::to_string(access.team_id)});
    return answer;
}

} // namespace

void register_teams(Router& router) {
    router.add({.method = "GET", .pattern = "/v2/teams", .serve = list_teams});
    router.add({.method = "POST", .pattern = "/v2/teams", .serve = create_team});
    router.add({.method = "GET", .pattern = "/v2/teams/:teamId", .serve = get_team});
    router.add({.method = "PATCH", .pattern = "/v2/teams/:teamId", .serve = patch_team});
    router.add({.method = "DELETE", .pattern = "/v2/teams/:teamId", .serve = delete_team});
}

} // namespace calfleet::calcom_sim
