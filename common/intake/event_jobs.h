#pragma once
// The built-in kind "event": a record that could not be applied in its batch, alone in a batch of
// one.

#include "common/core/text_arena.h"
#include "common/intake/batch.h"
#include "common/jobs/transactional_jobs.h"

#include <memory>
#include <string>
#include <string_view>

namespace calfleet::intake {

postgres::Catalogue event_jobs_catalogue();

/// Decodes the stored record again, applies it through the worker's own batch and marks its inbox
/// row, all in the transaction that settles the job. An event that the inbox knows as dealt with is
/// discarded, not applied again. A dead letter's inbox row is left to the settlement. One thread.
class EventJobs final : public jobs::TransactionalJobs {
public:
    EventJobs(std::string worker, BatchFactory& batches);
    job::Outcome run(postgres::Transaction& transaction, const job::Job& job, Instant now) override;

private:
    std::string worker_;
    std::unique_ptr<Batch> batch_;
    TextArena arena_;
};

} // namespace calfleet::intake
