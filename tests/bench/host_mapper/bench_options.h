#pragma once
// What the benchmark of host-mapper can be told, and the fleet and bookings that follow from it.

#include "tests/fleet/fleet.h"
#include "tests/fleet/story.h"

namespace calfleet::bench {

struct Options {
    int bookings{200'000};
    int companies{1000};
    int staff{20};
    int lanes{2};
    int batch{1000};
    int yardstick_bookings{120'000}; ///< replayed by pgbench; 0: no floor and no pgbench
    int kill{1};                     ///< 0: without the run that is killed half-way
    int latency_rate{1000};          ///< events per second
    int latency_seconds{20};         ///< 0: without the latency run
};

/// Ends the program with 64 and the usage when an argument is unknown or out of range.
Options parse_options(int argc, char** argv);

fleet::FleetOptions fleet_options(const Options& options);

/// The same seed tells the same bookings.
fleet::StorySettings story_settings(const Options& options, std::uint64_t seed, int bookings);

} // namespace calfleet::bench
