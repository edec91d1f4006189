#include "tests/calcom-sim/modules.h"

namespace calfleet::calcom_sim {

void register_modules(Router& router) {
    register_me(router);
}

} // namespace calfleet::calcom_sim
