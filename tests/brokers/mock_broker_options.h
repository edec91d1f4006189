#pragma once
// The command line of calfleet-mock-broker.

#include <string>
#include <vector>

namespace calfleet::brokers {

struct MockTopic {
    std::string name{};
    int partitions{};
};

struct MockBrokerOptions {
    std::vector<MockTopic> topics{};
    std::string file{}; ///< where the bootstrap servers are written to; empty: nowhere
    int brokers{1};
};

struct ParsedOptions {
    MockBrokerOptions options{};
    bool help{};
    std::string error{}; ///< not empty: the option, its value and what it should have been
};

inline constexpr int kDefaultPartitions = 12;
inline constexpr int kMostPartitions = 1000;
inline constexpr int kMostBrokers = 9;

inline constexpr const char* kUsage =
    "usage: calfleet-mock-broker [--topics NAME[:PARTITIONS],...] [--file PATH] [--brokers N]\n"
    "\n"
    "Prints its bootstrap servers as the first line of stdout, and writes them to PATH. Runs "
    "until\n"
    "SIGTERM or SIGINT, or until stdin is closed when that is a pipe.\n"
    "  --topics   topics to create, 12 partitions each unless given; others are created on first\n"
    "             use with 4\n"
    "  --file     written whole, by renaming, once the broker answers\n"
    "  --brokers  how many brokers the cluster pretends to have, 1 to 9 (default 1)\n"
    "Keeps everything in memory, at most 5 MiB per partition: for tries, not for load.\n";

ParsedOptions parse_options(const std::vector<std::string>& arguments);

} // namespace calfleet::brokers
