#pragma once
// A real Apache Kafka for one test program, driven through tests/brokers/kafka.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/wait.h"

namespace calfleet::test_support {

struct KafkaOptions {
    int nodes{1}; ///< 1 or 3; with 3, replication 3 and min.insync.replicas 2
    std::optional<std::uint16_t> port{}; ///< of the first node; nothing: free ones
    /// What clients are told to connect to, when a TcpGate stands in front of the only node.
    std::optional<std::uint16_t> advertised_port{};
    std::string version{}; ///< empty: the script's default
    /// A folder with server.pem, ca.crt and users (--secure of the script): the only node also
    /// listens with TLS and obeys ACLs there.
    std::string secure{};
};

/// Ready when the constructor returns (about 3 s; the first time ever it downloads the jars). Nodes
/// are killed by the destructor, and by a watchdog when the test program dies. Nodes are numbered
/// from 1. Throws std::runtime_error with the script's words when something does not work. One
/// thread at a time.
class KafkaServer {
public:
    explicit KafkaServer(KafkaOptions options = {});
    ~KafkaServer();
    KafkaServer(const KafkaServer&) = delete;
    KafkaServer& operator=(const KafkaServer&) = delete;

    /// Nothing when Java and the jars are there (fetching them if need be), else the reason.
    static std::optional<std::string> what_is_missing();

    /// host:port of every node, comma-separated.
    const std::string& bootstrap() const { return bootstrap_; }
    std::uint16_t port() const;
    /// host:port of the listeners that want a password, or a client certificate; with `secure`.
    const std::string& sasl_ssl() const { return sasl_ssl_; }
    const std::string& ssl() const { return ssl_; }

    /// SIGKILL to one node, or to all.
    void kill9(std::optional<int> node = std::nullopt);
    /// SIGTERM to every node.
    void stop();
    /// Same ports, same data; stops what still runs. Returns when metadata answers again.
    void restart(std::optional<int> node = std::nullopt);
    std::string log(int node = 1) const;

private:
    std::string command(std::vector<std::string> words) const;

    TemporaryDirectory directory_{"kafka"};
    KafkaOptions options_;
    std::string bootstrap_{};
    std::string sasl_ssl_{};
    std::string ssl_{};
};

} // namespace calfleet::test_support
