#pragma once
// A real PostgreSQL server in a temporary directory, for one test program.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/wait.h"

namespace calfleet::test_support {

/// Durable: fsync and synchronous_commit on, as in production; for chaos tests and benchmarks.
/// Quick: neither; loses nothing when only processes die, and starts and commits much faster.
enum class Durability { Durable, Quick };

struct PostgresOptions {
    Durability durability{Durability::Quick};
    std::vector<std::string> settings{}; ///< lines of postgresql.conf, which win: "work_mem = 64MB"
};

/// Ready when the constructor returns; stopped and removed by the destructor, and ended by the
/// kernel when the test program dies. Listens on 127.0.0.1 and on a socket in its directory,
/// without passwords. The superuser is `postgres`. Run by root it becomes the system user postgres.
/// Throws std::runtime_error with the server's own words when it does not work. One thread at a
/// time.
class PostgresServer {
public:
    explicit PostgresServer(PostgresOptions options = {});
    ~PostgresServer();
    PostgresServer(const PostgresServer&) = delete;
    PostgresServer& operator=(const PostgresServer&) = delete;

    /// Where initdb and postgres are: the newest of /usr/lib/postgresql, else PATH. Nothing when
    /// there is no server.
    static std::optional<std::filesystem::path> find_binaries();

    std::uint16_t port() const { return port_; }
    /// A libpq connection string. Through a gate: give its port.
    std::string
    dsn(const std::string& role = "postgres", const std::string& database = "postgres") const;
    std::string dsn_through(
        std::uint16_t gate_port,
        const std::string& role = "postgres",
        const std::string& database = "postgres"
    ) const;
    /// The socket directory, for tools such as pgbench.
    const std::filesystem::path& directory() const { return directory_.path(); }
    /// Runs SQL with psql as the superuser: for fixtures, not for what is being tested.
    std::string sql(const std::string& text, const std::string& database = "postgres") const;
    /// An empty database of this name.
    void create_database(const std::string& name) const;

    /// As `pg_ctl stop -m immediate` and start: every session is cut, crash recovery runs.
    void restart_immediate();
    /// A clean fast shutdown: sessions are ended, everything is written.
    void stop();
    /// The same without a shutdown, as when the machine's power goes.
    void stop_immediate();
    void start();
    bool running();
    pid_t pid() const { return server_ ? server_->pid() : -1; }
    std::string log() const;

private:
    void initialise();
    void end(int signal);
    bool says_ready() const;
    std::filesystem::path data() const { return directory_.path() / "data"; }

    TemporaryDirectory directory_{"postgres"};
    PostgresOptions options_;
    std::filesystem::path binaries_{};
    std::string user_{};
    std::uint16_t port_{};
    std::unique_ptr<Process> server_{};
};

} // namespace calfleet::test_support
