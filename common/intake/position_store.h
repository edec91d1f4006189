#pragma once
// Consumer positions in PostgreSQL: the authoritative ones, fenced by epoch (reliability mechanism:
// epoch per assignment).

#include "common/intake/partition_book.h"
#include "common/postgres/session.h"

#include <span>
#include <string_view>
#include <vector>

namespace calfleet::intake {

postgres::Catalogue position_catalogue();

/// Raises the epoch of every partition and says where each continues; creates rows at offset 0 for
/// new ones. From here on no earlier holder of the partition can commit.
std::vector<FencedPosition> fence_positions(
    postgres::Transaction& transaction,
    std::string_view worker,
    std::string_view owner,
    std::span<const kafka::TopicPartition> partitions
);

/// One partition's share of a batch.
struct Advance {
    kafka::TopicPartition partition;
    std::int64_t epoch{0};
    std::int64_t first_offset{0};  ///< of the batch's records of this partition
    std::int64_t next_offset{0};   ///< one past the last
    Ticket ticket;                 ///< the assignment it belongs to
    std::optional<LogMark> mark{}; ///< the last record
};

/// Moves the positions under their epochs. False when any did not move: fenced, or these records
/// were committed before (a lost COMMIT answer); the caller rolls back and asks read_positions.
bool advance_positions(
    postgres::Transaction& transaction, std::string_view worker, std::span<const Advance> advances
);

/// A position that moves past what can never be delivered.
struct Passing {
    kafka::TopicPartition partition;
    std::int64_t epoch{0};
    std::int64_t from{0};
    std::int64_t to{0};
    Ticket ticket;
};

/// Which of them moved; others were fenced or had moved before. Their marks stay as they are.
std::vector<kafka::TopicPartition> pass_positions(
    postgres::Transaction& transaction, std::string_view worker, std::span<const Passing> passings
);

/// Without marks.
std::vector<FencedPosition> read_positions(
    postgres::Transaction& transaction,
    std::string_view worker,
    std::span<const kafka::TopicPartition> partitions
);

} // namespace calfleet::intake
