#include "common/log/log.h"

#include "common/core/clock.h"
#include "common/log/line.h"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace calfleet::log {
namespace {

constexpr std::size_t kQueuedLines = 8192;
constexpr std::chrono::seconds kFlushPatience{1};

spdlog::level::level_enum spdlog_level(Level level) {
    switch (level) {
    case Level::Debug:
        return spdlog::level::debug;
    case Level::Info:
        return spdlog::level::info;
    case Level::Warn:
        return spdlog::level::warn;
    case Level::Error:
        return spdlog::level::err;
    }
    return spdlog::level::err;
}

// A thread of its own writes; when the reader of standard output stalls, the oldest queued lines
// are overrun and the worker goes on. The pool is leaked on purpose: joining its thread at exit
// would wait for a reader that never comes.
struct Output {
    std::string worker;
    std::shared_ptr<spdlog::details::thread_pool>& pool;
    std::shared_ptr<spdlog::async_logger> logger;
};

Output& output() {
    static auto& pool = *new std::shared_ptr<spdlog::details::thread_pool>(
        std::make_shared<spdlog::details::thread_pool>(kQueuedLines, 1)
    );
    static Output& instance = *new Output{
        {},
        pool,
        std::make_shared<spdlog::async_logger>(
            "calfleet",
            std::make_shared<spdlog::sinks::stdout_sink_mt>(),
            pool,
            spdlog::async_overflow_policy::overrun_oldest
        )};
    static const bool configured = [] {
        instance.logger->set_pattern("%v");
        instance.logger->set_level(spdlog::level::info);
        instance.logger->flush_on(spdlog::level::info);
        return true;
    }();
    (void)configured;
    return instance;
}

} // namespace

void start(const Settings& settings) {
    output().worker = settings.worker;
    output().logger->set_level(spdlog_level(settings.level));
}

void flush() {
    output().logger->flush();
    const auto deadline = std::chrono::steady_clock::now() + kFlushPatience;
    while (output().pool->queue_size() > 0 && std::chrono::steady_clock::now() < deadline)
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
    // The last line has left the queue but may still be on its way through the sink.
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
}

std::uint64_t dropped() {
    return output().pool->overrun_counter();
}

bool enabled(Level level) {
    return output().logger->should_log(spdlog_level(level));
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
    if (!enabled(level)) return;
    output().logger->log(
        spdlog_level(level),
        spdlog::string_view_t(make_line(system_clock().now(), level, output().worker, event, fields)
        )
    );
}

} // namespace calfleet::log
