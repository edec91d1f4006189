#pragma once
// Rights of users at the brokers (ACLs), as files say them and as the brokers take them.

#include "common/core/result.h"
#include "common/kafka/connection.h"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::kafka {

/// One user may do one thing with one resource, from any host.
struct Grant {
    std::string operation{}; ///< "READ", as Kafka's tools name it
    std::string resource{};  ///< "topic", "group", "cluster"
    std::string name{};      ///< of the cluster "kafka-cluster"
    bool prefix{false};      ///< of everything whose name begins so
    bool operator==(const Grant&) const = default;
};

/// Lines "READ,DESCRIBE topic booking-created"; a name that ends in '*' is a prefix; "cluster" has
/// no name; '#' begins a comment. Error Invalid names the line.
Result<std::vector<Grant>> parse_grants(std::string_view text);

/// Lets the principal ("User:host-mapper") do all of that, beside what it may already. Needs ALTER
/// on the cluster.
Result<> grant(
    const std::string& brokers,
    const Connection& connection,
    const std::string& principal,
    const std::vector<Grant>& grants,
    std::chrono::milliseconds wait
);

} // namespace calfleet::kafka
