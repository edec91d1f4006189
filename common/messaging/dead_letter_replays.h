#pragma once
// Replays of dead letters: who may pass the inbox once more, and how a replay ends well.

#include "common/core/ids.h"
#include "common/core/record_view.h"
#include "common/events/envelope.h"
#include "common/messaging/inbox_store.h"
#include "common/postgres/session.h"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace calfleet::messaging {

/// A record that says in its header to be the replay of a letter. Anybody who can produce can say
/// so.
struct ReplayClaim {
    DeadLetterId letter;
    events::PartialIdentity identity;
    RecordView record;
};

postgres::Catalogue dead_letter_replay_catalogue();

/// answers[i]: the letter of claims[i] is of this worker and the record's company, a run is
/// replaying it, and it holds the same record, byte for byte.
std::vector<bool> verify_replays(
    postgres::Transaction& transaction, std::string_view worker, std::span<const ReplayClaim> claims
);

/// How a verified replay ended well. Only rows in state 'replaying' change.
struct ReplayEnd {
    DeadLetterId letter;
    CompanyId company; ///< 0: not known
    /// Something newer, or the event had been dealt with before: nothing was changed.
    bool superseded{false};
};
void settle_replays(
    postgres::Transaction& transaction, std::string_view worker, std::span<const ReplayEnd> ends
);

/// A job that a replay asked for ended well, and with it every letter that it answered for: all of
/// its event, or those of other replays that met the same coalesced job.
struct JobReplayEnd {
    CompanyId company;
    std::optional<Uuid> event_key;
    std::string_view kind;
    std::string_view entity;
    bool superseded{false};
};
void settle_replays_of_jobs(
    postgres::Transaction& transaction, std::string_view worker, std::span<const JobReplayEnd> ends
);

} // namespace calfleet::messaging
