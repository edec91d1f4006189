#pragma once
// From argv to an exit code.

namespace calfleet::cli {

/// Parses, runs the chosen command, prints what went wrong to standard error. Never throws.
int run(int argc, char** argv);

} // namespace calfleet::cli
