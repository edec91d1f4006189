#include "common/core/crash_point.h"

#ifdef CALFLEET_CRASH_POINTS

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace calfleet {
namespace {

struct Order {
    const char* name{nullptr};
    std::size_t name_length{0};
    int pass{1};
};

Order read_order() {
    const char* text = std::getenv("CALFLEET_CRASH");
    if (text == nullptr || *text == '\0') return {};
    const char* colon = std::strchr(text, ':');
    if (colon == nullptr) return {text, std::strlen(text), 1};
    return {text, static_cast<std::size_t>(colon - text), std::atoi(colon + 1)};
}

const Order& order() {
    static const Order order = read_order();
    return order;
}

} // namespace

bool crash_point_ordered(const char* name) noexcept {
    const Order& wanted = order();
    return wanted.name != nullptr && std::strlen(name) == wanted.name_length &&
           std::strncmp(name, wanted.name, wanted.name_length) == 0;
}

void crash_point(const char* name) noexcept {
    static std::atomic<int> passes{0};
    if (!crash_point_ordered(name)) return;
    if (passes.fetch_add(1) + 1 == order().pass) ::kill(::getpid(), SIGKILL);
}

} // namespace calfleet

#endif
