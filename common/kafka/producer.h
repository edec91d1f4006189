#pragma once
// Publishes records with acks=all and idempotence; every record's fate is reported once.

#include "common/core/result.h"
#include "common/kafka/connection.h"
#include "common/kafka/record.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace calfleet::kafka {

struct ProducerSettings {
    std::string brokers{};
    std::string client_id{};
    /// How long a record may stay undelivered, retries included; 0: until it is delivered or
    /// refused. A record that expires can be overtaken by the next one of its key; with 0 a key's
    /// records stay in order whatever happens.
    std::chrono::milliseconds message_timeout{30000};
    std::chrono::milliseconds linger{5};
    int queue_max_messages{100000};
    /// Largest record taken; the topic's own max.message.bytes is judged by the broker.
    int message_max_bytes{4'000'000};
    Connection connection{};
    LogSink log{};
};

struct Delivered {
    std::int32_t partition{0};
    std::int64_t offset{0};
};

/// Thread-safe. Destruction flushes up to 5 s; what is then undelivered is reported as an error.
class Producer {
public:
    /// Errors: Unavailable (not written; may work later), InDoubt (no answer in time: it may have
    /// been written, and sending it again may write it twice), NotFound (no such topic), Invalid
    /// (too large, or refused by the broker for what it is), Forbidden, Bug (see fatal()). Must not
    /// throw.
    using Report = std::function<void(const Result<Delivered>&)>;

    static Result<std::unique_ptr<Producer>> create(ProducerSettings settings);
    ~Producer();

    /// Queues a copy of the record. report is called exactly once, on the thread that serves this
    /// producer: from poll(), flush() or destruction. When send() itself answers with an error,
    /// report is not called: Unavailable (the local queue is full: call poll() and try again),
    /// NotFound (topic known not to exist), Invalid (too large), Bug (fatal()).
    Result<> send(const OutgoingRecord& record, Report report);
    /// Serves delivery reports; waits for the first at most the wait. Returns how many were served.
    int poll(std::chrono::milliseconds wait);
    /// True when nothing is in flight any more.
    bool flush(std::chrono::milliseconds wait);
    /// Records whose report has not been given yet.
    std::size_t in_flight() const;
    /// Set after an error that only a new producer can mend (idempotence lost its sequence:
    /// librdkafka < 2.5).
    bool fatal() const;
    /// Why no record gets through, as far as that is known: the last complaint of a connection
    /// since the last delivery. Thread-safe.
    std::string trouble() const;

private:
    struct Impl;
    explicit Producer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace calfleet::kafka
