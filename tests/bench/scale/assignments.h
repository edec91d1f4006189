#pragma once
// One portion of the bookings that wait for a host, of few and of many.

#include "tests/bench/scale/masses.h"

namespace calfleet::bench {

Figure assignments(const Masses& masses);

} // namespace calfleet::bench
