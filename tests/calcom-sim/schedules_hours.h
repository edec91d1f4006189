#pragma once
// When a schedule is open, and what is left of that when something else takes place.

#include <vector>

#include "tests/calcom-sim/entities.h"

namespace calfleet::calcom_sim {

/// From the first instant to just before the last.
struct Span {
    Instant from{};
    Instant to{};

    bool empty() const { return from >= to; }
    bool overlaps(const Span& other) const { return from < other.to && other.from < to; }
    bool operator==(const Span&) const = default;
};

/// The working hours within a span, in order, none touching another. A date with overrides has
/// only those: {"date","startTime","endTime"}; one with equal times closes the day. A span longer
/// than 400 days is cut to that.
std::vector<Span> open_hours(const Schedule& schedule, Span within);

/// Whether one of these, none touching another, holds all of it.
bool covers(const std::vector<Span>& spans, Span wanted);

/// In order and without overlaps.
std::vector<Span> merged(std::vector<Span> spans);
/// What both have; each in order and without overlaps.
std::vector<Span> common_to(const std::vector<Span>& left, const std::vector<Span>& right);

/// The first without the second; each in order and without overlaps.
std::vector<Span> without(const std::vector<Span>& spans, const std::vector<Span>& taken);

/// "09:00" as minutes since midnight; "24:00" is the next one. Nothing for anything else.
std::optional<std::chrono::minutes> time_of_day(std::string_view text);

} // namespace calfleet::calcom_sim
