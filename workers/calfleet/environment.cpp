#include "workers/calfleet/environment.h"

#include "workers/calfleet/terminal_text.h"

#include "common/config/reader.h"
#include "common/core/text.h"
#include "common/runtime/network_settings.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <iostream>

namespace calfleet::cli {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kQuietFor{2};
constexpr std::chrono::milliseconds kBetweenUpdates{500};

Error missing(
    const Environment& environment,
    std::string_view variable,
    std::string_view option,
    std::string_view example
) {
    environment.setting_is_missing = true;
    return invalid(
        std::string(variable) + " is not set: set it or give " + std::string(option) + ", like " +
        std::string(example)
    );
}

void warn_of_exposure(const std::string& key_file) {
    if (const auto exposure = sealing::exposure_of_key_file(key_file))
        std::cerr << "calfleet: " << *exposure << '\n';
}

postgres::Settings patient(std::string dsn, const std::string& ca_file) {
    postgres::Settings settings;
    settings.dsn = Secret<std::string>(std::move(dsn));
    settings.ca_file = ca_file;
    settings.application_name = "calfleet";
    settings.statement_timeout = std::chrono::minutes{2};
    settings.lock_timeout = std::chrono::seconds{10};
    settings.idle_in_transaction_timeout = std::chrono::minutes{1};
    return settings;
}

/// Of CALFLEET_'s variables those that describe a connection; others are options of commands.
config::Environment variables_of(std::string_view prefix) {
    // An option, and what tests/brokers/kafka reads.
    static constexpr std::array<std::string_view, 3> kOthers{
        "CALFLEET_KAFKA_BROKERS", "CALFLEET_KAFKA_VERSION", "CALFLEET_KAFKA_HEAP"};
    config::Environment variables = config::process_environment();
    std::erase_if(variables, [&](const auto& variable) {
        return !variable.first.starts_with(prefix) ||
               std::find(kOthers.begin(), kOthers.end(), variable.first) != kOthers.end();
    });
    return variables;
}

config::Reader reader_of(config::Environment variables) {
    return config::Reader("calfleet", "CALFLEET_", std::move(variables));
}

/// The complaints as one error, which ends the program as a missing setting does.
Error misconfigured(const Environment& environment, const std::vector<std::string>& complaints) {
    environment.setting_is_missing = true;
    std::string text;
    for (const std::string& complaint : complaints)
        text += (text.empty() ? "" : "\n  ") + complaint;
    return invalid(std::move(text));
}

} // namespace

void read_network(Environment& environment) {
    config::Reader kafka = reader_of(variables_of("CALFLEET_KAFKA_"));
    environment.kafka_connection = runtime::read_kafka_connection(kafka, environment.brokers);
    environment.kafka_complaints = kafka.complaints();
    config::Reader postgres = reader_of(variables_of("CALFLEET_POSTGRES_CA_"));
    environment.postgres_ca_file = runtime::read_postgres_ca_file(postgres);
    environment.postgres_complaints = postgres.complaints();
}

std::string network_help() {
    config::Reader reader = reader_of({});
    (void)runtime::read_kafka_connection(reader, {});
    (void)runtime::read_postgres_ca_file(reader);
    return config::help_table(reader);
}

Exit exit_for(const Error& error) {
    switch (error.kind) {
    case ErrorKind::Invalid:
        return Exit::Usage;
    case ErrorKind::NotFound:
        return Exit::NotFound;
    case ErrorKind::Conflict:
        return Exit::Refused;
    case ErrorKind::Unavailable:
    case ErrorKind::Timeout:
    case ErrorKind::InDoubt:
    case ErrorKind::Forbidden:
    case ErrorKind::Bug:
        return Exit::Failed;
    }
    return Exit::Failed;
}

Result<std::unique_ptr<postgres::Session>> Environment::database() const {
    if (postgres_url.empty())
        return missing(
            *this,
            "CALFLEET_POSTGRES_URL",
            "--postgres",
            "postgresql://calfleet_operator@db.example/platform"
        );
    if (!postgres_complaints.empty()) return misconfigured(*this, postgres_complaints);
    auto session = std::make_unique<postgres::Session>(patient(postgres_url, postgres_ca_file));
    if (const Result<> connected = session->connect(); !connected) return connected.error();
    return session;
}

Result<postgres::Settings> Environment::admin_database() const {
    if (admin_url.empty())
        return missing(
            *this, "CALFLEET_ADMIN_URL", "--admin", "postgresql://postgres@db.example/platform"
        );
    if (!postgres_complaints.empty()) return misconfigured(*this, postgres_complaints);
    return patient(admin_url, postgres_ca_file);
}

Result<std::string> Environment::kafka() const {
    if (brokers.empty())
        return missing(*this, "CALFLEET_KAFKA_BROKERS", "--brokers", "127.0.0.1:9092");
    if (!kafka_complaints.empty()) return misconfigured(*this, kafka_complaints);
    return brokers;
}

Result<std::unique_ptr<kafka::Admin>> Environment::kafka_admin(const std::string& client_id) const {
    const auto named = kafka();
    if (!named) return named.error();
    return kafka::Admin::create(*named, client_id, kafka_connection);
}

Result<std::unique_ptr<kafka::Producer>> Environment::kafka_producer(const std::string& client_id
) const {
    const auto named = kafka();
    if (!named) return named.error();
    return kafka::Producer::create(
        {.brokers = *named, .client_id = client_id, .connection = kafka_connection}
    );
}

std::vector<std::string> Environment::key_file_list() const {
    std::vector<std::string> files;
    for (const std::string_view part : split(key_files, ','))
        if (!trim(part).empty()) files.emplace_back(trim(part));
    return files;
}

Result<sealing::KeyRing> Environment::key_ring() const {
    const auto files = key_file_list();
    if (files.empty())
        return missing(
            *this,
            "CALFLEET_KEY_FILES",
            "--key-files",
            "/run/secrets/kek-2027,/run/secrets/kek-2026"
        );
    for (const std::string& file : files)
        warn_of_exposure(file);
    return sealing::KeyRing::read(files);
}

Result<sealing::Key> Environment::pepper() const {
    if (pepper_file.empty())
        return missing(*this, "CALFLEET_PEPPER_FILE", "--pepper-file", "/run/secrets/pepper");
    warn_of_exposure(pepper_file);
    return sealing::read_key_file(pepper_file);
}

void Environment::print(const Listing& listing) const {
    if (json)
        print_json(listing, std::cout);
    else
        print_table(listing, std::cout);
}

void Environment::print_parts(const std::vector<std::pair<std::string, Listing>>& parts) const {
    if (json) return print_json(parts, std::cout);
    for (const auto& [name, listing] : parts) {
        if (&name != &parts.front().first) std::cout << '\n';
        print_table(listing, std::cout);
    }
}

void Environment::complain(const std::string& sentence) const {
    std::cerr << visible_lines("calfleet: " + sentence) << '\n';
}

void Environment::say(const std::string& sentence) const {
    if (!json) std::cout << visible_lines(sentence) << '\n';
}

Progress::Progress(const Environment& environment, std::string what)
    : shown_(environment.progress || ::isatty(STDERR_FILENO) == 1)
    , what_(std::move(what))
    , started_(steady_clock::now())
    , last_(started_) {}

Progress::~Progress() {
    if (printed_) std::cerr << '\n';
}

void Progress::update(std::int64_t done, std::int64_t total) {
    const auto now = steady_clock::now();
    if (!shown_ || now - started_ < kQuietFor || now - last_ < kBetweenUpdates) return;
    last_ = now;
    printed_ = true;
    std::cerr << '\r' << what_ << ' ' << done;
    if (total > 0) std::cerr << " of " << total << " (" << done * 100 / total << " %)";
    std::cerr << std::flush;
}

} // namespace calfleet::cli
