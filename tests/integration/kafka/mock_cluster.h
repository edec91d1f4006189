#pragma once
// A Kafka broker inside the test process (librdkafka's mock cluster), with a few ways to fall ill.

#include "common/kafka/record.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace calfleet::kafka {

/// Listens on a random port of 127.0.0.1. Loses everything when destroyed; keeps at most 5 MiB per
/// partition. It knows no admin requests, no time look-up, makes any topic that is asked for, and
/// never says "offset out of range": those are tested against a real broker.
class MockCluster {
public:
    MockCluster();
    ~MockCluster();

    const std::string& brokers() const { return brokers_; }
    void create_topic(const std::string& name, int partitions);
    void go_down();
    void come_up();
    /// The next count produce requests are answered with "message too large".
    void refuse_as_too_large(int count);
    /// The next heartbeat of any group member is answered with "unknown member".
    void forget_member_at_next_heartbeat();
    /// Requests are not answered until the time has passed.
    void answer_after(std::chrono::milliseconds delay);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
    std::string brokers_;
};

/// What the group has committed for the partition, as any other client sees it; -1 when nothing.
std::int64_t committed_offset(
    const std::string& brokers, const std::string& group, const TopicPartition& partition
);

} // namespace calfleet::kafka
