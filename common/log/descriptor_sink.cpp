#include "common/log/descriptor_sink.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <limits>

namespace calfleet::log {
namespace {

using std::chrono::steady_clock;

constexpr int kPollMilliseconds = 50;
constexpr auto kNever = std::numeric_limits<std::int64_t>::max();

std::int64_t nanoseconds(steady_clock::time_point time) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

} // namespace

DescriptorSink::DescriptorSink(
    int descriptor,
    std::function<std::uint64_t()> lost,
    std::function<std::string(std::uint64_t)> report
)
    : descriptor_(descriptor)
    , lost_(std::move(lost))
    , report_(std::move(report))
    , deadline_ns_(kNever) {}

void DescriptorSink::give_up_at(steady_clock::time_point deadline) {
    deadline_ns_ = nanoseconds(deadline);
}

bool DescriptorSink::gave_up() const {
    return nanoseconds(steady_clock::now()) >= deadline_ns_;
}

void DescriptorSink::sink_it_(const spdlog::details::log_msg& message) {
    const std::string_view line(message.payload.data(), message.payload.size());
    if (!write_line(line)) discarded_.fetch_add(1);
    const std::uint64_t lost = lost_() + discarded_.load();
    if (lost == reported_ || gave_up()) return;
    if (write_line(report_(lost - reported_))) reported_ = lost;
}

bool DescriptorSink::wait_until_writable() const {
    for (;;) {
        pollfd waiting{.fd = descriptor_, .events = POLLOUT, .revents = 0};
        // Once the deadline is over, every queued line asks only once.
        const bool last_time = gave_up();
        const int ready = ::poll(&waiting, 1, last_time ? 0 : kPollMilliseconds);
        if (ready > 0) return (waiting.revents & POLLOUT) != 0;
        if (ready < 0 && errno != EINTR) return false;
        if (last_time) return false;
    }
}

bool DescriptorSink::write_line(std::string_view text) {
    std::string line(text);
    line += '\n';
    std::string_view rest = line;
    while (!rest.empty()) {
        if (!wait_until_writable()) return false;
        const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
        if (written < 0 && errno != EINTR && errno != EAGAIN) return false;
        if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

} // namespace calfleet::log
