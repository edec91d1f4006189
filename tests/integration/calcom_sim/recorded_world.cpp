#include <boost/json/array.hpp>

#include <algorithm>
#include <stdexcept>

#include "tests/calcom-sim/event_type_view.h"
#include "tests/calcom-sim/state.h"
#include "tests/integration/calcom_sim/replay.h"

namespace calfleet::calcom_sim {
namespace {

constexpr Id kAlice = 101;
constexpr Id kCarol = 103;
constexpr Id kDave = 104;
constexpr Id kSecondTeam = 12;
// The schedule of user 101 is 301, and so on.
constexpr Id kScheduleOffset = 200;

json::object user_from(const json::object& membership, const json::object& me) {
    const json::object& about = membership.at("user").as_object();
    const Id id = membership.at("userId").as_int64();
    return {
        {"id", id},
        {"username", about.at("username")},
        {"name", about.at("name")},
        {"email", about.at("email")},
        {"bio", about.at("bio")},
        {"timeZone", me.at("timeZone")},
        {"weekStart", me.at("weekStart")},
        {"timeFormat", me.at("timeFormat")},
        {"defaultScheduleId", id + kScheduleOffset}};
}

json::object key(std::string_view name, Id user) {
    return {
        {"name", name},
        {"value", "cal_<api-key:" + std::string(name) + ">"},
        {"userId", user},
        {"expired", name == "expired"}};
}

json::object membership(Id id, Id user, Id team, std::string_view role) {
    return {{"id", id}, {"userId", user}, {"teamId", team}, {"role", role}};
}

template <class T>
std::optional<T> number_or_none(const json::value& value) {
    if (!value.is_int64()) return std::nullopt;
    return static_cast<T>(value.get_int64());
}

} // namespace

const json::value& recorded_data(const Recordings& recordings, std::string_view scenario) {
    for (const Recorded& recorded : recordings.single)
        if (recorded.scenario == scenario) return recorded.answer.body.at("data");
    throw std::runtime_error("there is no recording " + std::string(scenario));
}

json::object recorded_world(const Recordings& recordings) {
    const json::object& me = recorded_data(recordings, "me-get").as_object();
    json::array users;
    json::array schedules;
    json::array keys;
    json::array memberships;
    for (const json::value& element :
         recorded_data(recordings, "team-memberships-list-owner").as_array()) {
        const json::object& shown = element.as_object();
        users.push_back(user_from(shown, me));
        const Id id = shown.at("userId").as_int64();
        schedules.push_back(json::object{
            {"id", id + kScheduleOffset},
            {"ownerId", id},
            {"name", "Working hours"},
            {"timeZone", me.at("timeZone")}});
        keys.push_back(key(shown.at("user").at("username").as_string(), id));
        json::object row = shown;
        row.erase("user");
        memberships.push_back(std::move(row));
    }
    // The second team's list was never asked for.
    memberships.push_back(membership(505, kCarol, kSecondTeam, "MEMBER"));
    memberships.push_back(membership(506, kDave, kSecondTeam, "OWNER"));
    for (const char* name : {"ratelimit", "rlcustom", "expired"})
        keys.push_back(key(name, kAlice));
    json::array teams;
    for (const json::value& shown :
         recorded_data(recordings, "teams-list-pending-member").as_array())
        teams.push_back(json::object{
            {"id", shown.at("id")},
            {"name", shown.at("name")},
            {"slug", shown.at("slug")},
            {"timeZone", shown.at("timeZone")},
            {"weekStart", shown.at("weekStart")}});
    return {
        {"users", std::move(users)},
        {"schedules", std::move(schedules)},
        {"keys", std::move(keys)},
        {"teams", std::move(teams)},
        {"memberships", std::move(memberships)},
        {"lastIds", {{"eventTypes", 7000}, {"bookings", 90000}}}};
}

void adopt_event_type(Simulator& simulator, const json::object& shown) {
    World& world = simulator.world();
    EventType type{.id = shown.at("id").as_int64(), .created = simulator.clock().now()};
    if (world.event_types.find(type.id) != nullptr) return;
    const auto number = [&](const char* name) {
        const json::value* value = shown.if_contains(name);
        return value == nullptr ? std::optional<Id>{} : number_or_none<Id>(*value);
    };
    type.owner_id = number("ownerId");
    type.team_id = number("teamId");
    type.schedule_id = number("scheduleId");
    type.title = shown.at("title").as_string().c_str();
    type.slug = shown.at("slug").as_string().c_str();
    type.length_minutes = static_cast<int>(shown.at("lengthInMinutes").as_int64());
    type.minimum_notice = static_cast<int>(number("minimumBookingNotice").value_or(0));
    type.booking_fields = default_booking_fields();
    if (const json::value* hidden = shown.if_contains("hidden")) type.hidden = hidden->as_bool();
    if (const json::value* locations = shown.if_contains("locations"))
        type.locations = locations->as_array();
    if (const json::value* kind = shown.if_contains("schedulingType"); kind && kind->is_string())
        type.scheduling =
            kind->get_string() == "collective" ? Scheduling::Collective : Scheduling::RoundRobin;
    if (const json::value* hosts = shown.if_contains("hosts"))
        for (const json::value& host : hosts->as_array())
            type.hosts.push_back({.user_id = host.at("userId").as_int64()});
    type.touched = world.next_touch();
    const Id id = type.id;
    world.event_types.put(id, std::move(type), simulator.clock().now());
    world.count_ids();
}

} // namespace calfleet::calcom_sim
