#include "tests/bench/host_mapper/pgbench_replay.h"

#include "common/postgres/session.h"

#include <fstream>
#include <memory>
#include <stdexcept>

#include "tests/support/process.h"
#include "tests/support/wait.h"

namespace calfleet::bench {
namespace {

using namespace std::chrono_literals;
using postgres::Statement;
using test_support::Process;

// Reading a script of tens of megabytes takes pgbench seconds, on a busy machine many.
constexpr auto kLongestLoad = 15min;
constexpr auto kLongestRun = 60min;

// Held by us while the scripts gather; its number means nothing.
constexpr Statement kHold{"replay.hold", "select pg_advisory_lock(20000)"};
constexpr Statement kGathered{
    "replay.gathered",
    "select count(*) from pg_locks where locktype = 'advisory' and not granted"
    " and database = (select oid from pg_database where datname = current_database())"};
constexpr Statement kRelease{
    "replay.release", "select extract(epoch from clock_timestamp()), pg_advisory_unlock(20000)"};
constexpr Statement kEnd{
    "replay.end", "select count(*), extract(epoch from max(at)) from replay.ends"};

// The session's own limits would end the wait.
constexpr std::string_view kBarrier = "begin;\n"
                                      "set local statement_timeout = 0;\n"
                                      "set local lock_timeout = 0;\n"
                                      "select pg_advisory_xact_lock_shared(20000);\n"
                                      "commit;";
constexpr std::string_view kSayEnd = "insert into replay.ends values (clock_timestamp());";

template <class T>
T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message);
    return std::move(*result);
}

[[noreturn]] void fail(const Process& pgbench, const std::string& what) {
    throw std::runtime_error("pgbench " + what + ": " + pgbench.text(Process::Stream::Errors));
}

class Replay {
public:
    Replay(test_support::PostgresServer& server, std::string role, std::string database)
        : server_(server)
        , role_(std::move(role))
        , database_(std::move(database))
        , control_(control_settings()) {
        server_.sql(
            "create schema replay; create table replay.ends (at timestamptz not null);"
            "grant usage on schema replay to " +
                role_ + "; grant insert on replay.ends to " + role_,
            database_
        );
        must(control_.query(kHold));
    }

    void start(const ReplayScript& script) {
        const auto number = std::to_string(pgbenches_.size());
        const auto file = directory_.path() / ("lane" + number + ".sql");
        std::ofstream out(file, std::ios::binary);
        out << script.text(kBarrier, kSayEnd);
        out.close();
        if (!out) throw std::runtime_error("cannot write " + file.string());
        pgbenches_.push_back(std::make_unique<Process>(test_support::ProcessOptions{
            .argv =
                {*test_support::PostgresServer::find_binaries() / "pgbench",
                 "--no-vacuum",
                 "--protocol=simple",
                 "--client=1",
                 "--transactions=1",
                 "--file=" + file.string(),
                 "--host=127.0.0.1",
                 "--port=" + std::to_string(server_.port()),
                 "--username=" + role_,
                 database_},
            .environment = {{"PGSSLMODE", "disable"}, {"PGGSSENCMODE", "disable"}},
            .directory = directory_.path(),
            .name = "pgbench" + number}));
        wait_gathered();
    }

    double run() {
        const double begun = must(control_.query(kRelease))[0].number(0);
        for (const auto& pgbench : pgbenches_) {
            const auto exit = pgbench->wait_exit(kLongestRun);
            if (!exit) fail(*pgbench, "did not end within an hour");
            if (*exit != test_support::Exit{}) fail(*pgbench, "failed");
        }
        const postgres::Rows end = must(control_.query(kEnd));
        if (end[0].int64(0) != static_cast<std::int64_t>(pgbenches_.size()))
            fail(*pgbenches_.front(), "left out the end of a script");
        return end[0].number(1) - begun;
    }

private:
    postgres::Settings control_settings() const {
        postgres::Settings settings;
        settings.dsn = Secret<std::string>(server_.dsn("postgres", database_));
        settings.application_name = "replay-control";
        settings.statement_timeout = 60s;
        return settings;
    }

    void wait_gathered() {
        const auto wanted = static_cast<std::int64_t>(pgbenches_.size());
        Process& last = *pgbenches_.back();
        const auto gathered = [&] { return must(control_.query(kGathered))[0].int64(0) == wanted; };
        const bool decided =
            test_support::eventually(kLongestLoad, [&] { return gathered() || !last.running(); });
        if (!decided) fail(last, "did not read its script in time");
        if (!last.running()) fail(last, "failed in the set-up of its script");
    }

    test_support::PostgresServer& server_;
    std::string role_;
    std::string database_;
    test_support::TemporaryDirectory directory_{"replay"};
    postgres::Session control_;
    std::vector<std::unique_ptr<Process>> pgbenches_{};
};

} // namespace

double replay_with_pgbench(
    test_support::PostgresServer& server,
    const std::string& role,
    const std::string& database,
    const std::vector<ReplayScript>& scripts
) {
    Replay replay(server, role, database);
    for (const ReplayScript& script : scripts)
        replay.start(script);
    return replay.run();
}

} // namespace calfleet::bench
