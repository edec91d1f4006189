#include "common/runtime/worker_settings.h"

#include "common/postgres/dsn.h"
#include "common/runtime/network_settings.h"

namespace calfleet::runtime {

using namespace std::chrono_literals;

WorkerSettings read_worker_settings(config::Reader& reader) {
    WorkerSettings settings;
    settings.kafka_brokers = reader.text(
        "KAFKA_BROKERS", {.help = "Kafka brokers, host:port,host:port", .required = true}
    );
    settings.kafka_connection = read_kafka_connection(reader, settings.kafka_brokers);
    settings.postgres_url = reader.secret(
        "POSTGRES_URL",
        {.help = "PostgreSQL, as this worker's own login: postgresql://...", .required = true}
    );
    if (const Result<> fits =
            postgres::check_connection_string(settings.postgres_url.reveal_for_use());
        !fits)
        reader.complain("POSTGRES_URL", "cannot be used: " + fits.error().message);
    settings.postgres_ca_file = read_postgres_ca_file(reader);
    settings.http_address = reader.text(
        "HTTP_ADDRESS",
        {.help = "address for /live, /ready, /metrics and /status", .fallback = "0.0.0.0"}
    );
    settings.http_port = static_cast<std::uint16_t>(reader.integer(
        "HTTP_PORT",
        {.help = "port of these, 0 for any free one", .fallback = 9464, .min = 0, .max = 65535}
    ));
    settings.log_level = reader.choice<log::Level>(
        "LOG_LEVEL",
        {.help = "least level that is logged",
         .fallback = log::Level::Info,
         .choices =
             {{"debug", log::Level::Debug},
              {"info", log::Level::Info},
              {"warn", log::Level::Warn},
              {"error", log::Level::Error}}}
    );
    settings.statement_timeout = reader.duration(
        "STATEMENT_TIMEOUT",
        {.help = "longest time a database statement may take",
         .fallback = 5s,
         .min = 100ms,
         .max = 10min}
    );
    return settings;
}

IntakeOptions read_intake_options(config::Reader& reader) {
    IntakeOptions options;
    options.lanes = static_cast<std::size_t>(reader.integer(
        "LANES",
        {.help = "database connections that write batches side by side",
         .fallback = 2,
         .min = 1,
         .max = 16}
    ));
    options.batch_records = static_cast<std::size_t>(reader.integer(
        "BATCH_RECORDS",
        {.help = "records in a transaction at most", .fallback = 1000, .min = 1, .max = 10000}
    ));
    options.batch_linger = reader.duration(
        "BATCH_LINGER",
        {.help = "how long a batch that is not full waits for more", .fallback = 5ms, .max = 1s}
    );
    options.session_timeout = reader.duration(
        "SESSION_TIMEOUT",
        {.help = "silence after which the group gives the partitions to another member",
         .fallback = 10s,
         .min = 1s,
         .max = 5min}
    );
    options.prefetch_kbytes = static_cast<int>(reader.integer(
        "PREFETCH_KBYTES",
        {.help = "records fetched ahead, in KiB; memory grows by as much, and below what is "
                 "consumed in a second throughput falls with librdkafka before 2.2",
         .fallback = 24576,
         .min = 1024,
         .max = 1048576}
    ));
    options.fetch_kbytes = static_cast<int>(reader.integer(
        "FETCH_KBYTES",
        {.help = "records of a partition in one fetch, in KiB",
         .fallback = 192,
         .min = 16,
         .max = 4096}
    ));
    return options;
}

namespace {

int read_running_per_company(config::Reader& reader) {
    return static_cast<int>(reader.integer(
        "JOBS_PER_COMPANY",
        {.help = "jobs of one company that run at the same time, fleet-wide",
         .fallback = 4,
         .min = 1,
         .max = 1000}
    ));
}

} // namespace

ExecutorOptions read_executor_options(config::Reader& reader) {
    ExecutorOptions options;
    options.sessions = static_cast<int>(reader.integer(
        "JOB_SESSIONS",
        {.help = "database connections that run jobs", .fallback = 2, .min = 1, .max = 16}
    ));
    options.running_per_company = read_running_per_company(reader);
    return options;
}

ExecutorOptions read_remote_executor_options(config::Reader& reader) {
    ExecutorOptions options;
    options.sessions = static_cast<int>(reader.integer(
        "JOB_SESSIONS",
        {.help = "database connections of the jobs; the first one claims, renews and settles",
         .fallback = 3,
         .min = 2,
         .max = 16}
    ));
    options.running_per_company = read_running_per_company(reader);
    options.in_flight = static_cast<int>(reader.integer(
        "JOBS_IN_FLIGHT",
        {.help = "jobs that this process runs at the same time, waiting for answers included",
         .fallback = 256,
         .min = 1,
         .max = 4096}
    ));
    return options;
}

} // namespace calfleet::runtime
