// GET /v2/me: who the key's user is.
#include "tests/calcom-sim/modules.h"
#include "tests/calcom-sim/shapes.h"

namespace calfleet::calcom_sim {
namespace {

Outcome get_me(Context& context) {
    const User* user = context.caller();
    if (user == nullptr) return context.unforeseen();
    json::object data;
    data["id"] = user->id;
    data["email"] = user->email;
    data["name"] = user->name;
    data["avatarUrl"] = nullptr;
    data["bio"] = user->bio;
    data["timeFormat"] = user->time_format;
    data["defaultScheduleId"] =
        user->default_schedule_id ? json::value(*user->default_schedule_id) : json::value(nullptr);
    data["weekStart"] = user->week_start;
    data["timeZone"] = user->time_zone;
    data["username"] = user->username;
    data["organizationId"] = nullptr;
    return success(data);
}

} // namespace

void register_me(Router& router) {
    router.add({.method = "GET", .pattern = "/v2/me", .serve = get_me});
}

} // namespace calfleet::calcom_sim
