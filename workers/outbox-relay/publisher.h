#pragma once
// The relay's edge to Kafka: sends a batch in order and waits for every report.

#include "workers/outbox-relay/job.h"

#include "common/core/clock.h"
#include "common/kafka/admin.h"
#include "common/kafka/producer.h"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace calfleet::outbox_relay {

struct PublisherOptions {
    std::string brokers;
    std::string client_id;
    kafka::Connection connection{};
    kafka::LogSink log{};
    /// How long a missing or forbidden topic is left alone before it is tried again.
    std::chrono::milliseconds blocked_for{10000};
    std::chrono::milliseconds metadata_wait{5000};
};

/// One thread. Records never expire inside the producer: an expired record could be overtaken by
/// the next one of its key, while an idempotent producer that never gives up keeps them in order
/// through any outage.
class Publisher {
public:
    Publisher(PublisherOptions options, const Clock& clock)
        : options_(std::move(options))
        , clock_(clock) {}

    /// Asks the brokers about topics not known yet. Afterwards blocked() contains those that are
    /// missing. Error: the brokers cannot be asked.
    Result<> look_up(std::span<const Row> rows);
    /// Topics to leave alone for now.
    std::vector<std::string> blocked();

    /// Whether anything could be published now: the brokers let us in, give an idempotent producer
    /// its number, and show at least one topic that may be written. Blocks up to the metadata wait.
    /// Error Invalid: only another configuration can help.
    Result<> probe();

    /// Why nothing gets through, as far as that is known; empty when it is not.
    std::string trouble() const { return producer_ ? producer_->trouble() : std::string(); }

    /// Sends every row whose topic is not blocked, waits for all reports and tries what seems
    /// undeliverable once more alone: one record too large takes its whole batch down with it.
    /// keep_waiting is asked about ten times a second while reports are missing; when it says no,
    /// what is not reported yet is Later. Reports beside rows.
    Result<std::vector<Report>>
    deliver(std::span<const Row> rows, const std::function<bool()>& keep_waiting);

private:
    struct Flight {
        std::vector<Report> reports;
        std::size_t missing{0};
    };

    Result<> ensure_producer();
    Result<> ensure_admin();
    /// Why the brokers give the producer no number; it is gone then.
    std::optional<Error> refusal_of_producer();
    void send(
        const Row& row, std::size_t place, Flight& flight, const std::function<bool()>& keep_waiting
    );
    /// False when the waiting was given up; the flight may then be destroyed.
    bool await(Flight& flight, const std::function<bool()>& keep_waiting);
    void block(const std::string& topic);

    PublisherOptions options_;
    const Clock& clock_;
    std::unique_ptr<kafka::Admin> admin_;
    std::unique_ptr<kafka::Producer> producer_;
    bool refused_{false}; ///< the last producer
    std::set<std::string> known_;
    std::map<std::string, Monotonic> blocked_until_;
};

} // namespace calfleet::outbox_relay
