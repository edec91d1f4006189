#pragma once
// Dead letters: the row a person decides about, and its record in <worker>.dlq, in one transaction.

#include "common/core/ids.h"
#include "common/core/record_view.h"
#include "common/core/time.h"
#include "common/core/uuid.h"
#include "common/job/outcome.h"
#include "common/postgres/session.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::messaging {

/// What failed for good. Views must live until record_dead_letters returns.
struct DeadLetterRecord {
    /// The event's key, or letter_key_of_record() for a record without an identity: decides whether
    /// a failure is new.
    Uuid letter_key;
    CompanyId company; ///< 0: not known
    job::Reason reason;
    int attempts{0};
    Instant first_failed_at;
    Instant last_failed_at;
    std::string_view event_source; ///< empty when not known, as are the next two
    std::string_view event_id;
    std::string_view event_type;
    std::string_view job_kind; ///< of a job; empty for a record dead in intake
    std::string_view entity;
    std::optional<RecordView> record; ///< nothing for a job without a record
    /// The letter whose replay this is (header calfleet_replay, or the job's own): that row opens
    /// again.
    std::optional<DeadLetterId> replay_of;
};

/// Identity of a record that has none of its own.
Uuid letter_key_of_record(std::string_view worker, const RecordView& record);

postgres::Catalogue dead_letter_catalogue();

/// Writes rows and their outbox records for topic "<worker>.dlq" (original key, headers and bytes,
/// plus calfleet_dlq_* headers). A letter already open is left as it is and published no second
/// time; one that was being replayed opens again with failures + 1 and is published again.
/// What the tables cannot hold of a record is left out, and the reason says so. Set-based: a fixed
/// number of statements for every 512 KiB of records. now: created_at.
void record_dead_letters(
    postgres::Transaction& transaction,
    std::string_view worker,
    std::span<const DeadLetterRecord> letters,
    Instant now
);

/// How a replay ended well. Only rows in state 'replaying' change.
struct ReplayEnd {
    DeadLetterId letter;
    bool superseded{
        false}; ///< something newer, or the event had been dealt with before: nothing was changed
};
void settle_replays(
    postgres::Transaction& transaction,
    std::string_view worker,
    std::span<const ReplayEnd> ends,
    Instant now
);

} // namespace calfleet::messaging
