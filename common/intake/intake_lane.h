#pragma once
// One of intake's writers: a queue of records of some partitions, a thread, a database session.

#include "common/core/clock.h"
#include "common/core/random.h"
#include "common/core/stop_signal.h"
#include "common/intake/intake_batch.h"
#include "common/intake/intake_observer.h"
#include "common/intake/intake_transaction.h"
#include "common/intake/partition_book.h"
#include "common/intake/range_step.h"
#include "common/kafka/message.h"
#include "common/postgres/session.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace calfleet::intake {

struct LaneSettings {
    std::string worker{};
    std::size_t batch_records{1000};
    std::size_t batch_bytes{4 * 1024 * 1024};
    /// How long a batch that is not full waits for more; bounds the latency added at low rates.
    std::chrono::milliseconds linger{5};
    std::size_t queue_records{3000};
    std::size_t queue_bytes{8 * 1024 * 1024};
};

/// A record on its way from the poll thread to a lane.
struct Delivery {
    kafka::Message message;
    Ticket ticket;
    std::size_t bytes{0}; ///< what the message keeps in memory, known from its first offer on
};

/// What a lane that does not get on is waiting for; for /ready and /status.
enum class LaneTrouble {
    None,
    Database, ///< it refuses, or does not answer
    Slow,     ///< even one record alone does not fit into the timeouts
    Raced,    ///< somebody else keeps being first with an event
};
/// A sentence; empty for None.
std::string_view text(LaneTrouble trouble);

/// For whoever watches that nothing stands still.
struct LaneProgress {
    bool has_work{false};
    std::uint64_t commits{0}; ///< ranges committed since the start
};

/// Order: records of a partition always go to the same lane and are committed in the order they
/// were offered; what stands behind a range is committed only after the range was. Poison: a batch
/// that the database refuses is halved until the refused record stands alone; it becomes a dead
/// letter or a job, its neighbours are applied. Timeouts: the batch is halved and nobody is blamed;
/// the batches behind it are as small until several have succeeded. Outages: the same batch is
/// tried again until it succeeds, stop is requested or its partitions are taken away.
class IntakeLane {
public:
    IntakeLane(
        LaneSettings settings,
        PartitionBook& book,
        std::unique_ptr<Batch> handler,
        postgres::Settings database,
        postgres::StatementObserver* statements,
        IntakeObserver& observer,
        const Clock& clock,
        Random random
    );
    ~IntakeLane();

    /// Poll thread. False when the queue is still full after the wait; the delivery is then
    /// untouched.
    bool offer(Delivery& delivery, std::chrono::milliseconds wait);
    bool has_room() const;
    /// After tickets were closed: waits until no batch that began before is under way. False when
    /// time ran out.
    bool wait_quiescent(std::chrono::milliseconds wait);
    /// Stops after the batch under way; what is queued stays in Kafka.
    void stop();

    std::chrono::steady_clock::duration since_tick() const;
    std::size_t queued() const;
    /// None: the last try committed (or nothing was tried yet).
    LaneTrouble trouble() const { return trouble_.load(); }
    LaneProgress progress() const;

private:
    void loop();
    bool take_batch(std::vector<Delivery>& deliveries);
    void process(std::vector<Delivery>& deliveries);
    /// False: gave up because stop was requested. Nothing that stands behind may be committed then.
    bool settle(std::uint32_t begin, std::uint32_t end);
    bool settle_halves(const BatchRange& range, std::uint32_t begin, std::uint32_t end);
    BatchRange range_of(std::uint32_t begin, std::uint32_t end) const;
    RangeResult try_range(const BatchRange& range, std::optional<Aside>& aside);
    void committed(const BatchRange& range, const RangeResult& result, Monotonic started);
    void shrink_portion(std::size_t records);
    void grow_portion(std::size_t records);
    void sort_out_positions(const BatchRange& range);
    /// False when stop was requested.
    bool back_off(const Error& error, int tries);
    void tick();

    LaneSettings settings_;
    PartitionBook& book_;
    IntakeObserver& observer_;
    const Clock& clock_;
    Random random_;
    std::chrono::milliseconds too_slow_;
    postgres::Session session_;
    IntakeTransaction transaction_;
    IntakeBatch batch_;
    std::vector<std::vector<HeaderView>>
        headers_; ///< memory for the records' headers, kept between batches

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Delivery> queue_;
    std::size_t queued_bytes_{0};
    std::uint64_t batches_begun_{0};
    std::uint64_t batches_ended_{0};
    std::size_t portion_; ///< records in a transaction, less than a batch after timeouts
    int successes_{0};    ///< in a row, of portions that were less than a batch
    StopSignal stop_;
    std::atomic<LaneTrouble> trouble_{LaneTrouble::None};
    std::atomic<std::uint64_t> commits_{0};
    std::atomic<std::chrono::steady_clock::time_point> last_tick_;
    std::thread thread_; ///< last: everything above exists before it runs
};

} // namespace calfleet::intake
