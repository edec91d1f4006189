#include "workers/calfleet/environment.h"

#include "workers/calfleet/terminal_text.h"

#include "common/core/text.h"

#include <unistd.h>

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

postgres::Settings patient(std::string dsn) {
    postgres::Settings settings;
    settings.dsn = Secret<std::string>(std::move(dsn));
    settings.application_name = "calfleet";
    settings.statement_timeout = std::chrono::minutes{2};
    settings.lock_timeout = std::chrono::seconds{10};
    settings.idle_in_transaction_timeout = std::chrono::minutes{1};
    return settings;
}

} // namespace

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
    auto session = std::make_unique<postgres::Session>(patient(postgres_url));
    if (const Result<> connected = session->connect(); !connected) return connected.error();
    return session;
}

Result<postgres::Settings> Environment::admin_database() const {
    if (admin_url.empty())
        return missing(
            *this, "CALFLEET_ADMIN_URL", "--admin", "postgresql://postgres@db.example/platform"
        );
    return patient(admin_url);
}

Result<std::string> Environment::kafka() const {
    if (brokers.empty())
        return missing(*this, "CALFLEET_KAFKA_BROKERS", "--brokers", "127.0.0.1:9092");
    return brokers;
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
    return sealing::KeyRing::read(files);
}

Result<sealing::Key> Environment::pepper() const {
    if (pepper_file.empty())
        return missing(*this, "CALFLEET_PEPPER_FILE", "--pepper-file", "/run/secrets/pepper");
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
