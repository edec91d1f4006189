#pragma once
// Publishes records with acks=all and idempotence; every record's fate is reported once.

#include "common/core/result.h"
#include "common/kafka/record.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace calfleet::kafka {

struct ProducerSettings {
    std::string brokers;
    std::string client_id;
    std::chrono::milliseconds message_timeout{30000};
    std::chrono::milliseconds linger{5};
    int queue_max_messages{100000};
};

struct Delivered {
    std::int32_t partition{0};
    std::int64_t offset{0};
};

/// Thread-safe. Destruction flushes up to 5 s; what is then undelivered is reported as an error.
class Producer {
public:
    using Report = std::function<void(const Result<Delivered>&)>;

    static Result<std::unique_ptr<Producer>> create(ProducerSettings settings);
    ~Producer();

    /// Queues the record. report is called exactly once, on the thread that serves this producer: from poll() or
    /// flush(). Error Unavailable: the local queue is full, call poll() and try again (report is not called then).
    /// Invalid: the record can never be sent (unknown topic known as such, too large).
    Result<> send(const OutgoingRecord& record, Report report);
    /// Serves delivery reports for at most the wait. Returns how many were served.
    int poll(std::chrono::milliseconds wait);
    /// True when nothing is in flight any more.
    bool flush(std::chrono::milliseconds wait);
    std::size_t in_flight() const;
    /// Set after an error that only a new producer can mend (idempotence lost its sequence: librdkafka < 2.5).
    bool fatal() const;

private:
    struct Impl;
    explicit Producer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace calfleet::kafka
