#pragma once
// Events that could not be applied in their batch, put aside as jobs of kind "event" with their
// whole record.

#include "common/core/ids.h"
#include "common/core/record_view.h"
#include "common/core/time.h"
#include "common/core/uuid.h"
#include "common/job/outcome.h"
#include "common/postgres/session.h"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace calfleet::intake {

inline constexpr std::string_view kEventJobKind = "event";

struct EntityKey {
    CompanyId company;
    std::string_view entity;
};

/// Views must live until the call returns.
struct EventJob {
    CompanyId company;
    std::string_view entity;
    Uuid event_key;
    std::string_view event_id;
    RecordView record;
    std::optional<DeadLetterId> replay_of;
    /// Set when the event itself failed once already: attempts starts at 1, due by the retry
    /// policy. Nothing: it only queues behind an open job of its entity.
    std::optional<job::Reason> failure;
    Instant run_at;
};

postgres::Catalogue event_job_catalogue();

/// answers[i]: keys[i] has an open job of this worker; its later events must queue behind it. Locks
/// what it finds (FOR KEY SHARE) so that the job cannot end unseen before this transaction does.
std::vector<bool> have_open_jobs(
    postgres::Transaction& transaction, std::string_view worker, std::span<const EntityKey> keys
);

/// One set-based insert, in the given order; state 'waiting' behind an open job of the same entity.
void enqueue_event_jobs(
    postgres::Transaction& transaction,
    std::string_view worker,
    std::span<const EventJob> jobs,
    Instant now
);

} // namespace calfleet::intake
