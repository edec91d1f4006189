#pragma once
// The commands of `calfleet mapping` that stand in files of their own.

namespace CLI {
class App;
}

namespace calfleet::cli {

class Environment;

void add_mapping_review_command(CLI::App& mapping, Environment& environment); // review
void add_mapping_sheet_commands(CLI::App& mapping, Environment& environment); // export, import

} // namespace calfleet::cli
