#pragma once
// Intake on a thread, with a database and any broker, and a handler that notes what it was given.

#include "common/core/clock.h"
#include "common/core/stop_signal.h"
#include "common/intake/intake.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/integration/postgres/database.h"

namespace calfleet::intake {

inline constexpr const char* kTopic = "events";
inline constexpr const char* kReader = "test-reader";

/// Keeps what it is told. Thread-safe.
class NotingObserver final : public IntakeObserver {
public:
    void on_committed(
        const IntakeBatch&, const BatchRange&, const BatchReceipt&, std::chrono::nanoseconds
    ) override {}
    void on_waiting(const Error&, std::chrono::milliseconds) override { ++waits; }
    void on_split(const Error&, std::size_t) override {}
    void on_fenced(const kafka::TopicPartition&) override {}
    void on_assigned(std::span<const FencedPosition>) override {}
    void on_revoked(std::span<const kafka::TopicPartition>, bool) override {}
    void on_kafka_error(const Error& error) override;
    void on_paused(bool) override {}
    void on_standstill(const Standstill& standstill, bool lasting) override;

    std::vector<std::string> errors() const;
    /// "lasting events/0: why"
    std::vector<std::string> standstills() const;
    std::atomic<int> waits{0};

private:
    mutable std::mutex mutex_;
    std::vector<std::string> errors_, standstills_;
};

/// Runs until it is destroyed or stopped.
class RunningIntake {
public:
    RunningIntake(IntakeSettings settings, BatchFactory& handlers);
    ~RunningIntake();
    void stop();

    std::string not_ready() const { return intake_.status().not_ready; }
    IntakeStatus status() const { return intake_.status(); }
    /// Of all partitions; -1 when it is not known.
    std::int64_t lag() const;
    NotingObserver seen;

private:
    Intake intake_;
    StopSignal stop_;
    std::thread thread_;
};

/// A migrated database with company 1 and a table of effects, one row an event and application.
class PositionsTest : public postgres::PostgresTest {
protected:
    void prepare() override;
    IntakeSettings settings(const std::string& brokers) const;
    std::unique_ptr<RunningIntake> start(const std::string& brokers);
    std::unique_ptr<RunningIntake> start(IntakeSettings settings);

    /// Events "<name>-0" to "<name>-<count - 1>", all with one key.
    static std::vector<kafka::OutgoingRecord> events(const std::string& name, int count);
    void publish(const std::string& brokers, const std::string& name, int count) const;
    /// Number of different events, or all applications, whose name begins so.
    std::int64_t applied(const std::string& name) const;
    std::int64_t position(int partition = 0) const;
    std::int64_t count(const std::string& sql) const;
    /// As an operator does.
    void reset_position(std::int64_t next_offset) const;

private:
    std::unique_ptr<BatchFactory> handlers_;
};

} // namespace calfleet::intake
