#include "common/core/clock.h"

namespace calfleet {
namespace {

class SystemClock final : public Clock {
public:
    Instant now() const override {
        return std::chrono::time_point_cast<Microseconds>(std::chrono::system_clock::now());
    }
    Monotonic monotonic() const override { return std::chrono::steady_clock::now(); }
};

} // namespace

const Clock& system_clock() {
    static const SystemClock clock;
    return clock;
}

} // namespace calfleet
