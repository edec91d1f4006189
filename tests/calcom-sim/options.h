#pragma once
// The command line of calcom-sim.

#include "common/core/result.h"

#include <string>
#include <vector>

#include "tests/calcom-sim/server.h"
#include "tests/calcom-sim/settings.h"

namespace calfleet::calcom_sim {

struct Options {
    ServerOptions server{};
    Settings settings{};
    std::string seed_file{}; ///< the world at the start; empty: an empty world
    std::uint64_t random_seed{1};
    bool parent_death{};
    bool help{};
};

extern const char* const kUsage;

/// Error Invalid: the option, its value and what to give.
Result<Options> parse_options(const std::vector<std::string>& arguments);

} // namespace calfleet::calcom_sim
