#pragma once
// What happens to topics behind a worker's back: transactions, removed records, topics that are
// deleted and created again.

#include "common/kafka/record.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace calfleet::kafka {

/// Throws std::runtime_error when a broker refuses. One thread.
class RawKafka {
public:
    explicit RawKafka(const std::string& brokers);
    ~RawKafka();

    void create_topic(const std::string& name, int partitions);
    /// Returns when no broker knows it any more.
    void delete_topic(const std::string& name);
    /// Deletes it, creates it again with one partition and fills that, as quickly as it can.
    void recreate_topic(const std::string& name, const std::vector<OutgoingRecord>& records);
    /// As retention does: the log begins at the offset.
    void delete_records(const TopicPartition& partition, std::int64_t before);

    enum class End { Commit, Abort, Open };
    /// All in one transaction of the producer; Open leaves it open until end() or the next one.
    void transact(const std::string& producer, const std::vector<OutgoingRecord>& records, End);
    void end(const std::string& producer, End how);

private:
    void delete_topic_now(const std::string& name);
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace calfleet::kafka
