#include "tests/calcom-sim/schedules_zone.h"

#include <unicode/timezone.h>

#include <map>
#include <memory>

#include "tests/calcom-sim/shapes.h"

namespace calfleet::calcom_sim {
namespace {

using std::chrono::minutes;

// Looking a zone up costs more than asking it. nullptr: there is no such zone.
const icu::TimeZone* zone_named(std::string_view name) {
    thread_local std::map<std::string, std::unique_ptr<icu::TimeZone>, std::less<>> known;
    const auto found = known.find(name);
    if (found != known.end()) return found->second.get();
    std::unique_ptr<icu::TimeZone> zone;
    // ICU makes a zone of any "GMT+1"; the names of IANA with a region have a slash.
    const bool custom = name.starts_with("GMT") && name.size() > 3;
    if (!custom && name.size() < 64) {
        zone.reset(icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(
            icu::StringPiece(name.data(), static_cast<std::int32_t>(name.size()))
        )));
        if (*zone == icu::TimeZone::getUnknown()) zone.reset();
    }
    return known.emplace(std::string(name), std::move(zone)).first->second.get();
}

} // namespace

bool is_time_zone(std::string_view name) {
    return zone_named(name) != nullptr;
}

minutes utc_offset(std::string_view zone, Instant at) {
    const icu::TimeZone* const known = zone_named(zone);
    if (known == nullptr) return minutes(0);
    std::int32_t raw = 0;
    std::int32_t saving = 0;
    UErrorCode status = U_ZERO_ERROR;
    const auto since_epoch =
        std::chrono::floor<std::chrono::milliseconds>(at.time_since_epoch()).count();
    known->getOffset(static_cast<UDate>(since_epoch), 0, raw, saving, status);
    if (U_FAILURE(status) != 0) return minutes(0);
    return std::chrono::duration_cast<minutes>(std::chrono::milliseconds(raw + saving));
}

Date local_date(std::string_view zone, Instant at) {
    return std::chrono::floor<std::chrono::days>(at + utc_offset(zone, at));
}

Instant at_local_time(std::string_view zone, Date date, minutes since_midnight) {
    const Instant as_if_utc = Instant(date) + since_midnight;
    // The offset before any change of that day: in spring it makes 02:30 into 03:30, in autumn it
    // is that of the first 02:30.
    const minutes before = utc_offset(zone, as_if_utc - std::chrono::hours(26));
    const minutes after = utc_offset(zone, as_if_utc - before);
    if (before == after) return as_if_utc - before;
    const minutes there = utc_offset(zone, as_if_utc - after);
    return there == after ? as_if_utc - after : as_if_utc - before;
}

std::string local_time(std::string_view zone, Instant at) {
    const minutes offset = utc_offset(zone, at);
    std::string text = javascript_time(at + offset);
    text.pop_back();
    const auto distance = std::chrono::abs(offset).count();
    const auto two_digits = [](std::int64_t number) {
        return std::string{
            static_cast<char>('0' + number / 10 % 10), static_cast<char>('0' + number % 10)};
    };
    text += offset.count() < 0 ? '-' : '+';
    return text + two_digits(distance / 60) + ":" + two_digits(distance % 60);
}

} // namespace calfleet::calcom_sim
