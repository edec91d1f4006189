#pragma once
// How a client reaches the brokers, and where its library's own remarks go.

#include "common/core/secret.h"

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace calfleet::kafka {

/// Further librdkafka properties of the connection: names starting with security., sasl., ssl.,
/// socket., broker.address., client.rack or enable.ssl. Any other name is refused, because the
/// adapters' promises rest on the rest.
using ConnectionProperties = std::map<std::string, Secret<std::string>>;

/// How the brokers are reached. Without anything: unencrypted, as nobody, to any address.
struct Connection {
    ConnectionProperties properties{};
    /// Addresses beyond this machine are refused, also those that a broker tells later: for
    /// connections that encrypt nothing.
    bool only_loopback{false};
};

enum class LogLevel { Error, Warning, Info, Debug };

/// Called from librdkafka's own threads: must be thread-safe and must not throw. facility is
/// librdkafka's short word for the place ("FAIL", "REBALANCE"). Without a sink the lines are
/// dropped.
using LogSink =
    std::function<void(LogLevel level, std::string_view facility, std::string_view text)>;

} // namespace calfleet::kafka
