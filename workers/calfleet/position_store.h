#pragma once
// Consumer positions as an operator sees and moves them.

#include "common/core/time.h"
#include "common/postgres/session.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::cli {

postgres::Catalogue position_catalogue();

struct PositionRow {
    std::string worker, topic, owner;
    std::int32_t partition{0};
    std::int64_t next_offset{0}, epoch{0};
    Instant updated_at;
};
std::vector<PositionRow>
list_positions(postgres::Transaction& transaction, const std::optional<std::string>& worker);

/// Raises the epoch: whoever works on the partition is fenced, reads the new position and continues
/// there.
void reset_position(
    postgres::Transaction& transaction, const PositionRow& row, std::string_view actor
);

} // namespace calfleet::cli
