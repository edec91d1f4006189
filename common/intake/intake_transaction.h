#pragma once
// What one batch (or a part of it) does to the database, in one transaction.

#include "common/core/clock.h"
#include "common/intake/intake_batch.h"
#include "common/intake/partition_book.h"
#include "common/intake/position_store.h"
#include "common/postgres/session.h"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace calfleet::intake {

/// What became of a record; for metrics and logs, after the commit.
enum class Fate { Applied, Superseded, Discarded, Duplicate, DeadLetter, Queued };

struct BatchReceipt {
    std::vector<Fate> fates; ///< one per entry of the range
    /// Class and text of each entry that ended as a dead letter or was queued or discarded; empty
    /// otherwise.
    std::vector<job::Reason> reasons;
};

/// A range of a batch and the positions it moves. Entries of void tickets are not in it.
struct BatchRange {
    std::vector<std::uint32_t> entries; ///< indexes into IntakeBatch::entries(), ascending
    std::vector<Advance> advances;
};

enum class RangeEnd {
    Done,
    Moved,  ///< a position was not where we left it: fenced, or committed before
    Raced,  ///< another transaction saw one of the events first: try again
    Failed, ///< see error
};

struct RangeResult {
    RangeEnd end{RangeEnd::Failed};
    BatchReceipt receipt;
    Error error;
    std::chrono::nanoseconds open{0}; ///< how long the transaction was, without connecting for it
};

/// How a record that stands alone leaves the batch without being applied.
struct Aside {
    Error why;
    Instant run_at{}; ///< of the job, if it becomes one
    /// Its inbox row cannot be written: a dead letter that the inbox does not know of.
    bool raced{false};
    /// What was to be stored of it was refused: a dead letter that says no more than where it is.
    bool bare{false};
};

postgres::Catalogue intake_catalogue();

class IntakeTransaction {
public:
    IntakeTransaction(std::string worker, postgres::Session& session, const Clock& clock)
        : worker_(std::move(worker))
        , session_(session)
        , clock_(clock) {}

    RangeResult run(IntakeBatch& batch, const BatchRange& range);

    /// For a record that stands alone and still fails for a reason of its own: settles it as a dead
    /// letter (the database refuses its data, or the race for it does not end) or as a job with one
    /// attempt used (anything else), instead of applying it.
    RangeResult put_aside(IntakeBatch& batch, const BatchRange& range, const Aside& aside);

private:
    struct Work;
    struct Passage;
    /// An event for the handler; again: it passes the inbox a second time, as the replay of the
    /// letter.
    struct Candidate {
        std::size_t position;
        bool again;
        std::optional<DeadLetterId> letter;
    };
    static Passage passage_of(const Candidate& candidate);
    RangeResult transact(IntakeBatch& batch, const BatchRange& range, const Aside* aside);
    static std::vector<Candidate> sort_out(postgres::Transaction& transaction, Work& work);
    void apply(
        postgres::Transaction& transaction, Work& work, const std::vector<Candidate>& candidates
    ) const;
    void write(postgres::Transaction& transaction, Work& work) const;

    std::string worker_;
    postgres::Session& session_;
    const Clock& clock_;
};

} // namespace calfleet::intake
