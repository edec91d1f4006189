#pragma once
// How a worker process starts, is told to stop, and ends.

#include "common/core/stop_signal.h"

#include <chrono>
#include <string>
#include <string_view>
#include <thread>

namespace calfleet::runtime {

/// From SIGTERM on the process has this long; then it ends without ceremony. Kubernetes' grace must
/// be longer.
inline constexpr std::chrono::seconds kShutdownLimit{40};

/// Blocks SIGTERM and SIGINT and ignores SIGPIPE. Before any thread starts, so that all inherit it.
void block_watched_signals();

/// Turns SIGTERM and SIGINT into a stop request; after block_watched_signals(). When the process is
/// still there kShutdownLimit later it exits with code 1: nothing is lost by that, only repeated
/// work.
class SignalWatch {
public:
    explicit SignalWatch(StopSignal& stop);
    ~SignalWatch();

private:
    void watch();
    StopSignal& stop_;
    StopSignal ended_;
    std::thread thread_;
};

/// Host name, process number and a random part: never used twice, also when a container's name is.
std::string make_owner();

} // namespace calfleet::runtime
