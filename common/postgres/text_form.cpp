#include "common/postgres/text_form.h"

#include "common/postgres/error.h"

#include <charconv>
#include <cstring>

namespace calfleet::postgres {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

char* write_text(char* out, std::string_view text) {
    std::memcpy(out, text.data(), text.size());
    return out + text.size();
}

// Exactly `digits` decimal digits, zeros in front.
char* write_padded(char* out, unsigned value, int digits) {
    for (int i = digits - 1; i >= 0; --i) {
        out[i] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
    return out + digits;
}

// Reads decimal digits, between `least` and `most` of them, from the front of the text.
std::optional<unsigned> take_digits(std::string_view& text, std::size_t least, std::size_t most) {
    unsigned value = 0;
    std::size_t count = 0;
    while (count < most && count < text.size() && text[count] >= '0' && text[count] <= '9') {
        value = value * 10 + static_cast<unsigned>(text[count] - '0');
        ++count;
    }
    if (count < least) return std::nullopt;
    text.remove_prefix(count);
    return value;
}

bool take(std::string_view& text, char wanted) {
    if (text.empty() || text.front() != wanted) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<Date> take_date(std::string_view& text) {
    const auto year = take_digits(text, 4, 6);
    if (!year || !take(text, '-')) return std::nullopt;
    const auto month = take_digits(text, 2, 2);
    if (!month || !take(text, '-')) return std::nullopt;
    const auto day = take_digits(text, 2, 2);
    if (!day) return std::nullopt;
    const std::chrono::year_month_day date{
        std::chrono::year{static_cast<int>(*year)},
        std::chrono::month{*month},
        std::chrono::day{*day}};
    if (!date.ok()) return std::nullopt;
    return Date{date};
}

std::optional<Microseconds> take_time_of_day(std::string_view& text) {
    const auto hours = take_digits(text, 2, 2);
    if (!hours || !take(text, ':')) return std::nullopt;
    const auto minutes = take_digits(text, 2, 2);
    if (!minutes || !take(text, ':')) return std::nullopt;
    const auto seconds = take_digits(text, 2, 2);
    if (!seconds) return std::nullopt;
    Microseconds time = std::chrono::hours{*hours} + std::chrono::minutes{*minutes} +
                        std::chrono::seconds{*seconds};
    if (take(text, '.')) {
        const std::size_t before = text.size();
        auto fraction = take_digits(text, 1, 6);
        if (!fraction) return std::nullopt;
        for (std::size_t digits = before - text.size(); digits < 6; ++digits)
            *fraction *= 10;
        time += Microseconds{*fraction};
    }
    return time;
}

// "+00", "-03:30", "+01:15:30"; "Z" and nothing at all are UTC.
std::optional<std::chrono::seconds> take_zone(std::string_view& text) {
    if (text.empty() || text == "Z") {
        text = {};
        return std::chrono::seconds{0};
    }
    const bool west = take(text, '-');
    if (!west && !take(text, '+')) return std::nullopt;
    const auto hours = take_digits(text, 2, 2);
    if (!hours) return std::nullopt;
    std::chrono::seconds offset = std::chrono::hours{*hours};
    if (take(text, ':')) {
        const auto minutes = take_digits(text, 2, 2);
        if (!minutes) return std::nullopt;
        offset += std::chrono::minutes{*minutes};
    }
    if (take(text, ':')) {
        const auto seconds = take_digits(text, 2, 2);
        if (!seconds) return std::nullopt;
        offset += std::chrono::seconds{*seconds};
    }
    return west ? -offset : offset;
}

int hex_value(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

} // namespace

char* write_integer(char* out, std::int64_t value) {
    return std::to_chars(out, out + kIntegerRoom, value).ptr;
}

char* write_date(char* out, Date date) {
    const std::chrono::year_month_day ymd{date};
    const int year = static_cast<int>(ymd.year());
    if (year < 1 || year > 9999) {
        throw DatabaseError(
            invalid(
                "a date of the year " + std::to_string(year) + ": years 1 to 9999 can be stored"
            ),
            "22008"
        );
    }
    out = write_padded(out, static_cast<unsigned>(year), 4);
    *out++ = '-';
    out = write_padded(out, static_cast<unsigned>(ymd.month()), 2);
    *out++ = '-';
    return write_padded(out, static_cast<unsigned>(ymd.day()), 2);
}

char* write_instant(char* out, Instant instant) {
    if (instant == Instant::max()) return write_text(out, "infinity");
    if (instant == Instant::min()) return write_text(out, "-infinity");
    const Date date = std::chrono::floor<std::chrono::days>(instant);
    auto rest = static_cast<std::uint64_t>((instant - date).count());
    out = write_date(out, date);
    *out++ = 'T';
    const auto micros = static_cast<unsigned>(rest % 1'000'000);
    rest /= 1'000'000;
    out = write_padded(out, static_cast<unsigned>(rest / 3600), 2);
    *out++ = ':';
    out = write_padded(out, static_cast<unsigned>(rest / 60 % 60), 2);
    *out++ = ':';
    out = write_padded(out, static_cast<unsigned>(rest % 60), 2);
    *out++ = '.';
    out = write_padded(out, micros, 6);
    *out++ = 'Z';
    return out;
}

char* write_uuid(char* out, const Uuid& uuid) {
    for (std::size_t i = 0; i < uuid.bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
        *out++ = kHexDigits[uuid.bytes[i] >> 4];
        *out++ = kHexDigits[uuid.bytes[i] & 0x0F];
    }
    return out;
}

char* write_hex(char* out, std::string_view bytes) {
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        *out++ = kHexDigits[byte >> 4];
        *out++ = kHexDigits[byte & 0x0F];
    }
    return out;
}

std::optional<Instant> read_instant(std::string_view text) {
    if (text == "infinity") return Instant::max();
    if (text == "-infinity") return Instant::min();
    const auto date = take_date(text);
    if (!date) return std::nullopt;
    // Beyond this the microseconds of an Instant overflow.
    if (*date > Date{std::chrono::year{290000} / 1 / 1}) return std::nullopt;
    if (text.empty()) return Instant{*date};
    if (!take(text, ' ') && !take(text, 'T')) return std::nullopt;
    const auto time = take_time_of_day(text);
    if (!time) return std::nullopt;
    const auto offset = take_zone(text);
    if (!offset || !text.empty()) return std::nullopt; // "BC", among others
    return Instant{*date} + *time - *offset;
}

std::optional<std::string> read_bytes(std::string_view text) {
    if (text.substr(0, 2) != "\\x" || text.size() % 2 != 0) return std::nullopt;
    text.remove_prefix(2);
    std::string bytes(text.size() / 2, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const int high = hex_value(text[2 * i]);
        const int low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes[i] = static_cast<char>(high * 16 + low);
    }
    return bytes;
}

} // namespace calfleet::postgres
