#pragma once
// The parts of the command line that the subcommands of `calfleet service` share.

#include "workers/calfleet/environment.h"
#include "workers/calfleet/service_store.h"

namespace calfleet::cli {

/// --service N ... and --company N.
void add_choice(CLI::App* command, ServiceChoice& choice);

void add_push_command(CLI::App& service, Environment& environment);
void add_reload_command(CLI::App& service, Environment& environment);
void add_reset_command(CLI::App& service, Environment& environment);

} // namespace calfleet::cli
