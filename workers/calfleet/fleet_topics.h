#pragma once
// The topics that the fleet built so far needs, with the settings its promises rest on.

#include "common/kafka/admin.h"

#include <vector>

namespace calfleet::cli {

/// Event topics keep 7 days, dead-letter topics 30; records are at most 1 MiB; with three copies an
/// acknowledged record survives the loss of a broker (min.insync.replicas = copies - 1, no unclean
/// leader election).
std::vector<kafka::TopicSpec> fleet_topics(int partitions, int replication);

} // namespace calfleet::cli
