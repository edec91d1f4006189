#pragma once
// The sessions of one database in PostgreSQL's JSON log.

#include <filesystem>
#include <string>
#include <vector>

#include "tests/bench/host_mapper/replay_script.h"

namespace calfleet::bench {

/// Which entries belong to the recording.
struct Recording {
    std::string database;
    std::string application;
};

/// One script a session, in the order in which the sessions began, of a log written with
/// log_statement = all and log_parameter_max_length = -1. Throws std::runtime_error when the log
/// cannot be read, an entry is not understood, or a statement failed: a replay would fail as well.
std::vector<ReplayScript>
read_statement_log(const std::filesystem::path& log, const Recording& recording);

} // namespace calfleet::bench
