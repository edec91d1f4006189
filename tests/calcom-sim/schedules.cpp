// /v2/schedules: working hours. 2024-06-11 and 2024-06-14 have their own words for days and times;
// everything else meets the old shape.
#include <algorithm>
#include <array>

#include "tests/calcom-sim/bookings_pipe.h"
#include "tests/calcom-sim/modules.h"
#include "tests/calcom-sim/schedules_hours.h"
#include "tests/calcom-sim/schedules_zone.h"
#include "tests/calcom-sim/shapes.h"

namespace calfleet::calcom_sim {
namespace {

using std::chrono::minutes;

constexpr std::array<std::string_view, 7> kWeekdays{
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

bool is_default(const Context& context, const Schedule& schedule) {
    const User* const owner = context.world.users.find(schedule.owner_id, context.reads);
    return owner != nullptr && owner->default_schedule_id == schedule.id;
}

json::object shown(const Context& context, const Schedule& schedule) {
    json::array availability;
    for (const Availability& part : schedule.availability)
        availability.push_back(json::object{
            {"days", json::array(part.days.begin(), part.days.end())},
            {"startTime", part.start_time},
            {"endTime", part.end_time}});
    return {
        {"id", schedule.id},
        {"ownerId", schedule.owner_id},
        {"name", schedule.name},
        {"timeZone", schedule.time_zone},
        {"availability", std::move(availability)},
        {"isDefault", is_default(context, schedule)},
        {"overrides", schedule.overrides}};
}

std::vector<const Schedule*> own(const Context& context) {
    std::vector<const Schedule*> found;
    context.world.schedules.each(context.reads, [&](Id, const Schedule& schedule) {
        if (schedule.owner_id == context.caller_id) found.push_back(&schedule);
    });
    return found;
}

Outcome list(Context& context) {
    json::array data;
    for (const Schedule* schedule : own(context))
        data.push_back(shown(context, *schedule));
    return success(data);
}

Outcome get_default(Context& context) {
    for (const Schedule* schedule : own(context))
        if (is_default(context, *schedule)) return success(shown(context, *schedule));
    return success(nullptr);
}

// The caller's schedule that the path names, or why not.
struct Named {
    Id id{};
    std::optional<Answer> refused{};
};
Named named(const Context& context) {
    const auto id = context.id(0);
    if (!id) return {.refused = context.unforeseen()};
    const Schedule* const schedule = context.world.schedules.find(*id, context.reads);
    const std::string number = std::to_string(*id);
    if (schedule == nullptr)
        return {.refused = context.refuse(404, "Schedule with ID=" + number + " does not exist.")};
    if (schedule->owner_id != context.caller_id)
        return {
            .refused = context.refuse(
                403,
                "User with ID=" + std::to_string(*context.caller_id) +
                    " does not own schedule with ID=" + number
            )};
    return {.id = *id};
}

Outcome get(Context& context) {
    Named of = named(context);
    if (of.refused) return std::move(*of.refused);
    return success(shown(context, *context.world.schedules.find(of.id, context.reads)));
}

bool is_weekday(const json::value& day) {
    return day.is_string() &&
           std::find(kWeekdays.begin(), kWeekdays.end(), std::string_view(day.get_string())) !=
               kWeekdays.end();
}

// Nothing when an element is no {"days","startTime","endTime"}.
std::optional<std::vector<Availability>> availability_from(const json::value& value) {
    if (!value.is_array()) return std::nullopt;
    std::vector<Availability> result;
    for (const json::value& element : value.get_array()) {
        if (!element.is_object()) return std::nullopt;
        const json::object& part = element.get_object();
        const json::value* const days = part.if_contains("days");
        Availability availability{
            .days = {},
            .start_time = text_of(part, "startTime"),
            .end_time = text_of(part, "endTime")};
        const bool fits =
            days != nullptr && days->is_array() &&
            std::all_of(days->get_array().begin(), days->get_array().end(), is_weekday) &&
            time_of_day(availability.start_time) && time_of_day(availability.end_time);
        if (!fits) return std::nullopt;
        for (const json::value& day : days->get_array())
            availability.days.emplace_back(day.get_string());
        result.push_back(std::move(availability));
    }
    return result;
}

enum class Writing { Create, Patch };

std::optional<Answer> write(const Context& context, Schedule& schedule, Writing writing) {
    const json::object& fields = context.request.fields();
    json::array errors;
    const auto complain = [&](std::string_view name, json::object constraints) {
        errors.push_back(validation_error(fields, name, fields.if_contains(name), constraints));
    };
    const bool create = writing == Writing::Create;
    if (fields.contains("name") || create) {
        schedule.name = text_of(fields, "name");
        if (schedule.name.empty()) complain("name", {{"isString", "name must be a string"}});
    }
    if (fields.contains("timeZone") || create) {
        schedule.time_zone = text_of(fields, "timeZone");
        if (!is_time_zone(schedule.time_zone))
            complain("timeZone", {{"isTimeZone", "timeZone" + std::string(kNoZone)}});
    }
    if (const json::value* value = fields.if_contains("availability")) {
        auto availability = availability_from(*value);
        if (availability)
            schedule.availability = std::move(*availability);
        else
            complain("availability", {{"isArray", "availability must be an array"}});
    }
    if (const json::value* overrides = fields.if_contains("overrides"))
        if (overrides->is_array()) schedule.overrides = overrides->get_array();
    if (errors.empty()) return std::nullopt;
    return context.invalid(std::move(errors));
}

void choose_default(const Context& context, Id schedule) {
    const json::value* const wanted = context.request.fields().if_contains("isDefault");
    if (wanted == nullptr || !wanted->is_bool() || !wanted->get_bool()) return;
    if (User* owner = context.world.users.edit(*context.caller_id, context.now))
        owner->default_schedule_id = schedule;
}

Outcome create(Context& context) {
    Schedule schedule{.owner_id = *context.caller_id};
    if (auto wrong = write(context, schedule, Writing::Create)) return *wrong;
    schedule.id = context.world.next_schedule_id();
    const Id id = schedule.id;
    const Schedule& row = context.world.schedules.put(id, std::move(schedule), context.now);
    choose_default(context, id);
    Answer answer = success(shown(context, row), 201);
    answer.effects.push_back({"schedule.created", std::to_string(id)});
    return answer;
}

Outcome change(Context& context) {
    Named of = named(context);
    if (of.refused) return std::move(*of.refused);
    Schedule changed = *context.world.schedules.find(of.id);
    if (auto wrong = write(context, changed, Writing::Patch)) return *wrong;
    const Schedule& row = context.world.schedules.put(of.id, std::move(changed), context.now);
    choose_default(context, of.id);
    Answer answer = success(shown(context, row));
    answer.effects.push_back({"schedule.updated", std::to_string(of.id)});
    return answer;
}

Outcome remove(Context& context) {
    Named of = named(context);
    if (of.refused) return std::move(*of.refused);
    context.world.schedules.erase(of.id, context.now);
    Answer answer = success(nullptr);
    answer.effects.push_back({"schedule.deleted", std::to_string(of.id)});
    return answer;
}

// Rows of availability are numbered over all schedules.
std::int64_t first_row(const Context& context, Id schedule) {
    std::int64_t row = 1;
    context.world.schedules.each(context.reads, [&](Id id, const Schedule& other) {
        if (id < schedule) row += static_cast<std::int64_t>(other.availability.size());
    });
    return row;
}

json::array day_numbers(const Availability& part) {
    json::array days;
    for (std::size_t day = 0; day < kWeekdays.size(); ++day)
        if (std::find(part.days.begin(), part.days.end(), kWeekdays.at(day)) != part.days.end())
            days.push_back(day);
    return days;
}

json::object legacy_shown(const Context& context, const Schedule& schedule, bool only) {
    json::array hours;
    json::array rows;
    std::array<json::array, 7> week;
    std::int64_t row = first_row(context, schedule.id);
    const Date today = std::chrono::floor<std::chrono::days>(context.now);
    for (const Availability& part : schedule.availability) {
        const minutes from = time_of_day(part.start_time).value_or(minutes(0));
        const minutes to = time_of_day(part.end_time).value_or(minutes(0));
        const json::array days = day_numbers(part);
        hours.push_back(json::object{
            {"days", days}, {"startTime", from.count()}, {"endTime", to.count()}});
        rows.push_back(json::object{
            {"id", row++},
            {"userId", nullptr},
            {"eventTypeId", nullptr},
            {"days", days},
            {"startTime", javascript_time(Instant{} + from)},
            {"endTime", javascript_time(Instant{} + to)},
            {"date", nullptr},
            {"scheduleId", schedule.id}});
        for (const json::value& day : days)
            week.at(day.to_number<std::size_t>())
                .push_back(json::object{
                    {"start", javascript_time(today + from)}, {"end", javascript_time(today + to)}}
                );
    }
    return {
        {"id", schedule.id},
        {"name", schedule.name},
        {"isManaged", false},
        {"workingHours", std::move(hours)},
        {"schedule", std::move(rows)},
        {"availability", json::array(week.begin(), week.end())},
        {"timeZone", schedule.time_zone},
        {"isDefault", is_default(context, schedule)},
        {"dateOverrides", json::array()},
        {"readOnly", false},
        {"isLastSchedule", only},
        {"userId", schedule.owner_id}};
}

Outcome legacy_list(Context& context) {
    const auto schedules = own(context);
    json::array data;
    for (const Schedule* schedule : schedules)
        data.push_back(legacy_shown(context, *schedule, schedules.size() == 1));
    return success(data);
}

} // namespace

void register_schedules(Router& router) {
    const std::vector<std::string_view> versions{kJune11, kJune14};
    const std::string_view all = "/v2/schedules";
    const std::string_view one = "/v2/schedules/:id";
    router.add({"GET", all, versions, Auth::Required, list});
    router.add({"POST", all, versions, Auth::Required, create});
    router.add({"GET", "/v2/schedules/default", versions, Auth::Required, get_default});
    router.add({"GET", one, versions, Auth::Required, get});
    router.add({"PATCH", one, versions, Auth::Required, change});
    router.add({"DELETE", one, versions, Auth::Required, remove});
    router.add({"GET", all, {kApril15}, Auth::Required, legacy_list});
}

} // namespace calfleet::calcom_sim
