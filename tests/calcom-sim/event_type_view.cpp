#include "tests/calcom-sim/event_type_view.h"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include "tests/calcom-sim/json_values.h"
#include "tests/calcom-sim/state.h"

namespace calfleet::calcom_sim {
namespace {

// What is shown of a type whose request never mentioned the property, as JSON.
struct Default {
    std::string_view name;
    std::string_view text;
};
constexpr std::array kBeforeBuffers{
    Default{"recurrence", "null"},
    Default{"disableGuests", "false"},
};
constexpr std::array kBeforeUsers{
    Default{"lockTimeZoneToggleOnBookingPage", "false"},
    Default{"forwardParamsSuccessRedirect", "true"},
    Default{"successRedirectUrl", "null"},
    Default{"isInstantEvent", "false"},
};
constexpr std::array kBeforeHidden{
    Default{"onlyShowFirstAvailableSlot", "false"},
    Default{"offsetStart", "0"},
    Default{"bookingWindow", R"({"disabled":true})"},
    Default{"confirmationPolicy", R"({"disabled":true})"},
    Default{"requiresBookerEmailVerification", "false"},
    Default{"hideCalendarNotes", "false"},
    Default{"seats", R"({"disabled":true})"},
    Default{"useDestinationCalendarEmail", "false"},
    Default{"hideCalendarEventDetails", "false"},
    Default{"hideOrganizerEmail", "false"},
    Default{"calVideoSettings", R"({"sendTranscriptionEmails":true})"},
};
constexpr std::array kBeforeUrl{
    Default{"bookingRequiresAuthentication", "false"},
    Default{"bookerActiveBookingsLimit", R"({"disabled":true})"},
};
constexpr std::array kLast{
    Default{"disableCancelling", R"({"disabled":false})"},
    Default{"disableRescheduling", R"({"disabled":false})"},
    Default{"interfaceLanguage", "null"},
    Default{"allowReschedulingPastBookings", "false"},
    Default{"allowReschedulingCancelledBookings", "false"},
    Default{"showOptimizedSlots", "false"},
};
constexpr std::array kOfTeams{
    Default{"rescheduleWithSameRoundRobinHost", "false"},
    Default{"rrHostSubsetEnabled", "false"},
};
// Shown only when a request has set them.
constexpr std::array<std::string_view, 8> kWithoutDefault{
    "lengthInMinutesOptions",
    "bookingLimitsCount",
    "bookingLimitsDuration",
    "bookerLayouts",
    "customName",
    "destinationCalendar",
    "color",
    "emailSettings"};

// A table of this size need not grow while the object is put together.
constexpr std::size_t kMostProperties = 56;

template <class See>
void each_default(See see) {
    const auto all = [&](const auto& defaults) {
        for (const Default& one : defaults)
            see(one);
    };
    all(kBeforeBuffers);
    all(kBeforeUsers);
    all(kBeforeHidden);
    all(kBeforeUrl);
    all(kLast);
    all(kOfTeams);
}

const json::object& defaults() {
    static const json::object kParsed = [] {
        json::object parsed;
        each_default([&](const Default& one) { parsed[one.name] = json::parse(one.text); });
        return parsed;
    }();
    return kParsed;
}

template <class Defaults>
void add_rest(json::object& shown, const EventType& type, const Defaults& names) {
    for (const Default& one : names)
        shown.emplace(one.name, rest_value(type, one.name));
}

json::array users_of(const User* owner) {
    if (owner == nullptr) return {};
    return {json::object{
        {"id", owner->id},
        {"name", owner->name},
        {"username", owner->username},
        {"avatarUrl", nullptr},
        {"brandColor", nullptr},
        {"darkBrandColor", nullptr},
        {"weekStart", owner->week_start},
        {"metadata", json::object()}}};
}

// The part that both shapes have in common. `owner` is shown as users, without one there are none.
void add_common(
    json::object& shown, const World& world, const EventType& type, const User* owner, bool users
) {
    shown["lengthInMinutes"] = type.length_minutes;
    shown["title"] = type.title;
    shown["slug"] = type.slug;
    shown["description"] = type.description.value_or("");
    shown["locations"] = type.locations;
    shown["bookingFields"] = type.booking_fields;
    hide_internal_parts(shown["bookingFields"]);
    add_rest(shown, type, kBeforeBuffers);
    shown["slotInterval"] = or_null(type.slot_interval);
    shown["minimumBookingNotice"] = type.minimum_notice;
    shown["beforeEventBuffer"] = type.before_buffer;
    shown["afterEventBuffer"] = type.after_buffer;
    shown["metadata"] = type.metadata;
    if (const json::value* lengths = type.rest.if_contains("lengthInMinutesOptions"))
        shown["metadata"].as_object()["multipleDuration"] = *lengths;
    shown["price"] = type.price;
    shown["currency"] = type.currency;
    add_rest(shown, type, kBeforeUsers);
    if (users) shown["users"] = users_of(owner);
    shown["scheduleId"] = or_null(type.schedule_id);
    add_rest(shown, type, kBeforeHidden);
    shown["hidden"] = type.hidden;
    add_rest(shown, type, kBeforeUrl);
    shown["bookingUrl"] =
        owner == nullptr ? "" : world.web_url + "/" + owner->username + "/" + type.slug;
    add_rest(shown, type, kLast);
    for (const std::string_view name : kWithoutDefault)
        if (const json::value* value = type.rest.if_contains(name)) shown[name] = *value;
}

json::object host_object(const World& world, const EventType& type, const Host& host) {
    const User* user = world.users.find(host.user_id);
    json::object shown;
    if (type.scheduling == Scheduling::RoundRobin) {
        shown["mandatory"] = host.mandatory;
        shown["priority"] = host.priority;
    }
    shown["userId"] = host.user_id;
    shown["name"] = user == nullptr ? "" : user->name;
    shown["username"] = user == nullptr ? "" : user->username;
    shown["avatarUrl"] = nullptr;
    return shown;
}

json::array hosts_of(const World& world, const EventType& type, Instant reads) {
    json::array shown;
    if (type.scheduling != Scheduling::Managed) {
        for (const Host& host : type.hosts)
            shown.push_back(host_object(world, type, host));
        return shown;
    }
    // A managed type's hosts are the owners of its children; the children's ids are not told.
    for (const Id child : children_of(world, type.id, reads))
        if (const EventType* found = world.event_types.find(child, reads))
            shown.push_back(host_object(world, type, {.user_id = found->owner_id.value_or(0)}));
    return shown;
}

json::object team_of(const World& world, const EventType& type, TeamDetail detail) {
    json::object shown;
    shown["id"] = or_null(type.team_id);
    const Team* team = type.team_id ? world.teams.find(*type.team_id) : nullptr;
    if (detail == TeamDetail::IdOnly || team == nullptr) return shown;
    shown["name"] = team->name;
    shown["slug"] = team->slug;
    for (const char* name : {"bannerUrl", "logoUrl"})
        shown[name] = nullptr;
    shown["weekStart"] = team->week_start;
    for (const char* name : {"brandColor", "darkBrandColor", "theme"})
        shown[name] = nullptr;
    return shown;
}

} // namespace

bool is_rest_property(std::string_view name) {
    return defaults().contains(name) ||
           std::find(kWithoutDefault.begin(), kWithoutDefault.end(), name) != kWithoutDefault.end();
}

json::value rest_value(const EventType& type, std::string_view name) {
    if (const json::value* own = type.rest.if_contains(name)) return *own;
    const json::value* otherwise = defaults().if_contains(name);
    return otherwise == nullptr ? json::value(nullptr) : *otherwise;
}

json::array default_locations() {
    return {json::object{{"type", "integration"}, {"integration", "cal-video"}}};
}

std::vector<Id> children_of(const World& world, Id parent, Instant reads) {
    std::vector<Id> children;
    world.event_types.each(reads, [&](Id id, const EventType& type) {
        if (type.parent_id == parent) children.push_back(id);
    });
    return children;
}

json::object user_event_type(
    const World& world, const EventType& type, Instant reads, json::storage_ptr storage
) {
    if (type.team_id) return team_event_type(world, type, reads, TeamDetail::IdOnly);
    json::object shown(std::move(storage));
    shown.reserve(kMostProperties);
    shown["id"] = type.id;
    shown["ownerId"] = or_null(type.owner_id);
    const User* owner = type.owner_id ? world.users.find(*type.owner_id) : nullptr;
    add_common(shown, world, type, owner, true);
    return shown;
}

void leave_out_hidden_fields(json::object& event_type) {
    json::array& fields = event_type["bookingFields"].as_array();
    const auto is_hidden = [](const json::value& field) {
        const json::value* hidden = field.get_object().if_contains("hidden");
        return hidden != nullptr && hidden->is_bool() && hidden->get_bool();
    };
    fields.erase(std::remove_if(fields.begin(), fields.end(), is_hidden), fields.end());
}

json::object
team_event_type(const World& world, const EventType& type, Instant reads, TeamDetail detail) {
    json::object shown;
    shown["id"] = type.id;
    const User* owner = type.owner_id ? world.users.find(*type.owner_id) : nullptr;
    add_common(shown, world, type, owner, false);
    shown["hosts"] = hosts_of(world, type, reads);
    shown["teamId"] = or_null(type.team_id);
    shown["ownerId"] = or_null(type.owner_id);
    shown["parentEventTypeId"] = or_null(type.parent_id);
    shown["schedulingType"] = type.scheduling == Scheduling::None
                                  ? json::value(nullptr)
                                  : json::value(json::string(name(type.scheduling)));
    if (!type.parent_id) shown["assignAllTeamMembers"] = type.assign_all_members;
    shown["team"] = team_of(world, type, detail);
    add_rest(shown, type, kOfTeams);
    return shown;
}

} // namespace calfleet::calcom_sim
