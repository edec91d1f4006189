#pragma once
// The loop of outbox-relay: hold shards, read committed rows, publish them in order, delete them.

#include "workers/outbox-relay/publisher.h"
#include "workers/outbox-relay/store.h"

#include "common/core/clock.h"
#include "common/core/progress_watch.h"
#include "common/core/stop_signal.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace calfleet::outbox_relay {

struct RelayOptions {
    int rows_per_shard{250};
    std::int64_t bytes{4 * 1024 * 1024}; ///< of all shards, read at once
    std::chrono::milliseconds poll{100};
    std::chrono::milliseconds lease{30000};
    /// How long a stop waits for reports that are still missing.
    std::chrono::milliseconds drain{10000};
    /// How often it asks the brokers, while nothing is published, whether anything could be.
    std::chrono::milliseconds probe{30000};

    ReadLimits limits() const { return {.rows_per_shard = rows_per_shard, .bytes = bytes}; }
};

/// What the relay tells of itself. Called on its thread.
class RelayObserver {
public:
    virtual ~RelayObserver() = default;
    virtual void on_shards(std::span<const HeldShard> held) = 0;
    /// since_read: how long ago the rows were read.
    virtual void on_settled(
        std::span<const Row> rows,
        std::span<const Report> reports,
        const Settlement& settlement,
        Monotonic::duration since_read
    ) = 0;
    /// with: "database" or "kafka".
    virtual void on_trouble(std::string_view with, const Error& error) = 0;
    virtual void on_oldest(std::optional<Microseconds> age) = 0;
    /// What a transaction that is still open holds back.
    virtual void on_held_back(const Held& held) = 0;
    virtual void on_restamped(std::int64_t rows) = 0;
    /// Shards and topics that have rows and made no progress for long.
    virtual void on_standstills(std::span<const Standstill> standstills) = 0;
};

struct RelayStatus {
    std::string not_ready; ///< empty when everything works
    std::string brokers{}; ///< why nothing could be published, found out while there was nothing
    std::vector<int> shards{};
    std::vector<std::string> blocked_topics{}; ///< with rows, and not writable
    std::size_t in_flight{0};                  ///< rows read and not settled
    std::vector<Standstill> standstills{};
    std::string held_by{}; ///< the open transaction that rows wait for
};

/// At least once, in order per topic and key, without reading a row before the transactions that
/// could come before it have ended. run() is for one thread; status() and since_tick() for any.
/// Outages of PostgreSQL and Kafka are waited out.
class Relay {
public:
    Relay(
        Store& store,
        Publisher& publisher,
        std::string owner,
        RelayOptions options,
        RelayObserver& observer,
        const Clock& clock,
        Monotonic::duration patience = kProgressPatience
    )
        : store_(store)
        , publisher_(publisher)
        , owner_(std::move(owner))
        , options_(options)
        , observer_(observer)
        , clock_(clock)
        , watches_(patience)
        , last_tick_(clock.monotonic()) {}

    /// Until stop is requested; gives its shards back. An Error only when nothing but another
    /// configuration can help.
    Result<> run(const StopSignal& stop);

    RelayStatus status() const;
    std::chrono::steady_clock::duration since_tick() const;

private:
    struct Unsettled {
        std::vector<HeldShard> shards;
        Batch batch;
        std::vector<Report> reports;
        Settlement settlement;
        std::vector<Advance> advances;
        std::optional<std::string> retried;
    };
    /// What one round found out about the next pause.
    enum class Round { Full, Some, Nothing, Trouble };

    Result<Round> round(const StopSignal& stop);
    /// With nothing to publish: whether it could be. An Error only as of run().
    Result<> probe_brokers();
    ReadPlan plan();
    Result<Round> publish(Batch batch, std::vector<Advance> advances, const StopSignal& stop);
    Round settle();
    std::vector<Advance> advances_of(const Batch& batch) const;
    /// Moves the cursors behind what is dealt with, and sets topics aside.
    void advance(const Unsettled& work);
    void advance_retried(const Unsettled& work);
    void watch(const Batch& batch);
    bool keep_leases(Sharing sharing);
    bool keep_waiting(const StopSignal& stop);
    void note_oldest();
    void note_held_back();
    std::chrono::milliseconds pause_after(Round round);
    void tick();
    void trouble(std::string_view with, const Error& error);
    void set_status(const std::function<void(RelayStatus&)>& change);

    Store& store_;
    Publisher& publisher_;
    const std::string owner_;
    const RelayOptions options_;
    RelayObserver& observer_;
    const Clock& clock_;

    std::vector<HeldShard> held_;
    Cursors cursors_;
    ReadPlan planned_; ///< what the batch at hand was read by
    ProgressWatches watches_;
    std::map<int, std::int64_t> progress_;               ///< rows dealt with, by shard
    std::map<std::string, std::int64_t> topic_progress_; ///< and by topic that was set aside
    Held held_back_;
    int turn_{0};
    std::int64_t next_xid_{0};
    bool moved_{false}; ///< by the last batch
    Monotonic leases_due_{};
    Monotonic oldest_due_{};
    Monotonic probe_due_{};
    bool probed_{false};
    Monotonic batch_began_{};
    bool slow_told_{false}; ///< of this batch
    std::optional<Monotonic> stop_seen_;
    std::optional<Unsettled> unsettled_; ///< delivered, but the database did not take it yet
    std::chrono::milliseconds pause_{0};

    std::atomic<Monotonic> last_tick_;
    mutable std::mutex mutex_;
    RelayStatus status_{
        .not_ready = "starting: no contact with the database yet"}; ///< under mutex_
};

} // namespace calfleet::outbox_relay
