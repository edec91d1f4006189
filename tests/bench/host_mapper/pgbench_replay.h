#pragma once
// Runs scripts with pgbench, one process each, all at the same time.

#include <string>
#include <vector>

#include "tests/bench/host_mapper/replay_script.h"
#include "tests/support/postgres_server.h"

namespace calfleet::bench {

/// Seconds from the common start to the end of the last script, by the server's clock. Each pgbench
/// first reads its whole script and runs its set-up, in the order of the scripts, and then waits
/// for an advisory lock: neither is measured. Leaves a schema `replay` in the database. Throws
/// std::runtime_error with pgbench's words when one of them fails.
double replay_with_pgbench(
    test_support::PostgresServer& server,
    const std::string& role,
    const std::string& database,
    const std::vector<ReplayScript>& scripts
);

} // namespace calfleet::bench
