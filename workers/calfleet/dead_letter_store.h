#pragma once
// Dead letters as an operator finds, explains, replays and discards them.

#include "common/core/ids.h"
#include "common/core/time.h"
#include "common/core/uuid.h"
#include "common/postgres/session.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::cli {

postgres::Catalogue dead_letter_catalogue();

/// All given conditions must hold. key and event id are compared whole.
struct DeadLetterFilter {
    std::vector<std::int64_t> ids{};
    std::optional<std::string> worker{}, reason_class{}, key{}, event_id{};
    std::optional<std::int64_t> company{};
    std::optional<Instant> since{}, until{}; ///< of the last failure
};

struct DeadLetterRow {
    DeadLetterId id;
    std::string worker, state, reason_class, reason;
    std::optional<std::int64_t> company;
    std::int64_t attempts{0}, failures{0};
    Instant first_failed_at, last_failed_at;
    std::optional<std::string> event_id, event_type, event_source, entity, job_kind, topic,
        decided_by, decided_reason, decided_login;
    std::optional<std::int64_t> partition, offset;
    std::optional<std::string> key; ///< bytes
    std::optional<Instant> decided_at, payload_emptied_at;
};

/// Oldest first.
std::vector<DeadLetterRow> list_dead_letters(
    postgres::Transaction& transaction,
    const DeadLetterFilter& filter,
    const std::optional<std::string>& state,
    std::int64_t limit
);

struct RecordText {
    std::string headers; ///< JSON, as stored
    std::optional<std::string> value;
};
std::optional<RecordText>
record_of_dead_letter(postgres::Transaction& transaction, DeadLetterId id);

/// What a replay would do with an open letter.
struct ReplayCandidate {
    DeadLetterId id;
    std::string worker, reason_class;
    bool has_record{false};
    /// The event came to another end meanwhile (published again and applied, for example).
    bool already_done{false};
    /// A job still works on it, and will close or open the letter.
    bool being_tried{false};
};
std::vector<ReplayCandidate> find_replayable(
    postgres::Transaction& transaction, const DeadLetterFilter& filter, std::int64_t limit
);

/// Takes those that are still open for the run and sends them on their way: a record to its topic
/// through the outbox, with its bytes and headers untouched and the header calfleet_replay added; a
/// job without a record back to its worker. Letters that another operator took first are left out.
/// Returns how many were taken.
std::int64_t start_replay(
    postgres::Transaction& transaction,
    const Uuid& run,
    std::string_view actor,
    const std::vector<DeadLetterId>& letters
);

/// The event is done already: the letters are closed as 'superseded'.
std::int64_t close_superseded(
    postgres::Transaction& transaction,
    std::string_view actor,
    const std::vector<DeadLetterId>& letters
);

struct ReplayProgress {
    std::int64_t replaying{0}, replayed{0}, superseded{0}, failed_again{0};
    std::int64_t settled() const { return replayed + superseded + failed_again; }
};
ReplayProgress replay_progress(postgres::Transaction& transaction, const Uuid& run);

/// Letters that a run took and whose records nobody answered for: open again, for the next run.
/// Those that a job still works on stay with it.
struct GivenBack {
    std::int64_t opened{0}, still_tried{0};
};
GivenBack give_back(postgres::Transaction& transaction, const Uuid& run);

std::int64_t discard_dead_letters(
    postgres::Transaction& transaction,
    const DeadLetterFilter& filter,
    std::string_view actor,
    std::string_view why
);

} // namespace calfleet::cli
