#include "tests/support/postgres_server.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace calfleet::test_support {

namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

constexpr int kStartAttempts = 3;
constexpr seconds kStartTakes{60};
constexpr seconds kStopTakes{30};

bool has_server(const fs::path& folder) {
    return ::access((folder / "initdb").c_str(), X_OK) == 0 &&
           ::access((folder / "postgres").c_str(), X_OK) == 0;
}

void give_to(const fs::path& path, const std::string& user) {
    const passwd* entry = ::getpwnam(user.c_str());
    if (entry == nullptr)
        throw std::runtime_error("there is no user " + user + ": deploy/install-packages run");
    if (::chown(path.c_str(), entry->pw_uid, entry->pw_gid) != 0)
        throw std::system_error(errno, std::generic_category(), "chown " + path.string());
}

std::string settings(const PostgresOptions& options, std::uint16_t port, const fs::path& sockets) {
    std::string text =
        "listen_addresses = '127.0.0.1'\n"
        "port = " +
        std::to_string(port) +
        "\n"
        "unix_socket_directories = '" +
        sockets.string() +
        "'\n"
        "max_connections = 100\n"
        "shared_buffers = 128MB\n"
        // As production must have it: a failing statement does not write its values to the log.
        "log_parameter_max_length = 0\n"
        "log_parameter_max_length_on_error = 0\n"
        "log_line_prefix = '%m [%p] %u@%d '\n"
        "timezone = 'UTC'\n"
        // Small machines: no more processes than the tests need.
        "max_wal_senders = 0\n"
        "max_wal_size = 1GB\n";
    if (options.durability == Durability::Quick)
        text += "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n";
    for (const auto& line : options.settings)
        text += line + "\n";
    return text;
}

} // namespace

std::optional<fs::path> PostgresServer::find_binaries() {
    std::vector<std::pair<int, fs::path>> found;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", none))
        if (has_server(entry.path() / "bin"))
            found.emplace_back(std::atoi(entry.path().filename().c_str()), entry.path() / "bin");
    if (!found.empty()) return std::max_element(found.begin(), found.end())->second;
    const char* path = std::getenv("PATH");
    std::string folders = path == nullptr ? "" : path;
    while (!folders.empty()) {
        const auto colon = folders.find(':');
        const fs::path folder = folders.substr(0, colon);
        if (has_server(folder)) return folder;
        folders = colon == std::string::npos ? "" : folders.substr(colon + 1);
    }
    return std::nullopt;
}

PostgresServer::PostgresServer(PostgresOptions options)
    : options_(std::move(options)) {
    const auto binaries = find_binaries();
    if (!binaries)
        throw std::runtime_error("PostgreSQL's server is missing: deploy/install-packages run");
    binaries_ = *binaries;
    if (::geteuid() == 0) user_ = "postgres"; // It refuses to run as root.
    initialise();
    for (int attempt = 1;; ++attempt) {
        try {
            port_ = free_port();
            std::ofstream(data() / "calfleet.conf") << settings(options_, port_, directory_.path());
            start();
            return;
        } catch (const std::runtime_error&) {
            // Somebody took the port between the look and the bind.
            const bool port_taken = log().find("Address already in use") != std::string::npos;
            if (!port_taken || attempt == kStartAttempts) throw;
        }
    }
}

PostgresServer::~PostgresServer() {
    if (server_ == nullptr) return;
    // Nobody will read its files again, so nothing needs to be written. The postmaster ends its
    // children on SIGQUIT; a SIGKILL would leave them for a moment.
    server_->signal(SIGQUIT);
    (void)server_->wait_exit(kStopTakes);
}

void PostgresServer::initialise() {
    if (!user_.empty()) give_to(directory_.path(), user_);
    const Finished done =
        run({.argv =
                 {binaries_ / "initdb",
                  "--pgdata",
                  data(),
                  "--username=postgres",
                  "--auth=trust",
                  "--encoding=UTF8",
                  "--locale=C.UTF-8",
                  "--no-sync",
                  "--no-instructions"},
             .directory = directory_.path(),
             .name = "initdb",
             .user = user_},
            kStartTakes);
    if (done.exit != Exit{}) throw std::runtime_error("initdb failed: " + done.err + done.out);
    std::ofstream(data() / "postgresql.conf", std::ios::app) << "include = 'calfleet.conf'\n";
}

void PostgresServer::start() {
    if (running()) return;
    server_ = std::make_unique<Process>(ProcessOptions{
        .argv = {binaries_ / "postgres", "-D", data()},
        .directory = directory_.path(),
        .name = "server",
        .user = user_,
        .death_signal = SIGQUIT // immediate shutdown, children included
    });
    eventually(kStartTakes, [this] { return says_ready() || !server_->running(); });
    if (!says_ready() || !server_->running())
        throw std::runtime_error("PostgreSQL did not start: " + log());
}

/// What pg_ctl looks at: the eighth line of postmaster.pid, and that it is this server's.
bool PostgresServer::says_ready() const {
    std::ifstream in(data() / "postmaster.pid");
    std::string line;
    std::string first;
    for (int number = 1; std::getline(in, line); ++number) {
        if (number == 1) first = line;
        if (number == 8) return first == std::to_string(pid()) && line.starts_with("ready");
    }
    return false;
}

bool PostgresServer::running() {
    return server_ != nullptr && server_->running();
}

void PostgresServer::end(int signal) {
    if (!running()) return;
    server_->signal(signal);
    if (!server_->wait_exit(kStopTakes))
        throw std::runtime_error("PostgreSQL did not stop within 30 s: " + log());
}

void PostgresServer::stop() {
    end(SIGINT);
}
void PostgresServer::stop_immediate() {
    end(SIGQUIT);
}

void PostgresServer::restart_immediate() {
    stop_immediate();
    start();
}

std::string PostgresServer::log() const {
    return read_file(directory_.path() / "server.err");
}

std::string PostgresServer::dsn(const std::string& role, const std::string& database) const {
    return dsn_through(port_, role, database);
}

std::string PostgresServer::dsn_through(
    std::uint16_t gate_port, const std::string& role, const std::string& database
) const {
    return "host=127.0.0.1 port=" + std::to_string(gate_port) + " user=" + role +
           " dbname=" + database + " sslmode=disable";
}

std::string PostgresServer::sql(const std::string& text, const std::string& database) const {
    const Finished done =
        run({.argv =
                 {binaries_ / "psql",
                  "--no-psqlrc",
                  "--quiet",
                  "--tuples-only",
                  "--no-align",
                  "--set=ON_ERROR_STOP=1",
                  "--dbname=" + dsn("postgres", database),
                  "--command=" + text}},
            kStartTakes);
    if (done.exit != Exit{}) throw std::runtime_error("psql: " + done.err + " in: " + text);
    return done.out.empty() ? "" : done.out.substr(0, done.out.size() - 1);
}

void PostgresServer::create_database(const std::string& name) const {
    sql("create database " + name);
}

} // namespace calfleet::test_support
