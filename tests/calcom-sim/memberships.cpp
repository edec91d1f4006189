// /v2/teams/{teamId}/memberships: who belongs to a team, also who was only invited.
#include "common/core/text.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "tests/calcom-sim/bookings_input.h"
#include "tests/calcom-sim/managed.h"
#include "tests/calcom-sim/modules.h"
#include "tests/calcom-sim/shapes.h"
#include "tests/calcom-sim/state.h"
#include "tests/calcom-sim/team_access.h"

namespace calfleet::calcom_sim {
namespace {

constexpr std::int64_t kMostTaken = 250;
constexpr std::size_t kMostEmails = 20;

json::object membership_object(const World& world, const Membership& membership) {
    const User* user = world.users.find(membership.user_id);
    json::object about;
    if (user != nullptr)
        about = {
            {"avatarUrl", nullptr},
            {"username", user->username},
            {"name", user->name},
            {"email", user->email},
            {"bio", user->bio}};
    return {
        {"id", membership.id},
        {"userId", membership.user_id},
        {"teamId", membership.team_id},
        {"accepted", membership.accepted},
        {"role", name(membership.role)},
        {"disableImpersonation", membership.disable_impersonation},
        {"user", std::move(about)}};
}

struct Page {
    std::int64_t take{kMostTaken};
    std::int64_t skip{0};
    std::vector<std::string> emails{}; ///< empty: of anybody
    std::optional<Answer> refused{};
};

// One bound of a page; adds what is wrong with it to the errors.
void read_bound(
    const Context& context,
    std::string_view name,
    std::int64_t least,
    std::int64_t most,
    std::int64_t& into,
    json::array& errors,
    json::object& target
) {
    const auto text = context.request.parameter(name);
    if (!text) return;
    const auto number = parse_int64(*text);
    const json::value shown = number ? json::value(*number) : json::value(nullptr);
    target[name] = shown;
    json::object constraints;
    const std::string property(name);
    if (!number || *number > most)
        constraints["max"] = property + " must not be greater than " + std::to_string(most);
    if (!number || *number < least)
        constraints["min"] = property + " must not be less than " + std::to_string(least);
    if (!number) constraints["isNumber"] = property + " must be a number";
    if (constraints.empty())
        into = *number;
    else
        errors.push_back(validation_error(target, name, &shown, constraints));
}

// Addresses are compared in lower case, each once.
void read_emails(const Context& context, Page& page, json::array& errors, json::object& target) {
    const auto text = context.request.parameter("emails");
    if (!text) return;
    bool fit = true;
    for (const std::string_view part : split(*text, ',')) {
        std::string email(trim(part));
        std::transform(email.begin(), email.end(), email.begin(), [](unsigned char letter) {
            return static_cast<char>(std::tolower(letter));
        });
        if (email.empty() ||
            std::find(page.emails.begin(), page.emails.end(), email) != page.emails.end())
            continue;
        fit = fit && is_email(email);
        page.emails.push_back(std::move(email));
    }
    if (page.emails.empty()) return;
    const json::value shown = json::array(page.emails.begin(), page.emails.end());
    target["emails"] = shown;
    json::object constraints;
    if (!fit) constraints["isEmail"] = "Each email must be a valid email address";
    if (page.emails.size() > kMostEmails)
        constraints["arrayMaxSize"] =
            "emails array cannot contain more than 20 email addresses for team membership "
            "filtering";
    if (!constraints.empty())
        errors.push_back(validation_error(target, "emails", &shown, constraints));
}

Page read_page(const Context& context) {
    Page page;
    json::array errors;
    json::object target{{"take", kMostTaken}, {"skip", 0}};
    read_bound(context, "take", 1, kMostTaken, page.take, errors, target);
    read_bound(context, "skip", 0, 1'000'000'000, page.skip, errors, target);
    read_emails(context, page, errors, target);
    if (!errors.empty()) page.refused = context.invalid(std::move(errors));
    return page;
}

bool listed(const Context& context, const Membership& membership, const Page& page) {
    if (page.emails.empty()) return true;
    const User* user = context.world.users.find(membership.user_id);
    return user != nullptr &&
           std::find(page.emails.begin(), page.emails.end(), user->email) != page.emails.end();
}

Outcome list_memberships(Context& context) {
    const TeamAccess access = enter_team(context, Role::Admin);
    if (access.refused) return *access.refused;
    const Page page = read_page(context);
    if (page.refused) return *page.refused;
    json::array shown;
    std::int64_t number = 0;
    context.world.memberships.each(context.reads, [&](Id, const Membership& membership) {
        if (membership.team_id != access.team_id || !listed(context, membership, page)) return;
        if (number >= page.skip && number < page.skip + page.take)
            shown.push_back(membership_object(context.world, membership));
        ++number;
    });
    return success(shown);
}

// The membership in the path's second value, when it is one of this team.
const Membership* membership_in(const Context& context, Id team, Instant as_of) {
    const Membership* membership = context.world.memberships.find(*context.id(1), as_of);
    return membership != nullptr && membership->team_id == team ? membership : nullptr;
}

Answer not_in_team(const Context& context, Id team) {
    return context.refuse(
        404,
        "Membership with id " + context.values[1] + " not found in team " + std::to_string(team)
    );
}

Outcome get_membership(Context& context) {
    const TeamAccess access = enter_team(context, Role::Admin);
    if (access.refused) return *access.refused;
    if (!context.id(1)) return context.unforeseen();
    const Membership* membership = membership_in(context, access.team_id, context.reads);
    if (membership == nullptr)
        return context.refuse(404, "Organization's Team membership not found");
    return success(membership_object(context.world, *membership));
}

// Role, acceptance and impersonation, where the request has them.
std::optional<Answer> write_membership(const Context& context, Membership& membership) {
    const json::object& fields = context.request.fields();
    json::array errors;
    const auto flag = [&](const char* name, bool& into) {
        const json::value* value = fields.if_contains(name);
        if (value == nullptr) return;
        if (value->is_bool())
            into = value->get_bool();
        else
            errors.push_back(validation_error(
                fields, name, value, {{"isBoolean", std::string(name) + " must be a boolean value"}}
            ));
    };
    flag("accepted", membership.accepted);
    if (const json::value* role = fields.if_contains("role")) {
        constexpr std::array kRoles{Role::Member, Role::Owner, Role::Admin};
        const auto found = std::find_if(kRoles.begin(), kRoles.end(), [&](Role known) {
            return *role == json::value(json::string(name(known)));
        });
        if (found != kRoles.end())
            membership.role = *found;
        else
            errors.push_back(validation_error(
                fields,
                "role",
                role,
                {{"isEnum", "role must be one of the following values: MEMBER, OWNER, ADMIN"}}
            ));
    }
    flag("disableImpersonation", membership.disable_impersonation);
    if (errors.empty()) return std::nullopt;
    return context.invalid(std::move(errors));
}

Outcome create_membership(Context& context) {
    const TeamAccess access = enter_team(context, Role::Admin);
    if (access.refused) return *access.refused;
    World& world = context.world;
    const json::object& fields = context.request.fields();
    const json::value* user_id = fields.if_contains("userId");
    if (user_id == nullptr || !user_id->is_int64())
        return context.invalid({validation_error(
            fields, "userId", user_id, {{"isInt", "userId must be an integer number"}}
        )});
    Membership membership{.user_id = user_id->get_int64(), .team_id = access.team_id};
    if (auto wrong = write_membership(context, membership)) return *wrong;
    if (world.users.find(membership.user_id) == nullptr)
        return context.mapped(
            400, "BAD_REQUEST", "Invalid input: The referenced data does not exist."
        );
    if (world.membership_of(membership.user_id, access.team_id, context.now) != nullptr)
        return context.mapped(
            409, "CONFLICT", "Invalid Input: Trying to create a record that already exists."
        );
    membership.id = world.next_membership_id();
    world.memberships.put(membership.id, membership, context.now);
    if (membership.accepted) join_types_of_all(world, membership, context.now);
    Answer answer = success(membership_object(world, membership), 201);
    answer.effects.push_back({"membership.created", std::to_string(membership.id)});
    return answer;
}

Outcome patch_membership(Context& context) {
    const TeamAccess access = enter_team(context, Role::Admin);
    if (access.refused) return *access.refused;
    if (!context.id(1)) return context.unforeseen();
    const Membership* known = membership_in(context, access.team_id, context.now);
    if (known == nullptr) return not_in_team(context, access.team_id);
    Membership changed = *known;
    if (auto wrong = write_membership(context, changed)) return *wrong;
    const bool joins = changed.accepted && !known->accepted;
    context.world.memberships.put(changed.id, changed, context.now);
    if (joins) join_types_of_all(context.world, changed, context.now);
    Answer answer = success(membership_object(context.world, changed));
    answer.effects.push_back({"membership.updated", std::to_string(changed.id)});
    return answer;
}

Outcome delete_membership(Context& context) {
    const TeamAccess access = enter_team(context, Role::Admin);
    if (access.refused) return *access.refused;
    if (!context.id(1)) return context.unforeseen();
    const Membership* known = membership_in(context, access.team_id, context.now);
    if (known == nullptr) return not_in_team(context, access.team_id);
    const Membership gone = *known;
    context.world.memberships.erase(gone.id, context.now);
    leave_types(context.world, gone, context.now);
    Answer answer = success(membership_object(context.world, gone));
    answer.effects.push_back({"membership.deleted", std::to_string(gone.id)});
    return answer;
}

} // namespace

void register_memberships(Router& router) {
    constexpr std::string_view kAll = "/v2/teams/:teamId/memberships";
    constexpr std::string_view kOne = "/v2/teams/:teamId/memberships/:membershipId";
    router.add({.method = "GET", .pattern = kAll, .serve = list_memberships});
    router.add({.method = "POST", .pattern = kAll, .serve = create_membership});
    router.add({.method = "GET", .pattern = kOne, .serve = get_membership});
    router.add({.method = "PATCH", .pattern = kOne, .serve = patch_membership});
    router.add({.method = "DELETE", .pattern = kOne, .serve = delete_membership});
}

} // namespace calfleet::calcom_sim
