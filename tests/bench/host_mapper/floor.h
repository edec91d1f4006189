#pragma once
// The same transactions without Kafka: what PostgreSQL and our statements allow on this machine.

#include "common/kafka/record.h"
#include "common/postgres/session.h"

#include <vector>

namespace calfleet::bench {

using LaneRecords = std::vector<kafka::OutgoingRecord>;

/// Shares the records out, every company to one lane, so that lanes are about equally long, never
/// meet in a row, and whatever the database decides depends on the order within a lane only: a
/// second run, or a replay, comes to the same tables. Order within a company is kept.
std::vector<LaneRecords> split_by_company(std::vector<kafka::OutgoingRecord> records, int lanes);

/// Runs the records through the intake's own transactions, one session a lane, side by side, in
/// batches of `batch` records. Sessions are opened, and take numbers from every sequence, one after
/// the other in the order of the lanes, before the clock starts. Returns records per second. Throws
/// std::runtime_error when a transaction fails.
double
measure_floor(const postgres::Settings& database, const std::vector<LaneRecords>& lanes, int batch);

} // namespace calfleet::bench
