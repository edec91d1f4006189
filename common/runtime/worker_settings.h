#pragma once
// The settings that every worker has, read once.

#include "common/config/reader.h"
#include "common/core/secret.h"
#include "common/kafka/connection.h"
#include "common/log/log.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace calfleet::runtime {

/// Every worker talks to PostgreSQL and answers probes.
struct WorkerSettings {
    Secret<std::string> postgres_url;
    std::string postgres_ca_file;
    std::string kafka_brokers;
    kafka::Connection kafka_connection;
    std::string http_address;
    std::uint16_t http_port{0};
    log::Level log_level{log::Level::Info};
    std::chrono::milliseconds statement_timeout{5000};
};

/// Of workers that consume topics.
struct IntakeOptions {
    std::size_t lanes{2};
    std::size_t batch_records{1000};
    std::chrono::milliseconds batch_linger{5};
    std::chrono::milliseconds session_timeout{45000};
    int prefetch_kbytes{24576};
    int fetch_kbytes{192};
};

/// Of workers that run jobs.
struct ExecutorOptions {
    int sessions{2};
    int running_per_company{4};
    int in_flight{64}; ///< jobs held at the same time
};

WorkerSettings read_worker_settings(config::Reader& reader);
IntakeOptions read_intake_options(config::Reader& reader);
ExecutorOptions read_executor_options(config::Reader& reader);
/// The same for workers whose jobs wait for somebody else: many at once, and never the same
/// database connection for them and for the leases.
ExecutorOptions read_remote_executor_options(config::Reader& reader);

} // namespace calfleet::runtime
