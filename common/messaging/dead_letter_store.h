#pragma once
// Dead letters: the row a person decides about, and its record in <worker>.dlq, in one transaction.

#include "common/core/ids.h"
#include "common/core/record_view.h"
#include "common/core/time.h"
#include "common/core/uuid.h"
#include "common/events/envelope.h"
#include "common/job/outcome.h"
#include "common/messaging/inbox_store.h"
#include "common/postgres/session.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::messaging {

/// Decides whether a failure has a letter already.
struct LetterKeys {
    Uuid key;
    Uuid former; ///< the key that the former release would have given it: no company in it
};

LetterKeys letter_keys_of(const EventKey& event);
/// Of a record that the inbox does not remember. With source and id: those and its content, so that
/// the same broken record sent twice is one letter. Without: its place, its time and its content; a
/// place alone means another record after the topic was made anew.
LetterKeys letter_keys_of(
    std::string_view worker, const events::PartialIdentity& identity, const RecordView& record
);

/// Of a job that carries no event: each is a failure of its own.
Uuid job_letter_key(std::string_view worker, CompanyId company, std::string_view kind, JobId job);

/// What failed for good. Views must live until record_dead_letters returns.
struct DeadLetterRecord {
    LetterKeys keys;
    std::optional<Uuid> event_key; ///< of an event that the inbox remembers
    CompanyId company;             ///< 0: not known
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
    /// The letter whose replay this is; checked by the caller (verify_replays, or the job's own).
    std::optional<DeadLetterId> replay_of;
    /// The inbox does not remember such records, so this may be the very failure that the letter is
    /// about, read once more: only another record opens a closed letter again.
    bool may_be_read_again{false};
};

postgres::Catalogue dead_letter_catalogue();

/// Writes rows and their outbox records for topic "<worker>.dlq" (original key, headers and bytes,
/// plus calfleet_dlq_* headers). A failure that has a letter opens it again, whatever was decided
/// about it, with failures + 1 and a note of the decision, and is published again; the letters of
/// other replays that one job answered for open with it. What the tables cannot
/// hold of a record is left out, and the reason says so. Set-based: a fixed number of statements
/// for every 512 KiB of records. now: created_at.
void record_dead_letters(
    postgres::Transaction& transaction,
    std::string_view worker,
    std::span<const DeadLetterRecord> letters,
    Instant now
);

} // namespace calfleet::messaging
