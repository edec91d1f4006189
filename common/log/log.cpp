#include "common/log/log.h"

#include "common/core/clock.h"
#include "common/log/descriptor_sink.h"
#include "common/log/line.h"
#include "common/log/output.h"

#include <spdlog/async.h>
#include <spdlog/async_logger.h>

#include <csignal>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <shared_mutex>

namespace calfleet::log {
namespace {

std::string_view word(Level level) {
    switch (level) {
    case Level::Debug:
        return "debug";
    case Level::Info:
        return "info";
    case Level::Warn:
        return "warn";
    case Level::Error:
    case Level::Off:
        return "error";
    }
    return "error";
}

// The pool must outlive the logger's last post; destroying it writes what is queued and joins.
struct Writer {
    std::shared_ptr<DescriptorSink> sink;
    std::shared_ptr<spdlog::details::thread_pool> pool;
    std::shared_ptr<spdlog::async_logger> logger;
};

struct State {
    std::shared_mutex mutex;
    std::string worker;
    std::chrono::milliseconds patience{0};
    std::unique_ptr<Writer> writer;
    std::function<void(std::string_view)> redirected;
    std::uint64_t dropped_by_stopped_writers{0};
};

// Never destroyed: other threads may log until the very end.
State& state() {
    static auto* const kState = new State;
    return *kState;
}

thread_local std::string context_text;

// A reader that went away must not kill the process by SIGPIPE, and signals belong to main.
void block_signals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

std::unique_ptr<Writer> open_writer(const Settings& settings) {
    auto writer = std::make_unique<Writer>();
    writer->pool = std::make_shared<spdlog::details::thread_pool>(
        settings.queue_lines, std::size_t{1}, block_signals
    );
    const auto report = [worker = settings.worker](std::uint64_t lines) {
        const Field field{"lines", lines};
        return make_line(
            system_clock().now(), word(Level::Warn), worker, "log.lines_dropped", {}, {&field, 1}
        );
    };
    // A raw pointer: the sink is used by the pool's thread only, which the pool joins.
    const auto lost = [pool = writer->pool.get()] {
        return static_cast<std::uint64_t>(pool->overrun_counter());
    };
    writer->sink = std::make_shared<DescriptorSink>(settings.descriptor, lost, report);
    writer->logger = std::make_shared<spdlog::async_logger>(
        settings.worker, writer->sink, writer->pool, spdlog::async_overflow_policy::overrun_oldest
    );
    writer->logger->set_level(spdlog::level::trace);
    return writer;
}

std::uint64_t lost_by(const Writer& writer) {
    return writer.pool->overrun_counter() + writer.sink->discarded();
}

} // namespace

namespace detail {

std::atomic<Level> lowest_level{Level::Off};

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
    State& now = state();
    const std::shared_lock lock(now.mutex);
    if (!now.writer && !now.redirected) return;
    const std::string line = make_line(
        system_clock().now(),
        word(level),
        now.worker,
        event,
        context_text,
        {fields.begin(), fields.size()}
    );
    if (now.redirected)
        now.redirected(line);
    else
        now.writer->logger->log(spdlog::level::info, spdlog::string_view_t(line));
}

} // namespace detail

void start(const Settings& settings) {
    stop();
    static std::once_flag at_exit;
    std::call_once(at_exit, [] { static_cast<void>(std::atexit(stop)); });
    State& now = state();
    const std::unique_lock lock(now.mutex);
    now.writer = open_writer(settings);
    now.worker = settings.worker;
    now.patience = settings.flush_patience;
    now.dropped_by_stopped_writers = 0;
    detail::lowest_level = settings.level;
}

void stop() {
    State& now = state();
    std::unique_ptr<Writer> ending;
    {
        const std::unique_lock lock(now.mutex);
        if (!now.writer) return;
        detail::lowest_level = Level::Off;
        ending = std::move(now.writer);
        ending->sink->give_up_at(std::chrono::steady_clock::now() + now.patience);
    }
    const std::uint64_t overrun = ending->pool->overrun_counter();
    ending->logger.reset();
    ending->pool.reset();
    const std::unique_lock lock(now.mutex);
    now.dropped_by_stopped_writers += overrun + ending->sink->discarded();
}

void set_level(Level level) {
    detail::lowest_level = level;
}

std::uint64_t dropped_lines() {
    State& now = state();
    const std::shared_lock lock(now.mutex);
    return now.dropped_by_stopped_writers + (now.writer ? lost_by(*now.writer) : 0);
}

void redirect(std::string worker, Level level, std::function<void(std::string_view)> output) {
    State& now = state();
    const std::unique_lock lock(now.mutex);
    now.worker = std::move(worker);
    now.redirected = std::move(output);
    detail::lowest_level = level;
}

void end_redirection() {
    State& now = state();
    const std::unique_lock lock(now.mutex);
    now.redirected = nullptr;
    detail::lowest_level = Level::Off;
}

Context::Context(std::initializer_list<Field> fields)
    : outer_bytes_(context_text.size()) {
    for (const Field& field : fields)
        append_field(context_text, field);
}

Context::~Context() {
    context_text.resize(outer_bytes_);
}

} // namespace calfleet::log
