#include "tests/bench/host_mapper/yardstick.h"

#include "common/core/text.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <stdexcept>

#include "tests/bench/host_mapper/floor.h"
#include "tests/bench/host_mapper/pgbench_replay.h"
#include "tests/bench/host_mapper/statement_log.h"

namespace calfleet::bench {
namespace {

using namespace std::chrono_literals;
using test_support::PostgresServer;

constexpr const char* kRole = "calfleet_worker";
constexpr const char* kApplication = "floor";
constexpr const char* kAside = "template1"; // where to be while a database is copied
constexpr const char* kMeasured = "measured";
constexpr const char* kRecorded = "recorded";
constexpr const char* kReplayed = "replayed";
constexpr const char* kLastWords = "the recording ends here";

fleet::FleetOptions logging_fleet(const Options& options) {
    fleet::FleetOptions logging = fleet_options(options);
    for (const char* setting :
         {"logging_collector = on",
          "log_destination = 'jsonlog'",
          "log_filename = 'statements.log'",
          "log_rotation_age = 0",
          "log_rotation_size = 0"})
        logging.postgres_settings.emplace_back(setting);
    return logging;
}

// Ids that one statement returns and a later one names must be the same in the replay: every
// session numbers from a block of its own, which it takes in the order of the lanes.
constexpr const char* kNumberInBlocks = R"sql(
do $$
declare s record;
begin
    for s in select * from pg_sequences where schemaname in ('calfleet', 'platform') loop
        execute format('alter sequence %I.%I cache 10000000', s.schemaname, s.sequencename);
        execute format('grant usage on sequence %I.%I to calfleet_worker', s.schemaname, s.sequencename);
    end loop;
end $$
)sql";

void make_copies(PostgresServer& server) {
    server.sql("select calfleet.maintain_inbox(current_date, 3, 35)");
    server.sql(kNumberInBlocks);
    for (const char* copy : {kMeasured, kRecorded, kReplayed})
        server.sql("create database " + std::string(copy) + " template postgres", kAside);
    for (const char* setting : {"log_statement = 'all'", "log_parameter_max_length = -1"})
        server.sql("alter database recorded set " + std::string(setting), kAside);
}

double run_floor(
    PostgresServer& server,
    const std::string& database,
    const std::vector<LaneRecords>& lanes,
    const Options& options
) {
    server.sql("checkpoint", kAside);
    postgres::Settings settings;
    settings.dsn = Secret<std::string>(server.dsn(kRole, database));
    settings.application_name = kApplication;
    settings.statement_timeout = 60s; // a busy machine is no reason to give up
    settings.lock_timeout = 60s;
    return measure_floor(settings, lanes, options.batch);
}

bool ends_with_last_words(const std::filesystem::path& log) {
    constexpr std::streamoff kEnough = 4096;
    std::ifstream in(log, std::ios::binary);
    in.seekg(0, std::ios::end);
    in.seekg(std::max<std::streamoff>(0, in.tellg() - kEnough));
    const std::string tail{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    return tail.find(kLastWords) != std::string::npos;
}

std::vector<ReplayScript>
record(PostgresServer& server, const std::vector<LaneRecords>& lanes, const Options& options) {
    run_floor(server, kRecorded, lanes, options);
    // Written to the same pipe after everything of the lanes, so it is also the last to come out.
    server.sql("select '" + std::string(kLastWords) + "'", kRecorded);
    const std::filesystem::path log = server.sql(
        "select current_setting('data_directory') || '/' || pg_current_logfile('jsonlog')"
    );
    if (!test_support::eventually(60s, [&] { return ends_with_last_words(log); }))
        throw std::runtime_error("the statement log has no end: " + log.string());
    auto scripts = read_statement_log(log, {kRecorded, kApplication});
    if (scripts.size() != lanes.size())
        throw std::runtime_error(
            std::to_string(scripts.size()) + " sessions in the statement log instead of " +
            std::to_string(lanes.size())
        );
    return scripts;
}

void say(const std::string& phase) {
    std::fprintf(stderr, "yardstick: %s\n", phase.c_str());
}

/// Table to number of rows and a digest of them, without the columns that say when a row was
/// written.
struct Content {
    std::int64_t rows{0};
    std::string digest;
    bool operator==(const Content&) const = default;
};

std::map<std::string, Content> contents(PostgresServer& server, const std::string& database) {
    std::map<std::string, Content> contents;
    const std::string tables = server.sql(
        "select format('%I.%I', nspname, relname) from pg_class c"
        " join pg_namespace n on n.oid = relnamespace"
        " where nspname in ('calfleet', 'platform') and relkind in ('r', 'p')"
        " and not relispartition",
        database
    );
    for (const std::string_view table : split(tables, '\n')) {
        const std::string answer = server.sql(
            "select count(*), coalesce(sum(hashtextextended(((to_jsonb(t) - "
            "'{at,created_at,decided_at,updated_at}'::text[]) #- '{before,decided_at}' #- "
            "'{after,decided_at}')::text, 0)), 0) from " +
                std::string(table) + " t",
            database
        );
        const auto fields = split(answer, '|');
        const auto rows = fields.size() == 2 ? parse_int64(fields[0]) : std::nullopt;
        if (!rows) throw std::runtime_error("no count of " + std::string(table) + ": " + answer);
        contents[std::string(table)] = {*rows, std::string(fields[1])};
    }
    return contents;
}

void compare(PostgresServer& server, Yardstick& result) {
    const auto recorded = contents(server, kRecorded);
    const auto replayed = contents(server, kReplayed);
    for (const auto& [table, content] : recorded) {
        const auto found = replayed.find(table);
        result.rows += content.rows;
        if (found == replayed.end() || found->second != content)
            result.differences.push_back(
                table + ": " + std::to_string(content.rows) + " rows recorded, " +
                (found == replayed.end() ? "none" : std::to_string(found->second.rows)) +
                " replayed, not the same"
            );
    }
}

} // namespace

Yardstick measure_yardstick(const Options& options) {
    say("servers and population");
    fleet::Fleet fleet(logging_fleet(options));
    PostgresServer& server = fleet.postgres();
    make_copies(server);
    std::vector<LaneRecords> lanes;
    {
        fleet::Story story;
        const int bookings = std::min(options.bookings, options.yardstick_bookings);
        lanes = split_by_company(
            fleet::tell(story, story_settings(options, 3, bookings)), options.lanes
        );
    }
    Yardstick result;
    for (const LaneRecords& lane : lanes)
        result.records += lane.size();
    say("our transactions from memory, " + std::to_string(result.records) + " records");
    result.floor_per_second = run_floor(server, kMeasured, lanes, options);
    server.sql("drop database measured", kAside);
    say("the same with every statement logged");
    const std::vector<ReplayScript> scripts = record(server, lanes, options);
    lanes = {};
    for (const ReplayScript& script : scripts)
        result.batches += script.batches();
    say("pgbench reads its scripts and repeats them");
    server.sql("checkpoint", kAside);
    const double seconds = replay_with_pgbench(server, kRole, kReplayed, scripts);
    result.pgbench_per_second = static_cast<double>(result.records) / seconds;
    say("comparing the tables");
    compare(server, result);
    return result;
}

} // namespace calfleet::bench
