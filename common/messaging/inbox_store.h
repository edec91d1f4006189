#pragma once
// The inbox: which events a worker has dealt with, and how.

#include "common/core/ids.h"
#include "common/core/time.h"
#include "common/core/uuid.h"
#include "common/postgres/session.h"

#include <span>
#include <unordered_map>
#include <vector>

namespace calfleet::messaging {

/// Stored as a number; never renumber.
enum class InboxOutcome : std::int16_t {
    Applied = 1,
    Superseded = 2,
    Discarded = 3,
    DeadLetter = 4,
    Job = 5
};

/// Days an event is remembered; an event older than that is refused, because it could not be told
/// from a repetition.
inline constexpr std::chrono::days kInboxDaysKept{35};
inline constexpr std::chrono::days kInboxDaysAhead{3};
/// How far in the future an event's time may lie: clocks differ, days start at different hours.
inline constexpr std::chrono::days kInboxFuture{1};

struct InboxKey {
    Uuid event;
    Date bucket;
};

struct InboxRow {
    InboxKey key;
    CompanyId company;
    InboxOutcome outcome{InboxOutcome::Applied};
};

postgres::Catalogue inbox_catalogue();

/// Outcomes of those that were dealt with before. One statement per distinct day.
std::unordered_map<Uuid, InboxOutcome>
find_seen(postgres::Transaction& transaction, std::span<const InboxKey> keys);

/// False when another transaction was first with one of them: roll back, look again.
bool insert_seen(postgres::Transaction& transaction, std::span<const InboxRow> rows);

/// A dead letter or job came to its end: the row with that former outcome gets the new one. False
/// when any had not.
bool change_seen(
    postgres::Transaction& transaction, std::span<const InboxRow> rows, InboxOutcome former
);

struct InboxMaintenance {
    std::int64_t created{0};
    std::int64_t dropped{0};
};
/// Creates the partitions of the days to come and drops those past retention. Needs
/// Access::runtime().
InboxMaintenance maintain_inbox(postgres::Transaction& transaction, Date today);

} // namespace calfleet::messaging
