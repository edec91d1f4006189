#include "common/runtime/lifecycle.h"

#include "common/core/random.h"
#include "common/log/log.h"

#include <pthread.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>

namespace calfleet::runtime {
namespace {

sigset_t watched_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    return signals;
}

} // namespace

void block_watched_signals() {
    const sigset_t signals = watched_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
}

SignalWatch::SignalWatch(StopSignal& stop)
    : stop_(stop) {
    thread_ = std::thread([this] { watch(); });
}

SignalWatch::~SignalWatch() {
    ended_.request();
    if (thread_.joinable()) thread_.join();
}

void SignalWatch::watch() {
    const sigset_t signals = watched_signals();
    const timespec tick{.tv_sec = 0, .tv_nsec = 100'000'000};
    while (!ended_.requested()) {
        const int signal = sigtimedwait(&signals, nullptr, &tick);
        if (signal < 0) continue;
        log::info("worker.stopping", {{"signal", signal}});
        stop_.request();
        if (ended_.wait_for(kShutdownLimit)) return;
        log::error("worker.shutdown_took_too_long", {{"limit_s", kShutdownLimit.count()}});
        log::stop();
        std::_Exit(1);
    }
}

std::string make_owner() {
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '?';
    static constexpr char kDigits[] = "0123456789abcdef";
    Random random = Random::from_system();
    std::string owner = std::string(host.data()) + "/" + std::to_string(::getpid()) + "/";
    for (int i = 0; i < 8; ++i)
        owner.push_back(kDigits[random.below(16)]);
    return owner;
}

} // namespace calfleet::runtime
