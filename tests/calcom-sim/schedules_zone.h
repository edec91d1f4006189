#pragma once
// Wall clocks of IANA time zones, through ICU: the standard library of GCC 12 knows no zones.

#include "common/core/time.h"

#include <chrono>
#include <string>
#include <string_view>

namespace calfleet::calcom_sim {

/// "Europe/Berlin", "UTC"; not "Mars/Olympus", not "GMT+1".
bool is_time_zone(std::string_view name);

/// East of Greenwich at that instant; 0 for a zone that does not exist.
std::chrono::minutes utc_offset(std::string_view zone, Instant at);

/// The date on the zone's calendars at that instant.
Date local_date(std::string_view zone, Instant at);

/// When the zone's clocks show this. In the hour that is skipped in spring the time that the clocks
/// would have shown; of the hour that comes twice in autumn the first.
Instant at_local_time(std::string_view zone, Date date, std::chrono::minutes since_midnight);

/// "2026-11-23T09:00:00.000+01:00".
std::string local_time(std::string_view zone, Instant at);

} // namespace calfleet::calcom_sim
