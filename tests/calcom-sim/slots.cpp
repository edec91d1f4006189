// GET /v2/slots under 2024-09-04, and /v2/slots/available under everything older.
#include "common/core/text.h"

#include <boost/json/serialize.hpp>

#include <algorithm>

#include "tests/calcom-sim/bookings_input.h"
#include "tests/calcom-sim/modules.h"
#include "tests/calcom-sim/schedules_zone.h"
#include "tests/calcom-sim/shapes.h"
#include "tests/calcom-sim/slots_search.h"

namespace calfleet::calcom_sim {
namespace {

using std::chrono::minutes;

constexpr Microseconds kDay = std::chrono::days(1);

// What a query asks, in either version.
struct Question {
    WantedType type{};
    Span within{};
    std::string zone{}; ///< "" : UTC, written with a Z
    std::optional<std::int64_t> duration{};
    std::string moved_uid{};
    bool range{};
};

enum class Naming { Start, Time }; ///< of the property that holds a slot

std::string parameter(const Context& context, std::string_view name) {
    return std::string(context.request.parameter(name).value_or(""));
}

json::object as_fields(const Request& request) {
    json::object fields;
    for (const auto& [name, value] : request.query)
        fields[name] = value;
    return fields;
}

// A date alone, and midnight, mean the end of that day.
Instant end_of(std::string_view text, Instant instant) {
    const bool midnight = instant.time_since_epoch() % kDay == Microseconds(0);
    return is_bare_date(text) || midnight ? instant + kDay - std::chrono::seconds(1) : instant;
}

void read_common(const Context& context, Question& question, Objections& wrong) {
    question.zone = parameter(context, "timeZone");
    if (!question.zone.empty() && !is_time_zone(question.zone))
        wrong.add("timeZone", "timeZone" + std::string(kNoZone));
    if (const auto text = context.request.parameter("duration")) {
        question.duration = parse_int64(*text);
        if (!question.duration || *question.duration < 1)
            wrong.add("duration", "duration must be a number of minutes from 1");
    }
    question.type.id = parse_int64(parameter(context, "eventTypeId"));
    question.type.slug = parameter(context, "eventTypeSlug");
    question.type.username = parameter(context, "username");
    question.type.team_slug = parameter(context, "teamSlug");
}

std::variant<Question, Answer> read(const Context& context) {
    Question question;
    Objections wrong;
    wrong.refuse_others(
        as_fields(context.request),
        {"start",
         "end",
         "timeZone",
         "duration",
         "format",
         "bookingUidToReschedule",
         "eventTypeId",
         "eventTypeSlug",
         "username",
         "usernames",
         "teamSlug",
         "organizationSlug"}
    );
    const std::string end_text = parameter(context, "end");
    const auto start = iso_instant(parameter(context, "start"));
    const auto end = iso_instant(end_text);
    if (!start) wrong.add("start", "start" + std::string(kNoDate));
    if (!end) wrong.add("end", "end" + std::string(kNoDate));
    read_common(context, question, wrong);
    const std::string format = parameter(context, "format");
    if (!format.empty() && format != "time" && format != "range")
        wrong.add("format", "slotFormat must be either \"time\" or \"range\"");
    const bool by_slug = !question.type.slug.empty() &&
                         !(question.type.username.empty() && question.type.team_slug.empty());
    if (!question.type.id && !by_slug)
        wrong.add(
            "eventTypeId",
            "Either eventTypeId or eventTypeSlug + username or eventTypeSlug + teamSlug must be "
            "provided"
        );
    if (!wrong.empty()) return wrong.answer(context);
    question.range = format == "range";
    question.moved_uid = parameter(context, "bookingUidToReschedule");
    question.within = {.from = *start, .to = end_of(end_text, *end)};
    return question;
}

std::variant<Question, Answer> read_legacy(const Context& context) {
    Question question;
    Objections wrong;
    const auto start = iso_instant(parameter(context, "startTime"));
    const auto end = iso_instant(parameter(context, "endTime"));
    if (!start) wrong.add("startTime", "startTime" + std::string(kNoDate));
    if (!end) wrong.add("endTime", "endTime" + std::string(kNoDate));
    read_common(context, question, wrong);
    if (question.type.username.empty())
        question.type.username = parameter(context, "usernameList[]");
    if (!wrong.empty()) return wrong.answer(context);
    question.range = parameter(context, "slotFormat") == "range";
    question.moved_uid = parameter(context, "rescheduleUid");
    question.within = {.from = *start, .to = *end};
    return question;
}

std::variant<const EventType*, Answer>
type_asked(const Context& context, const Question& question) {
    auto meant = event_type_meant(context, question.type);
    const Answer* const refused = std::get_if<Answer>(&meant);
    const bool person = refused != nullptr && !question.type.id &&
                        refused->body.find("Event type") == std::string::npos;
    if (refused == nullptr || person) return meant;
    return context.refuse(404, "Event Type not found");
}

json::object days_with_slots(const Question& question, const SlotSearch& search, Naming naming) {
    const auto written = [&](Instant instant) {
        return question.zone.empty() ? javascript_time(instant)
                                     : local_time(question.zone, instant);
    };
    json::object days;
    for (const Instant start : find_slots(search)) {
        json::object slot;
        slot
            [naming == Naming::Start ? "start"
             : question.range        ? "startTime"
                                     : "time"] = written(start);
        if (question.range)
            slot[naming == Naming::Start ? "end" : "endTime"] = written(start + search.length);
        if (naming == Naming::Start)
            for (const auto& part : seats_at(search, start))
                slot[part.key()] = part.value();
        json::value& day = days[format_date(local_date(question.zone, start))];
        if (day.is_null()) day = json::array();
        day.get_array().push_back(std::move(slot));
    }
    return days;
}

Outcome answer(const Context& context, std::variant<Question, Answer> read, Naming naming) {
    if (Answer* refused = std::get_if<Answer>(&read)) return std::move(*refused);
    const Question& question = std::get<Question>(read);
    auto asked = type_asked(context, question);
    if (Answer* refused = std::get_if<Answer>(&asked)) return std::move(*refused);
    const EventType& type = *std::get<const EventType*>(asked);
    const SlotSearch search{
        .question =
            {.world = context.world,
             .type = type,
             .reads = context.reads,
             .except_uid = question.moved_uid},
        .within = question.within,
        .now = context.now,
        .length = minutes(question.duration.value_or(type.length_minutes))};
    json::value data = days_with_slots(question, search, naming);
    if (naming == Naming::Time) data = json::object{{"slots", std::move(data)}};
    // Here the data come first.
    return Answer{
        .body = json::serialize(json::object{{"data", std::move(data)}, {"status", "success"}})};
}

} // namespace

void register_slots(Router& router) {
    router.add({"GET", "/v2/slots", {kSeptember04}, Auth::Optional, [](Context& context) {
                    return answer(context, read(context), Naming::Start);
                }});
    router.add(
        {"GET",
         "/v2/slots/available",
         {kApril15, kJune11, kJune14, kAugust13},
         Auth::Optional,
         [](Context& context) { return answer(context, read_legacy(context), Naming::Time); }}
    );
    register_reservations(router);
}

} // namespace calfleet::calcom_sim
