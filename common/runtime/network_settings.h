#pragma once
// How every program reaches Kafka and PostgreSQL over a network that is not trusted: the same
// settings for workers and the command line, read, checked and described here.

#include "common/config/reader.h"
#include "common/kafka/connection.h"

#include <string>
#include <string_view>

namespace calfleet::runtime {

/// brokers: "host:port,host:port". Without KAFKA_SECURITY only this machine is reached,
/// unencrypted. Everything that is wrong is complained about at once; the files are opened.
kafka::Connection read_kafka_connection(config::Reader& reader, std::string_view brokers);

/// Path of the CA file for PostgreSQL; empty for the system's certificates.
std::string read_postgres_ca_file(config::Reader& reader);

} // namespace calfleet::runtime
