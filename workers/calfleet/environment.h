#pragma once
// What every command shares: where the servers are, how to print, and what the command line chose
// to do.

#include "workers/calfleet/listing.h"

#include "common/core/result.h"
#include "common/kafka/admin.h"
#include "common/kafka/connection.h"
#include "common/kafka/producer.h"
#include "common/postgres/session.h"
#include "common/sealing/envelope.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;
}

namespace calfleet::cli {

/// Exit codes, the same for every command (README.md, --help).
enum class Exit : int {
    Ok = 0,
    Failed = 1,        ///< a server is away, an operation did not succeed
    Usage = 2,         ///< the command line or an input file is wrong
    NotFound = 3,      ///< what was named does not exist
    Refused = 4,       ///< the present state forbids it
    Configuration = 78 ///< a setting is missing
};

Exit exit_for(const Error& error);

/// Filled by the command line before the action runs.
class Environment {
public:
    std::string postgres_url;
    std::string admin_url;
    std::string brokers;
    // From read_network():
    std::string postgres_ca_file; ///< of both databases
    kafka::Connection kafka_connection;
    std::vector<std::string> kafka_complaints; ///< told when a command needs Kafka
    std::vector<std::string> postgres_complaints;

    std::string actor;
    std::string key_files; ///< comma-separated, newest first
    std::string pepper_file;
    bool json{false};
    bool progress{false};

    /// Set by the command that was chosen.
    std::function<Result<Exit>()> action;
    /// Set when a command asked for a server that no setting names: exit code 78.
    mutable bool setting_is_missing{false};

    /// A session as calfleet_operator (CALFLEET_POSTGRES_URL), with the statements' time limit
    /// raised: people wait longer than workers. Error Invalid when the setting is missing.
    Result<std::unique_ptr<postgres::Session>> database() const;
    /// Owner or superuser, for migrations.
    Result<postgres::Settings> admin_database() const;
    Result<std::string> kafka() const;
    Result<std::unique_ptr<kafka::Admin>> kafka_admin(const std::string& client_id) const;
    Result<std::unique_ptr<kafka::Producer>> kafka_producer(const std::string& client_id) const;
    /// The files of CALFLEET_KEY_FILES, newest first. Error Invalid when the setting is missing, or
    /// what is wrong with a file.
    Result<sealing::KeyRing> key_ring() const;
    std::vector<std::string> key_file_list() const;
    /// Of CALFLEET_PEPPER_FILE: keys are named by a digest that cannot be guessed without it.
    Result<sealing::Key> pepper() const;

    /// Table on standard output, or JSON with --json.
    void print(const Listing& listing) const;
    /// Several tables below each other; with --json one object with a member for each.
    void print_parts(const std::vector<std::pair<std::string, Listing>>& parts) const;
    /// One sentence on standard output, nothing with --json (the listing says it).
    void say(const std::string& sentence) const;
    /// One sentence on standard error, for what goes wrong on the way.
    void complain(const std::string& sentence) const;
};

/// Takes the settings of the network from CALFLEET_... variables, the same that workers have.
void read_network(Environment& environment);
/// Their table, for --help.
std::string network_help();

/// Progress on standard error for what takes longer than two seconds: "published 1200 of 5000 (24
/// %)".
class Progress {
public:
    Progress(const Environment& environment, std::string what);
    ~Progress();
    void update(std::int64_t done, std::int64_t total);

private:
    bool shown_;
    bool printed_{false};
    std::string what_;
    std::chrono::steady_clock::time_point started_;
    std::chrono::steady_clock::time_point last_;
};

void add_setup_commands(CLI::App& app, Environment& environment);   // migrate, topics
void add_grant_command(CLI::App& topics, Environment& environment); // topics grant
void add_company_commands(CLI::App& app, Environment& environment); // company, staff
void add_key_commands(CLI::App& app, Environment& environment);     // company set-key, keys
void add_quota_commands(CLI::App& app, Environment& environment);   // breaker, quota
void add_service_commands(CLI::App& app, Environment& environment); // service
void add_sync_commands(CLI::App& app, Environment& environment);    // sync
void add_child_event_types_commands(CLI::App& app, Environment& environment); // child-event-types
void add_source_commands(CLI::App& app, Environment& environment);            // source
void add_publish_command(CLI::App& app, Environment& environment);            // publish
void add_mapping_commands(CLI::App& app, Environment& environment);           // mapping
void add_appointment_commands(CLI::App& app, Environment& environment);       // appointment
void add_job_commands(CLI::App& app, Environment& environment);               // jobs
void add_dead_letter_commands(CLI::App& app, Environment& environment);       // dlq
void add_position_commands(CLI::App& app, Environment& environment);          // positions
void add_privacy_commands(CLI::App& app, Environment& environment);           // privacy
void add_retention_commands(CLI::App& app, Environment& environment);         // retention
void add_event_commands(CLI::App& app, Environment& environment);             // event
void add_stats_command(CLI::App& app, Environment& environment);              // stats

} // namespace calfleet::cli
