#pragma once
// The same transactions without Kafka: what PostgreSQL and our statements allow on this machine.

#include "common/kafka/record.h"
#include "common/postgres/session.h"

#include <vector>

namespace calfleet::bench {

/// Runs the records through the intake's own transactions, `lanes` sessions side by side, batches
/// of `batch` records. Returns records per second. Throws std::runtime_error when a transaction
/// fails.
double measure_floor(
    const postgres::Settings& database,
    const std::vector<kafka::OutgoingRecord>& records,
    int lanes,
    int batch
);

} // namespace calfleet::bench
