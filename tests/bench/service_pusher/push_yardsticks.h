#pragma once
// What the two sides of a push allow on this machine, each without the other.

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "tests/bench/service_pusher/pushes.h"

namespace calfleet::bench {

/// Calls a second of a loop that only reads and changes event types with the worker's client: so
/// many coroutines, no database.
double plain_calls(PushWorld& world, std::size_t in_flight, std::chrono::seconds time);

/// Jobs a second that are claimed and settled by hand, 256 in a transaction, by two sessions.
double claims_and_settlements(PushWorld& world, std::int64_t jobs);

/// Pushes a second of the database's side alone: claim, facts and token, intent and token, result,
/// settlement, 256 in a transaction, by two sessions. Cal.com's answers come from memory.
double database_side(PushWorld& world, std::int64_t pushes);

} // namespace calfleet::bench
