#pragma once
// The few figures of librdkafka's statistics that the fleet uses.

#include <cstdint>
#include <string>
#include <string_view>

namespace calfleet::kafka {

struct GroupStatistics {
    std::string join_state; ///< "steady", "wait-join", "wait-assign-call", ...; empty when the text
                            ///< has none
    std::int64_t rebalances{0};
    std::int64_t assigned{0}; ///< partitions
};

/// Reads the "cgrp" object of a statistics text of librdkafka. Not a JSON reader: it relies on that
/// object being flat and the last of its name, as every librdkafka since 1.0 writes it, and answers
/// with empty fields otherwise.
GroupStatistics read_group_statistics(std::string_view json);

} // namespace calfleet::kafka
