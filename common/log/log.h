#pragma once
// One JSON object per line on standard output: ts, level, worker, event, then what the event
// carries.

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <variant>

namespace calfleet::log {

enum class Level { Debug, Info, Warn, Error };

/// A named value. Text is escaped and made valid UTF-8; it is cut at 2 000 bytes. Never a payload,
/// a secret or personal data.
struct Field {
    std::string_view name;
    std::variant<std::string_view, std::int64_t, double, bool> value;

    Field(std::string_view field, std::string_view text)
        : name(field)
        , value(text) {}
    Field(std::string_view field, const char* text)
        : name(field)
        , value(std::string_view(text)) {}
    template <std::integral Number>
    requires(!std::same_as<Number, bool>) Field(std::string_view field, Number number)
        : name(field)
        , value(static_cast<std::int64_t>(number)) {}
    Field(std::string_view field, double number)
        : name(field)
        , value(number) {}
    Field(std::string_view field, std::same_as<bool> auto truth)
        : name(field)
        , value(truth) {}
};

struct Settings {
    std::string_view worker;
    Level level{Level::Info};
};

/// Once, before threads start. Lines written before go to standard output with worker "".
void start(const Settings& settings);
/// Writes out what is queued, for at most about a second when the reader stalls. At exit.
void flush();
/// Lines thrown away because the reader of standard output was too slow: a worker never waits for
/// its log.
std::uint64_t dropped();

bool enabled(Level level);
/// event: dotted and stable ("booking.retried").
void write(Level level, std::string_view event, std::initializer_list<Field> fields = {});

inline void debug(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::Debug, event, fields);
}
inline void info(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::Info, event, fields);
}
inline void warn(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::Warn, event, fields);
}
/// Someone must act.
inline void error(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::Error, event, fields);
}

} // namespace calfleet::log
