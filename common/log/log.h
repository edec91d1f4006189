#pragma once
// The log of a program: one JSON object a line, on standard output.
//
//     log::info("booking.retried", {{"topic", topic}, {"attempt", 3}, {"duration_ms", 12}});
//
// Levels: error = a person must act; warn = we recovered; info = lifecycle and finished work; debug
// = off in production. The event name is dotted and stable; there is no prose to grep for. A line
// is handed to one writing thread through a bounded queue and the caller never waits: when the
// reader of standard output stalls, the oldest waiting lines are dropped and counted, and a line
// "log.lines_dropped" says how many as soon as the reader goes on.

#include "common/log/field.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace calfleet::log {

enum class Level { Debug, Info, Warn, Error, Off };

struct Settings {
    std::string worker;
    Level level{Level::Info};
    int descriptor{1};
    std::size_t queue_lines{4096};
    /// How long stop() waits for a reader that has stalled.
    std::chrono::milliseconds flush_patience{2000};
};

/// Before start() and after stop() lines vanish. start() after signals were blocked, so that the
/// writing thread gets none; a second start() replaces the first. Both are for one thread; the rest
/// of this header is thread-safe. stop() also runs at exit.
void start(const Settings& settings);
void stop();

void set_level(Level level);
/// Lines given up because the reader stalled, since start().
std::uint64_t dropped_lines();

namespace detail {
extern std::atomic<Level> lowest_level;
void write(Level level, std::string_view event, std::initializer_list<Field> fields);
} // namespace detail

/// For what costs something to find out only to log it.
inline bool enabled(Level level) {
    return level >= detail::lowest_level.load(std::memory_order_relaxed);
}

inline void write(Level level, std::string_view event, std::initializer_list<Field> fields = {}) {
    if (enabled(level)) detail::write(level, event, fields);
}
inline void debug(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::Debug, event, fields);
}
inline void info(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::Info, event, fields);
}
inline void warn(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::Warn, event, fields);
}
inline void error(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::Error, event, fields);
}

/// Fields for every line of this thread while it lives; nests. Set once by whoever runs a job:
///     const log::Context context{{"event_id", id}, {"attempt", attempt}};
class Context {
public:
    Context(std::initializer_list<Field> fields);
    ~Context();
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

private:
    std::size_t outer_bytes_;
};

} // namespace calfleet::log
