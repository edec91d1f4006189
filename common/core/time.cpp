#include "common/core/time.h"

#include "common/core/text.h"

#include <array>
#include <cstdio>
#include <optional>

namespace calfleet {
namespace {

// Reads exactly `digits` decimal digits at `at` and moves behind them.
std::optional<int> take_number(std::string_view text, std::size_t& at, std::size_t digits) {
    if (at + digits > text.size()) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        const char c = text[at + i];
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    at += digits;
    return value;
}

bool take_one_of(std::string_view text, std::size_t& at, std::string_view allowed) {
    if (at >= text.size()) return false;
    // No find(): it would call memchr for each of the nine separators of an instant.
    for (const char c : allowed) {
        if (text[at] != c) continue;
        ++at;
        return true;
    }
    return false;
}

// ".315" to 315 000 µs; digits past the sixth are cut.
std::optional<Microseconds> take_fraction(std::string_view text, std::size_t& at) {
    if (at >= text.size() || text[at] != '.') return Microseconds{0};
    ++at;
    int digits = 0;
    std::int64_t value = 0;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
        if (digits < 6) value = value * 10 + (text[at] - '0');
        ++digits;
        ++at;
    }
    if (digits == 0 || digits > 9) return std::nullopt;
    for (; digits < 6; ++digits)
        value *= 10;
    return Microseconds{value};
}

std::optional<std::chrono::minutes> take_offset(std::string_view text, std::size_t& at) {
    if (take_one_of(text, at, "Zz")) return std::chrono::minutes{0};
    if (at >= text.size() || (text[at] != '+' && text[at] != '-')) return std::nullopt;
    const int sign = text[at] == '-' ? -1 : 1;
    ++at;
    const auto hours = take_number(text, at, 2);
    if (!hours || !take_one_of(text, at, ":")) return std::nullopt;
    const auto minutes = take_number(text, at, 2);
    if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    return std::chrono::minutes{sign * (*hours * 60 + *minutes)};
}

Error not_a_time(std::string_view text, std::string_view why) {
    return invalid(
        "'" + printable(text, 40) + "' is not an RFC 3339 time (" + std::string(why) +
        "); expected like 2026-11-20T08:10:13Z"
    );
}

} // namespace

Result<Instant> parse_instant(std::string_view text) {
    using namespace std::chrono;
    std::size_t at = 0;
    const auto y = take_number(text, at, 4);
    const bool dash1 = take_one_of(text, at, "-");
    const auto mo = take_number(text, at, 2);
    const bool dash2 = take_one_of(text, at, "-");
    const auto d = take_number(text, at, 2);
    if (!y || !dash1 || !mo || !dash2 || !d) return not_a_time(text, "date");
    const year_month_day date{
        year{*y}, month{static_cast<unsigned>(*mo)}, day{static_cast<unsigned>(*d)}};
    if (!date.ok() || *y < 1970) return not_a_time(text, "no such day, or before 1970");
    if (!take_one_of(text, at, "Tt ")) return not_a_time(text, "'T' between date and time");
    const auto h = take_number(text, at, 2);
    const bool colon1 = take_one_of(text, at, ":");
    const auto mi = take_number(text, at, 2);
    const bool colon2 = take_one_of(text, at, ":");
    const auto s = take_number(text, at, 2);
    if (!h || !colon1 || !mi || !colon2 || !s || *h > 23 || *mi > 59 || *s > 60)
        return not_a_time(text, "time of day");
    const auto fraction = take_fraction(text, at);
    if (!fraction) return not_a_time(text, "fraction of a second");
    const auto offset = take_offset(text, at);
    if (!offset) return not_a_time(text, "zone: 'Z' or '+hh:mm'");
    if (at != text.size()) return not_a_time(text, "text behind the zone");
    // The offset or a leap second may carry a valid local time out of the years we can write.
    static constexpr Instant kEnd{sys_days{year{10000} / January / 1}};
    const Instant instant =
        Instant{sys_days{date}} + hours{*h} + minutes{*mi} + seconds{*s} + *fraction - *offset;
    if (instant < Instant{} || instant >= kEnd) return not_a_time(text, "not in 1970..9999 in UTC");
    return instant;
}

std::string format_date(Date date) {
    const std::chrono::year_month_day ymd{date};
    std::array<char, 32> buffer{};
    const int length = std::snprintf(
        buffer.data(),
        buffer.size(),
        "%04d-%02u-%02u",
        static_cast<int>(ymd.year()),
        static_cast<unsigned>(ymd.month()),
        static_cast<unsigned>(ymd.day())
    );
    return {buffer.data(), static_cast<std::size_t>(length)};
}

std::string format_instant(Instant instant) {
    const Date day = std::chrono::floor<std::chrono::days>(instant);
    const std::chrono::hh_mm_ss time{instant - day};
    std::array<char, 40> buffer{};
    const int length = std::snprintf(
        buffer.data(),
        buffer.size(),
        "T%02d:%02d:%02d.%06dZ",
        static_cast<int>(time.hours().count()),
        static_cast<int>(time.minutes().count()),
        static_cast<int>(time.seconds().count()),
        static_cast<int>(time.subseconds().count())
    );
    return format_date(day) + std::string(buffer.data(), static_cast<std::size_t>(length));
}

std::string humanize(Microseconds duration) {
    using namespace std::chrono;
    if (duration < Microseconds{0}) return "-" + humanize(-duration);
    const auto two =
        [](std::int64_t big, const char* unit, std::int64_t small, const char* small_unit) {
            std::string text = std::to_string(big) + unit;
            if (small != 0) text += " " + std::to_string(small) + small_unit;
            return text;
        };
    const auto total_ms = duration_cast<milliseconds>(duration).count();
    if (total_ms < 1000) return std::to_string(total_ms) + " ms";
    const auto total_s = total_ms / 1000;
    if (total_s < 60) {
        const auto tenths = (total_ms % 1000) / 100;
        return std::to_string(total_s) + (tenths != 0 ? "." + std::to_string(tenths) : "") + " s";
    }
    if (total_s < 3600) return two(total_s / 60, " min", total_s % 60, " s");
    if (total_s < 86400) return two(total_s / 3600, " h", total_s % 3600 / 60, " min");
    return two(total_s / 86400, " d", total_s % 86400 / 3600, " h");
}

} // namespace calfleet
