#pragma once
// The topics that the fleet built so far needs, with the settings its promises rest on.

#include "common/kafka/admin.h"

#include <optional>
#include <string_view>
#include <vector>

namespace calfleet::cli {

/// Event topics keep 7 days, dead-letter topics 30; records are at most 1 MiB; with three copies an
/// acknowledged record survives the loss of a broker (min.insync.replicas = copies - 1, no unclean
/// leader election).
std::vector<kafka::TopicSpec> fleet_topics(int partitions, int replication);

/// The topics that a worker of this release subscribes to; nothing for a worker that it does not
/// know.
std::optional<std::vector<std::string_view>> topics_consumed_by(std::string_view worker);
/// The workers of this release.
std::vector<std::string_view> known_workers();
/// Those that subscribe to the topic.
std::vector<std::string_view> consumers_of(std::string_view topic);

} // namespace calfleet::cli
