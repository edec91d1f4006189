#pragma once
// What a worker gives to the runtime: how to turn a batch of events into rows.

#include "common/core/record_view.h"
#include "common/core/time.h"
#include "common/core/uuid.h"
#include "common/events/envelope.h"
#include "common/job/outcome.h"
#include "common/postgres/session.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>

namespace calfleet::intake {

/// One record whose envelope was sound. Views live until the batch is cleared.
struct Event {
    events::Envelope envelope;
    RecordView record;
    Uuid key; ///< name_uuid(worker, source, id): the idempotency key
};

/// What became of an event inside the transaction. Applied and Superseded differ only in how they
/// are counted: a superseded event found something newer and changed nothing.
struct Applied {};
struct Superseded {};
using Verdict = std::variant<Applied, Superseded, job::Discard, job::DeadLetter>;

/// The decoded events of one lane's current batch. Used by one thread; reused for every batch of
/// the lane.
class Batch {
public:
    virtual ~Batch() = default;
    virtual void clear() = 0;

    /// Decodes and keeps the event as number 0, 1, 2, ... of the batch; no I/O. Returns the entity
    /// whose events must stay in order (valid until clear()). Error Invalid: the event becomes a
    /// dead letter with that reason and takes no number.
    virtual Result<std::string_view> add(const Event& event) = 0;

    /// Writes the effects of the chosen events (ascending numbers, none seen before, companies
    /// known and active, this transaction opened for them) and sets verdicts[i] for chosen[i].
    /// Set-based: the cost is a fixed number of statements. Throws DatabaseError; may be called
    /// again with the same or with fewer numbers after a rollback, so it keeps nothing between
    /// calls. now: of the transaction, by the database's clock.
    virtual void apply(
        postgres::Transaction& transaction,
        std::span<const std::uint32_t> chosen,
        std::span<Verdict> verdicts,
        Instant now
    ) = 0;
};

/// Makes a batch object per lane. Lives as long as the runtime.
class BatchFactory {
public:
    virtual ~BatchFactory() = default;
    virtual std::unique_ptr<Batch> make_batch() = 0;
};

/// Batches of one class, each made with what all of them share and what outlives them.
template <class Made, class... Shared>
class BatchesOf final : public BatchFactory {
public:
    explicit BatchesOf(Shared&... shared)
        : shared_(shared...) {}
    std::unique_ptr<Batch> make_batch() override {
        return std::apply(
            [](Shared&... shared) { return std::make_unique<Made>(shared...); }, shared_
        );
    }

private:
    std::tuple<Shared&...> shared_;
};

} // namespace calfleet::intake
