#pragma once
// A lane between a mock broker and a migrated database, fed record by record.

#include "common/core/clock.h"
#include "common/core/stop_signal.h"
#include "common/intake/intake_lane.h"
#include "common/intake/intake_observer.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tests/integration/kafka/members.h"
#include "tests/integration/kafka/mock_cluster.h"
#include "tests/integration/kafka/raw_records.h"
#include "tests/integration/postgres/database.h"

namespace calfleet::intake {

/// Remembers what a lane told.
class HeardFromLane final : public IntakeObserver {
public:
    void on_committed(
        const IntakeBatch&, const BatchRange& range, const BatchReceipt&, std::chrono::nanoseconds
    ) override;
    void on_waiting(const Error& error, std::chrono::milliseconds) override;
    void on_split(const Error& error, std::size_t records) override;
    void on_fenced(const kafka::TopicPartition&) override { ++fenced; }
    void on_assigned(std::span<const FencedPosition>) override {}
    void on_revoked(std::span<const kafka::TopicPartition>, bool) override {}
    void on_kafka_error(const Error&) override {}
    void on_paused(bool) override {}

    std::atomic<int> waits{0};
    std::atomic<int> splits{0};
    std::atomic<int> fenced{0};
    std::atomic<std::size_t> largest{0}; ///< records of the largest range committed
    std::atomic<std::size_t> latest{0};

    std::string last_error() const;

private:
    mutable std::mutex mutex_;
    std::string last_error_;
};

/// Writes every event into calfleet.effects, set-based; data must begin with "{".
class EffectBatch final : public Batch {
public:
    /// pause: how long each event keeps the processor busy inside the transaction.
    explicit EffectBatch(std::chrono::milliseconds pause = {})
        : pause_(pause) {}
    void clear() override;
    Result<std::string_view> add(const Event& event) override;
    void apply(
        postgres::Transaction& transaction,
        std::span<const std::uint32_t> chosen,
        std::span<Verdict> verdicts,
        Instant now
    ) override;

private:
    std::chrono::milliseconds pause_;
    StopSignal never_;
    std::vector<std::pair<CompanyId, std::string>> events_;
};

inline constexpr const char* kLaneWorker = "lane-test";
inline constexpr const char* kLaneTopic = "booking-created";

/// "e-<number>" of a company, sound in every respect.
kafka::RawRecord sound_record(int number, std::int64_t company = 1);

/// Companies 1 to 3; calfleet.effects (company_id, event_id).
class LaneTest : public postgres::PostgresTest {
protected:
    void prepare() override;
    void TearDown() override;

    void start_lane(
        LaneSettings settings,
        postgres::Settings timeouts = {},
        std::chrono::milliseconds pause = {}
    );
    /// Publishes, reads back and offers each to the lane.
    void feed(const std::vector<kafka::RawRecord>& records);
    void feed_sound(int first, int count);
    bool eventually(
        const std::function<bool()>& holds, std::chrono::seconds limit = std::chrono::seconds{60}
    );
    bool arrives(std::int64_t position);

    std::string ask(const std::string& sql) const { return database().ask(sql); }
    void run(const std::string& sql) const { database().run(sql); }
    std::int64_t position() const;
    std::int64_t effects() const;
    /// Runs those statements after every insert into calfleet.effects; its rows are in "fresh".
    void disturb(const std::string& body) const;
    void calm_down() const;
    IntakeLane& lane() { return *lane_; }

    HeardFromLane heard;

private:
    kafka::MockCluster cluster_;
    kafka::KeptPositions kept_;
    std::unique_ptr<kafka::Consumer> consumer_;
    PartitionBook book_;
    std::optional<Ticket> ticket_;
    std::unique_ptr<IntakeLane> lane_;
};

} // namespace calfleet::intake
