#pragma once
// Records that somebody might send to stop a fleet, among sound ones of companies that have nothing
// to do with it; and the account of what must become of each.

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/integration/kafka/raw_records.h"

namespace calfleet::kafka {

struct HostileStory {
    std::vector<RawRecord> records; ///< in the order in which they are published
    /// Topic, partition and offset of each record that must be a dead letter, once.
    std::set<std::string> letters;
    /// Company and booking of each that must be an appointment, once; nothing else may be one.
    std::set<std::string> appointments;
    std::vector<std::int64_t> ends; ///< by partition
};

/// Companies 1 to 3 are sound.
HostileStory tell_hostile_story(std::uint64_t seed, int partitions);

} // namespace calfleet::kafka
