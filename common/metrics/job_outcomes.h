#pragma once
// What became of events and jobs: one counter, which intake and the executor both count in.

#include "common/metrics/definition.h"

namespace calfleet::metrics {

inline constexpr Definition kJobOutcomes{
    .name = "calfleet_job_outcomes_total",
    .kind = Kind::Counter,
    .help = "Events and jobs by how they ended.",
    .labels = {"topic", "outcome"}};

} // namespace calfleet::metrics
