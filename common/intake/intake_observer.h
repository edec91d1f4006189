#pragma once
// What intake tells about itself; metrics and logs listen, nothing depends on it.

#include "common/core/progress_watch.h"
#include "common/intake/intake_batch.h"
#include "common/intake/intake_transaction.h"

#include <chrono>
#include <cstddef>

namespace calfleet::intake {

/// Called on the lanes' and the poll thread's own threads: implementations are thread-safe and
/// quick.
class IntakeObserver {
public:
    virtual ~IntakeObserver() = default;
    /// After a commit.
    virtual void on_committed(
        const IntakeBatch& batch,
        const BatchRange& range,
        const BatchReceipt& receipt,
        std::chrono::nanoseconds took
    ) = 0;
    /// The batch is tried again after the delay; nothing is lost and no attempt is used.
    virtual void on_waiting(const Error& error, std::chrono::milliseconds delay) = 0;
    /// A batch of that many records was refused and is split to find the one that is refused.
    virtual void on_split(const Error& error, std::size_t records) = 0;
    virtual void on_fenced(const kafka::TopicPartition& partition) = 0;
    virtual void on_assigned(std::span<const FencedPosition> positions) = 0;
    virtual void on_revoked(std::span<const kafka::TopicPartition> partitions, bool lost) = 0;
    virtual void on_kafka_error(const Error& error) = 0;
    virtual void on_paused(bool paused) = 0;
    /// Has work and makes no progress; told again every minute. lasting: until a person decides.
    virtual void on_standstill(const Standstill& /*standstill*/, bool /*lasting*/) {}
};

} // namespace calfleet::intake
