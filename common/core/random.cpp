#include "common/core/random.h"

namespace calfleet {

Random Random::from_system() {
    std::random_device device;
    return Random((std::uint64_t{device()} << 32) | device());
}

} // namespace calfleet
