#include "workers/calfleet/command_line.h"

#include "workers/calfleet/environment.h"
#include "workers/calfleet/terminal_text.h"

#include "common/core/redaction.h"

#include <CLI/CLI.hpp>

#include <exception>
#include <iostream>
#include <sstream>
#include <string>

namespace calfleet::cli {
namespace {

constexpr auto kFooter = R"(Examples:
  calfleet migrate --migrations migrations
  calfleet company add "Nordlicht Beratung"
  calfleet staff import staff.csv --company 1
  calfleet mapping list --state review
  calfleet service list --status error
  calfleet dlq replay --class schema --dry-run
  calfleet event show --source /my/service --id evt-1

Exit codes: 0 done, 1 failed (a server is away, or the operation did not succeed), 2 wrong usage or input,
3 not found, 4 refused in the present state, 78 a setting is missing.
Every command has --help with examples of its own.)";

void add_common_options(CLI::App& app, Environment& environment) {
    app.add_option("--postgres", environment.postgres_url, "PostgreSQL as calfleet_operator")
        ->envname("CALFLEET_POSTGRES_URL")
        ->type_name("URL");
    app.add_option("--admin", environment.admin_url, "PostgreSQL as owner, for migrate only")
        ->envname("CALFLEET_ADMIN_URL")
        ->type_name("URL");
    app.add_option("--brokers", environment.brokers, "Kafka, host:port,host:port")
        ->envname("CALFLEET_KAFKA_BROKERS")
        ->type_name("LIST");
    app.add_option(
           "--key-files",
           environment.key_files,
           "key files, newest first, for company set-key and keys"
    )
        ->envname("CALFLEET_KEY_FILES")
        ->type_name("LIST");
    app.add_option(
           "--pepper-file", environment.pepper_file, "pepper of fingerprints, for company set-key"
    )
        ->envname("CALFLEET_PEPPER_FILE")
        ->type_name("FILE");
    app.add_option("--actor", environment.actor, "who decides, for the audit")
        ->envname("USER")
        ->type_name("NAME");
    app.add_flag("--json", environment.json, "print JSON instead of tables");
    app.add_flag(
        "--progress", environment.progress, "show progress also when standard error is no terminal"
    );
}

constexpr auto kKeyWasTyped =
    "calfleet: *** looked like a key or a password and is not repeated. What is typed stays in the "
    "shell's history,\nand everybody on the machine can see it: have it replaced where it was "
    "made. "
    "calfleet company set-key N asks for a key.\n";

void complain(const std::string& text) {
    const Redacted redacted = without_keys(text);
    std::cerr << visible_lines(redacted.text);
    if (redacted.had_key) std::cerr << kKeyWasTyped;
}

int report(const Error& error, Exit code) {
    complain("calfleet: " + error.message + '\n');
    return static_cast<int>(code);
}

int report(const CLI::App& app, const CLI::ParseError& error) {
    std::ostringstream text;
    const int code = app.exit(error, std::cout, text);
    complain(text.str());
    return code == 0 ? 0 : static_cast<int>(Exit::Usage);
}

int run_action(Environment& environment) {
    if (environment.actor.empty()) environment.actor = "operator";
    read_network(environment);
    const Result<Exit> done = environment.action();
    if (done) return static_cast<int>(*done);
    return report(
        done.error(), environment.setting_is_missing ? Exit::Configuration : exit_for(done.error())
    );
}

} // namespace

int run(int argc, char** argv) {
    Environment environment;
    CLI::App app{
        "Operates a calfleet: companies, staff, services, host mappings, jobs, dead letters, "
        "positions.",
        "calfleet"};
    app.footer([] {
        return "How Kafka and PostgreSQL are reached, by environment variables only:\n" +
               network_help() + "\n" + kFooter;
    });
    app.require_subcommand(1);
    app.fallthrough();
    add_common_options(app, environment);
    add_setup_commands(app, environment);
    add_company_commands(app, environment);
    add_key_commands(app, environment);
    add_quota_commands(app, environment);
    add_service_commands(app, environment);
    add_sync_commands(app, environment);
    add_child_event_types_commands(app, environment);
    add_source_commands(app, environment);
    add_publish_command(app, environment);
    add_mapping_commands(app, environment);
    add_appointment_commands(app, environment);
    add_job_commands(app, environment);
    add_dead_letter_commands(app, environment);
    add_position_commands(app, environment);
    add_event_commands(app, environment);
    add_privacy_commands(app, environment);
    add_retention_commands(app, environment);
    add_stats_command(app, environment);
    try {
        app.parse(argc, argv);
        return run_action(environment);
    } catch (const CLI::ParseError& error) {
        return report(app, error);
    } catch (const std::exception& error) {
        return report(
            bug(std::string("unexpected: ") + error.what() + "; please report it"), Exit::Failed
        );
    }
}

} // namespace calfleet::cli
