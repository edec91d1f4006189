#pragma once
// The end of the log: writes lines to a file descriptor, waiting for a slow reader but not for
// ever.

#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>

namespace calfleet::log {

/// Used by the one writing thread; give_up_after() and discarded() by others. Waits with poll()
/// before each write, because O_NONBLOCK on standard output would change it for every process that
/// shares it. Lines are below PIPE_BUF, so that a pipe that is ready takes one whole.
class DescriptorSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
public:
    /// lost: lines the queue has dropped so far. report: makes the line that says how many.
    DescriptorSink(
        int descriptor,
        std::function<std::uint64_t()> lost,
        std::function<std::string(std::uint64_t)> report
    );

    /// From then on a reader that does not read loses its lines.
    void give_up_at(std::chrono::steady_clock::time_point deadline);
    std::uint64_t discarded() const { return discarded_.load(); }

protected:
    void sink_it_(const spdlog::details::log_msg& message) override;
    void flush_() override {}

private:
    bool write_line(std::string_view line);
    bool wait_until_writable() const;
    bool gave_up() const;

    int descriptor_;
    std::function<std::uint64_t()> lost_;
    std::function<std::string(std::uint64_t)> report_;
    std::uint64_t reported_{0};
    std::atomic<std::int64_t> deadline_ns_;
    std::atomic<std::uint64_t> discarded_{0};
};

} // namespace calfleet::log
