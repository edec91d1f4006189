#pragma once
// A real fleet for one test: PostgreSQL, Kafka, worker processes, and the checks against the
// account of what was sent.

#include "common/kafka/producer.h"
#include "common/kafka/record.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/fleet/bookings.h"
#include "tests/support/kafka_server.h"
#include "tests/support/postgres_server.h"
#include "tests/support/process.h"
#include "tests/support/wait.h"

namespace calfleet::fleet {

struct FleetOptions {
    test_support::Durability durability{test_support::Durability::Durable};
    Population population{};
    int partitions{12};
    std::vector<std::string> postgres_settings{"max_connections = 100"};
    /// A trigger keeps what every write made of an appointment, so that the audit sees a second
    /// effect also where it left the row as it was. Not for benchmarks.
    bool keeps_effects{true};
    /// Workers connect to PostgreSQL through this port instead of the server's own (a TcpGate).
    std::uint16_t database_port{0};
};

/// Servers are started, the database migrated, topics made and the population inserted when the
/// constructor returns. Worker processes are killed by the destructor. One thread.
class Fleet {
public:
    explicit Fleet(FleetOptions options = {});

    test_support::PostgresServer& postgres() { return *postgres_; }
    test_support::KafkaServer& kafka() { return *kafka_; }
    void set_database_port(std::uint16_t port) { options_.database_port = port; }

    /// Starts bin/<program> with the settings it needs and these on top
    /// ("HOST_MAPPER_BATCH_RECORDS").
    test_support::Process&
    start(const std::string& program, std::map<std::string, std::string> settings = {});
    /// Waits until the process says "worker.started" and, for host-mapper, holds partitions.
    static bool wait_assigned(test_support::Process& worker, std::chrono::milliseconds within);
    /// Processes started so far, dead ones included.
    std::vector<std::unique_ptr<test_support::Process>>& processes() { return processes_; }

    /// Publishes and waits for the brokers' acknowledgements. Throws when one does not come.
    void publish(const std::vector<kafka::OutgoingRecord>& records);

    /// Whose records are awaited: of a worker and the topics it consumes.
    struct Reader {
        std::string worker;
        std::vector<std::string> topics;
    };
    static Reader host_mapper();

    /// Every record of the reader's topics is behind a position and no job is open.
    bool drained(const Reader& reader = host_mapper());
    bool wait_drained(std::chrono::milliseconds within, const Reader& reader = host_mapper());

    /// First column of the first row, as text.
    std::string ask(const std::string& sql) const;
    std::int64_t count(const std::string& sql) const;

    /// Runs bin/calfleet as the operator.
    test_support::Finished cli(std::vector<std::string> arguments) const;

    /// Differences between the tables and the account, as sentences; empty when they agree. events:
    /// identities sent at least once that must have come to exactly one end in the inbox.
    std::vector<std::string>
    audit(const std::map<std::string, ExpectedAppointment>& expected, std::int64_t events) const;

private:
    void prepare_database();
    void keep_effects();
    /// What must be none, whatever was sent: "hosts have two current mappings", ...
    std::vector<std::string> audit_repetitions() const;

    FleetOptions options_;
    test_support::TemporaryDirectory directory_{"fleet"};
    std::unique_ptr<test_support::PostgresServer> postgres_;
    std::unique_ptr<test_support::KafkaServer> kafka_;
    std::unique_ptr<kafka::Producer> producer_;
    std::map<std::string, int> started_;
    std::vector<std::unique_ptr<test_support::Process>> processes_;
};

} // namespace calfleet::fleet
