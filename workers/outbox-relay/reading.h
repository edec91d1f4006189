#pragma once
// How rows of the outbox are read: in portions, bounded in number, bytes and time.

#include "workers/outbox-relay/cursors.h"
#include "workers/outbox-relay/job.h"

#include "common/postgres/session.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace calfleet::outbox_relay {

postgres::Catalogue reading_catalogue();

/// What one round may look at.
struct ReadPlan {
    std::vector<Window> windows{};
    std::vector<std::string> aside{}; ///< topics that the windows leave out
    /// One of them that is tried again, and from where on.
    std::optional<std::string> retried{};
    std::vector<Window> retried_windows{};
    ReadLimits limits{};
    int turn{0};
};

struct Batch {
    std::vector<Row> rows; ///< by shard and place; those of the retried topic behind the others
    std::vector<Candidate> left;    ///< found, but more than fits
    std::vector<WindowRead> reads;  ///< of the windows
    bool retried_to_the_end{true};  ///< nothing of the retried topic is left unread
    std::int64_t oldest_running{0}; ///< the oldest transaction that may still write
    std::int64_t next_xid{0};       ///< no row can have a later one
    std::int64_t last_id{0};
};

/// What follows in the transaction takes at most a second a statement and uses indexes.
void hurry(postgres::Transaction& transaction);

Batch read_batch(postgres::Transaction& transaction, const ReadPlan& plan);

} // namespace calfleet::outbox_relay
