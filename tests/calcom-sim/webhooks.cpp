// Registering webhooks: of a user, of an event type, of a team's event type.
#include "common/core/text.h"

#include <algorithm>
#include <array>

#include "tests/calcom-sim/bookings_ids.h"
#include "tests/calcom-sim/bookings_pipe.h"
#include "tests/calcom-sim/modules.h"
#include "tests/calcom-sim/shapes.h"
#include "tests/calcom-sim/team_access.h"

namespace calfleet::calcom_sim {
namespace {

constexpr std::array<std::string_view, 19> kTriggers{
    "BOOKING_CREATED",
    "BOOKING_PAYMENT_INITIATED",
    "BOOKING_PAID",
    "BOOKING_RESCHEDULED",
    "BOOKING_REQUESTED",
    "BOOKING_CANCELLED",
    "BOOKING_REJECTED",
    "BOOKING_NO_SHOW_UPDATED",
    "FORM_SUBMITTED",
    "MEETING_ENDED",
    "MEETING_STARTED",
    "RECORDING_READY",
    "INSTANT_MEETING",
    "RECORDING_TRANSCRIPTION_GENERATED",
    "OOO_CREATED",
    "AFTER_HOSTS_CAL_VIDEO_NO_SHOW",
    "AFTER_GUESTS_CAL_VIDEO_NO_SHOW",
    "FORM_SUBMITTED_NO_EVENT",
    "DELEGATION_CREDENTIAL_ERROR"};

constexpr std::size_t kMostListed = 250;

// Whose webhooks a request is about, after the checks of its path.
struct Scope {
    std::optional<Id> user{};
    std::optional<Id> event_type{};
    std::string guard{}; ///< what its refusals begin with
    std::optional<Answer> refused{};

    bool owns(const Webhook& webhook) const {
        return user ? webhook.user_id == user : webhook.event_type_id == event_type;
    }
};

using Enter = Scope (*)(const Context&);

constexpr std::string_view kUserGuard = "IsUserWebhookGuard - ";
constexpr std::string_view kTypeGuard = "IsUserEventTypeWebhookGuard - ";
constexpr std::string_view kTeamGuard = "IsTeamEventTypeWebhookGuard - ";

Scope of_user(const Context& context) {
    return {.user = context.caller_id, .guard = std::string(kUserGuard)};
}

Scope of_event_type(const Context& context) {
    const auto id = context.id(0);
    if (!id) return {.refused = context.unforeseen()};
    const EventType* const type = context.world.event_types.find(*id);
    const std::string guard(kTypeGuard);
    const std::string number = std::to_string(*id);
    if (type == nullptr)
        return {.refused = context.refuse(404, guard + "Event type (" + number + ") not found")};
    if (type->owner_id != context.caller_id)
        return {
            .refused = context.refuse(
                403,
                guard + "User (" + std::to_string(*context.caller_id) +
                    ") is not the owner of event type (" + number + ")"
            )};
    return {.event_type = id, .guard = guard};
}

Scope of_team_event_type(const Context& context) {
    TeamAccess access = enter_team(context, Role::Admin);
    if (access.refused) return {.refused = std::move(access.refused)};
    const auto id = context.id(1);
    if (!id) return {.refused = context.unforeseen()};
    const EventType* const type = context.world.event_types.find(*id);
    const std::string guard(kTeamGuard);
    if (type == nullptr || type->team_id != access.team_id)
        return {
            .refused = context.refuse(
                404,
                guard + "Event type (" + std::to_string(*id) + ") not found for team (" +
                    std::to_string(access.team_id) + ")"
            )};
    return {.event_type = id, .guard = guard};
}

template <class T>
json::value or_null(const std::optional<T>& value) {
    return value ? json::value(*value) : json::value(nullptr);
}

json::array triggers_of(const Webhook& webhook) {
    return json::array(webhook.triggers.begin(), webhook.triggers.end());
}

json::object shown(const Webhook& webhook) {
    json::object view{
        {"id", webhook.id},
        {"payloadTemplate", or_null(webhook.payload_template)},
        {"triggers", triggers_of(webhook)},
        {"subscriberUrl", webhook.subscriber_url},
        {"active", webhook.active},
        {"secret", or_null(webhook.secret)}};
    if (webhook.user_id) view["userId"] = *webhook.user_id;
    if (webhook.event_type_id) view["eventTypeId"] = *webhook.event_type_id;
    if (webhook.team_id) view["teamId"] = *webhook.team_id;
    return view;
}

// GET of one shows the whole row.
json::object row_shown(const Webhook& webhook) {
    return {
        {"id", webhook.id},
        {"userId", or_null(webhook.user_id)},
        {"teamId", or_null(webhook.team_id)},
        {"eventTypeId", or_null(webhook.event_type_id)},
        {"subscriberUrl", webhook.subscriber_url},
        {"payloadTemplate", or_null(webhook.payload_template)},
        {"createdAt", javascript_time(webhook.created)},
        {"active", webhook.active},
        {"appId", nullptr},
        {"secret", or_null(webhook.secret)},
        {"platform", false},
        {"time", nullptr},
        {"timeUnit", nullptr},
        {"version", "2021-10-20"},
        {"triggers", triggers_of(webhook)},
        {"oAuthClientId", nullptr}};
}

bool are_triggers(const json::value* value) {
    return value != nullptr && value->is_array() &&
           std::all_of(value->get_array().begin(), value->get_array().end(), [](const auto& one) {
               return one.is_string() &&
                      std::find(
                          kTriggers.begin(), kTriggers.end(), std::string_view(one.get_string())
                      ) != kTriggers.end();
           });
}

std::string trigger_rule() {
    std::string rule = "each value in triggers must be one of the following values: ";
    for (const std::string_view trigger : kTriggers)
        rule.append(trigger == kTriggers.front() ? "" : ", ").append(trigger);
    return rule;
}

constexpr std::string_view kOnlyVersion = "2021-10-20";

// What only organizations may be told of.
std::optional<Answer> refuse_trigger_of_organizations(const Context& context, bool creating) {
    constexpr std::string_view kOfOrganizations = "DELEGATION_CREDENTIAL_ERROR";
    const json::value* const triggers = context.request.fields().if_contains("triggers");
    if (!creating || triggers == nullptr) return std::nullopt;
    const auto& listed = triggers->as_array();
    const bool asked = std::any_of(listed.begin(), listed.end(), [&](const json::value& one) {
        return one.as_string() == kOfOrganizations;
    });
    if (!asked) return std::nullopt;
    return context.refuse(
        400, std::string(kOfOrganizations) + " trigger is only available for organization webhooks"
    );
}

// `all`: what must be there is asked for too.
std::optional<Answer> objection(const Context& context, bool all) {
    const json::object& fields = context.request.fields();
    json::array errors;
    const auto check = [&](std::string_view name, bool fits, json::object constraints) {
        const json::value* const value = fields.if_contains(name);
        if (fits || (value == nullptr && !all)) return;
        errors.push_back(validation_error(fields, name, value, constraints));
    };
    const json::value* const active = fields.if_contains("active");
    const json::value* const url = fields.if_contains("subscriberUrl");
    check(
        "active",
        active != nullptr && active->is_bool(),
        {{"isBoolean", "active must be a boolean value"}}
    );
    check(
        "subscriberUrl",
        url != nullptr && url->is_string(),
        {{"isString", "subscriberUrl must be a string"}}
    );
    json::object trigger_constraints{{"isEnum", trigger_rule()}};
    const json::value* const triggers = fields.if_contains("triggers");
    if (triggers == nullptr || !triggers->is_array())
        trigger_constraints["isArray"] = "triggers must be an array";
    check("triggers", are_triggers(triggers), std::move(trigger_constraints));
    const auto optional = [&](std::string_view name, bool fits, json::object constraints) {
        const json::value* const value = fields.if_contains(name);
        if (value != nullptr && !value->is_null()) check(name, fits, std::move(constraints));
    };
    for (const char* name : {"payloadTemplate", "secret"}) {
        const json::value* const value = fields.if_contains(name);
        optional(
            name,
            value != nullptr && value->is_string(),
            {{"isString", std::string(name) + " must be a string"}}
        );
    }
    optional(
        "version",
        text_of(fields, "version") == kOnlyVersion,
        {{"isEnum", "version must be one of the following values: " + std::string(kOnlyVersion)}}
    );
    if (!errors.empty()) return context.invalid(std::move(errors));
    return refuse_trigger_of_organizations(context, all);
}

void write_text(
    const json::object& fields, std::string_view name, std::optional<std::string>& into
) {
    const json::value* const value = fields.if_contains(name);
    if (value == nullptr) return;
    into =
        value->is_string() ? std::optional<std::string>(value->get_string().c_str()) : std::nullopt;
}

void write(Webhook& webhook, const json::object& fields) {
    if (fields.contains("subscriberUrl")) webhook.subscriber_url = text_of(fields, "subscriberUrl");
    if (const json::value* active = fields.if_contains("active"))
        webhook.active = active->as_bool();
    if (const json::value* triggers = fields.if_contains("triggers")) {
        webhook.triggers.clear();
        for (const json::value& trigger : triggers->as_array())
            webhook.triggers.emplace_back(trigger.as_string());
    }
    write_text(fields, "payloadTemplate", webhook.payload_template);
    write_text(fields, "secret", webhook.secret);
}

Outcome list(Context& context, const Scope& scope) {
    const auto number = [&](std::string_view name, std::size_t otherwise) {
        const auto text = context.request.parameter(name);
        const auto value = text ? parse_int64(*text) : std::nullopt;
        return value && *value >= 0 ? static_cast<std::size_t>(*value) : otherwise;
    };
    std::vector<const Webhook*> found;
    context.world.webhooks.each(context.reads, [&](const std::string&, const Webhook& webhook) {
        if (scope.owns(webhook)) found.push_back(&webhook);
    });
    // In the order of their making: the real one's is that of their ids, which means nothing.
    std::stable_sort(found.begin(), found.end(), [](const Webhook* left, const Webhook* right) {
        return left->created < right->created;
    });
    const std::size_t first = std::min(number("skip", 0), found.size());
    const std::size_t last = std::min(first + number("take", kMostListed), found.size());
    json::array data;
    for (std::size_t at = first; at < last; ++at)
        data.push_back(shown(*found[at]));
    return success(data);
}

Outcome create(Context& context, const Scope& scope) {
    if (auto wrong = objection(context, true)) return *wrong;
    Webhook webhook{
        .user_id = scope.user, .event_type_id = scope.event_type, .created = context.now};
    write(webhook, context.request.fields());
    for (const auto& [id, other] : context.world.webhooks.rows())
        if (scope.owns(other) && other.subscriber_url == webhook.subscriber_url)
            return context.refuse(
                409,
                std::string("Webhook with this subscriber url already exists for this ") +
                    (scope.user ? "user" : "event type")
            );
    webhook.id = random_uuid(context.world.random);
    const std::string id = webhook.id;
    Answer answer = success(shown(context.world.webhooks.put(id, webhook, context.now)), 201);
    answer.effects.push_back({"webhook.created", id});
    return answer;
}

// The webhook that the path's last value names, or why not.
struct Named {
    std::string id{};
    std::optional<Answer> refused{};
};
std::string refusal_of(const Context& context, const Scope& scope, const Webhook& webhook) {
    const std::string named = "Webhook (" + webhook.id + ")";
    if (scope.user)
        return "user with id=(" + std::to_string(*context.caller_id) +
               ") is not the owner of webhook with id=(" + webhook.id + ")";
    const bool of_team = scope.guard == kTeamGuard;
    if (!webhook.event_type_id)
        return named + (of_team ? " no event type" : " is not associated with an event type");
    if (of_team) return "Webhook mismatch with event type";
    return named + " is not associated with event type (" + std::to_string(*scope.event_type) + ")";
}

Named named(const Context& context, const Scope& scope) {
    const std::string& id = context.values.back();
    const Webhook* const webhook = context.world.webhooks.find(id, context.reads);
    if (webhook == nullptr)
        return {
            .refused = context.refuse(
                404,
                (scope.guard == kTeamGuard ? scope.guard : std::string{}) + "Webhook (" + id +
                    ") not found"
            )};
    if (scope.owns(*webhook)) return {.id = id};
    const int status = !scope.user && !webhook->event_type_id ? 400 : 403;
    return {.refused = context.refuse(status, scope.guard + refusal_of(context, scope, *webhook))};
}

Outcome get(Context& context, const Scope& scope) {
    Named one = named(context, scope);
    if (one.refused) return std::move(*one.refused);
    const Webhook& webhook = *context.world.webhooks.find(one.id, context.reads);
    return success(scope.user ? row_shown(webhook) : shown(webhook));
}

Outcome change(Context& context, const Scope& scope) {
    Named one = named(context, scope);
    if (one.refused) return std::move(*one.refused);
    if (auto wrong = objection(context, false)) return *wrong;
    Webhook& webhook = *context.world.webhooks.edit(one.id, context.now);
    write(webhook, context.request.fields());
    Answer answer = success(shown(webhook));
    answer.effects.push_back({"webhook.updated", one.id});
    return answer;
}

Outcome remove(Context& context, const Scope& scope) {
    Named one = named(context, scope);
    if (one.refused) return std::move(*one.refused);
    Answer answer = success(shown(*context.world.webhooks.find(one.id)));
    context.world.webhooks.erase(one.id, context.now);
    answer.effects.push_back({"webhook.deleted", one.id});
    return answer;
}

using Serve = Outcome (*)(Context&, const Scope&);

auto within(Enter enter, Serve serve) {
    return [enter, serve](Context& context) -> Outcome {
        Scope scope = enter(context);
        if (scope.refused) return std::move(*scope.refused);
        return serve(context, scope);
    };
}

void add_scope(Router& router, std::string_view all, std::string_view one, Enter enter) {
    router.add({"GET", all, {}, Auth::Required, within(enter, list)});
    router.add({"POST", all, {}, Auth::Required, within(enter, create)});
    router.add({"GET", one, {}, Auth::Required, within(enter, get)});
    router.add({"PATCH", one, {}, Auth::Required, within(enter, change)});
    router.add({"DELETE", one, {}, Auth::Required, within(enter, remove)});
}

} // namespace

void register_webhooks(Router& router) {
    add_scope(router, "/v2/webhooks", "/v2/webhooks/:id", of_user);
    add_scope(
        router,
        "/v2/event-types/:eventTypeId/webhooks",
        "/v2/event-types/:eventTypeId/webhooks/:id",
        of_event_type
    );
    add_scope(
        router,
        "/v2/teams/:teamId/event-types/:eventTypeId/webhooks",
        "/v2/teams/:teamId/event-types/:eventTypeId/webhooks/:id",
        of_team_event_type
    );
}

} // namespace calfleet::calcom_sim
