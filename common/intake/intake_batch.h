#pragma once
// A batch of deliveries, decoded and sorted by what must happen to each: the part of intake that
// touches nothing.

#include "common/core/record_view.h"
#include "common/core/text_arena.h"
#include "common/core/time.h"
#include "common/events/envelope.h"
#include "common/intake/batch.h"
#include "common/intake/partition_book.h"
#include "common/job/outcome.h"
#include "common/messaging/inbox_store.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace calfleet::intake {

/// One record of the batch after decoding.
struct Entry {
    enum class Kind {
        Fresh,     ///< sound; to be applied unless it was seen before
        Duplicate, ///< the same event stands earlier in this batch
        Dead,      ///< can never be applied: reason says why
    };
    Kind kind{Kind::Dead};
    Ticket ticket;
    RecordView record;
    std::uint32_t number{0}; ///< of a Fresh event in the handler's batch
    events::PartialIdentity identity;
    messaging::EventKey key;    ///< when bucket is set
    std::optional<Date> bucket; ///< day of the event; nothing: its envelope is not whole
    Instant time;               ///< of the event, when bucket is set
    std::string_view entity;
    job::Reason reason;
    /// The letter that its header names. Anybody can write a header: it counts when the letter
    /// agrees.
    std::optional<DeadLetterId> replay_of;
};

/// Decodes records into entries and into the handler's batch. Keeps its memory. One thread.
class IntakeBatch {
public:
    IntakeBatch(std::string worker, std::unique_ptr<Batch> handler)
        : worker_(std::move(worker))
        , handler_(std::move(handler)) {}

    void clear();
    /// The record's bytes must stay until clear().
    void add(const RecordView& record, Ticket ticket);

    std::span<const Entry> entries() const { return entries_; }
    Batch& handler() { return *handler_; }

private:
    void decode(Entry& entry);

    std::string worker_;
    std::unique_ptr<Batch> handler_;
    TextArena arena_;
    std::vector<Entry> entries_;
    std::unordered_set<messaging::EventKey> keys_;
    std::uint32_t next_number_{0};
};

} // namespace calfleet::intake
