#include "tests/calcom-sim/schedules_hours.h"

#include "common/core/text.h"

#include <algorithm>
#include <array>

#include "tests/calcom-sim/schedules_zone.h"

namespace calfleet::calcom_sim {
namespace {

using std::chrono::days;
using std::chrono::minutes;

constexpr days kLongest{400};
constexpr std::array<std::string_view, 7> kWeekdays{
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

std::string_view text_of(const json::object& object, std::string_view name) {
    const json::value* const value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string_view(value->get_string())
                                                  : std::string_view{};
}

void add_hours(
    std::vector<Span>& hours,
    const std::string& zone,
    Date date,
    std::string_view from,
    std::string_view to
) {
    const auto opens = time_of_day(from);
    const auto closes = time_of_day(to);
    if (!opens || !closes || *opens >= *closes) return;
    hours.push_back(
        {.from = at_local_time(zone, date, *opens), .to = at_local_time(zone, date, *closes)}
    );
}

// Whether the date has overrides; then their hours were added, if any.
bool add_overrides(std::vector<Span>& hours, const Schedule& schedule, Date date) {
    const std::string wanted = format_date(date);
    bool found = false;
    for (const json::value& element : schedule.overrides) {
        if (!element.is_object()) continue;
        const json::object& one = element.get_object();
        if (text_of(one, "date").substr(0, wanted.size()) != wanted) continue;
        found = true;
        add_hours(
            hours, schedule.time_zone, date, text_of(one, "startTime"), text_of(one, "endTime")
        );
    }
    return found;
}

void add_day(std::vector<Span>& hours, const Schedule& schedule, Date date) {
    if (add_overrides(hours, schedule, date)) return;
    const std::string_view name = kWeekdays.at(std::chrono::weekday(date).c_encoding());
    for (const Availability& part : schedule.availability)
        if (std::find(part.days.begin(), part.days.end(), name) != part.days.end())
            add_hours(hours, schedule.time_zone, date, part.start_time, part.end_time);
}

} // namespace

std::optional<minutes> time_of_day(std::string_view text) {
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    const auto hour = parse_int64(text.substr(0, 2));
    const auto minute = parse_int64(text.substr(3));
    if (!hour || !minute || *hour < 0 || *minute < 0 || *minute > 59) return std::nullopt;
    const minutes since_midnight(*hour * 60 + *minute);
    if (since_midnight > days(1)) return std::nullopt;
    return since_midnight;
}

std::vector<Span> open_hours(const Schedule& schedule, Span within) {
    within.to = std::min(within.to, within.from + kLongest);
    std::vector<Span> hours;
    if (within.empty()) return hours;
    const Date last = local_date(schedule.time_zone, within.to);
    for (Date date = local_date(schedule.time_zone, within.from); date <= last; date += days(1))
        add_day(hours, schedule, date);
    for (Span& span : hours) {
        span.from = std::max(span.from, within.from);
        span.to = std::min(span.to, within.to);
    }
    return merged(std::move(hours));
}

bool covers(const std::vector<Span>& spans, Span wanted) {
    return std::any_of(spans.begin(), spans.end(), [&](const Span& span) {
        return span.from <= wanted.from && wanted.to <= span.to;
    });
}

std::vector<Span> merged(std::vector<Span> spans) {
    std::erase_if(spans, [](const Span& span) { return span.empty(); });
    std::sort(spans.begin(), spans.end(), [](const Span& left, const Span& right) {
        return left.from < right.from;
    });
    std::vector<Span> result;
    for (const Span& span : spans) {
        if (!result.empty() && span.from <= result.back().to)
            result.back().to = std::max(result.back().to, span.to);
        else
            result.push_back(span);
    }
    return result;
}

std::vector<Span> without(const std::vector<Span>& spans, const std::vector<Span>& taken) {
    std::vector<Span> result;
    for (Span rest : spans) {
        for (const Span& other : taken) {
            if (!rest.overlaps(other)) continue;
            const Span before{.from = rest.from, .to = other.from};
            if (!before.empty()) result.push_back(before);
            rest.from = other.to;
        }
        if (!rest.empty()) result.push_back(rest);
    }
    return result;
}

std::vector<Span> common_to(const std::vector<Span>& left, const std::vector<Span>& right) {
    std::vector<Span> result;
    auto one = left.begin();
    auto other = right.begin();
    while (one != left.end() && other != right.end()) {
        const Span both{
            .from = std::max(one->from, other->from), .to = std::min(one->to, other->to)};
        if (!both.empty()) result.push_back(both);
        if (one->to < other->to)
            ++one;
        else
            ++other;
    }
    return result;
}

} // namespace calfleet::calcom_sim
