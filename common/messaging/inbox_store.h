#pragma once
// The inbox: which events a worker has dealt with, and how.

#include "common/core/ids.h"
#include "common/core/time.h"
#include "common/core/uuid.h"
#include "common/postgres/session.h"

#include <compare>
#include <functional>
#include <span>
#include <string_view>
#include <unordered_map>

namespace calfleet::messaging {

/// Stored as a number; never renumber.
enum class InboxOutcome : std::int16_t {
    Applied = 1,
    Superseded = 2,
    Discarded = 3,
    DeadLetter = 4,
    Job = 5
};

/// The event came to its end: nothing is open any more, neither a letter nor a job.
constexpr bool is_done(InboxOutcome outcome) {
    return outcome != InboxOutcome::DeadLetter && outcome != InboxOutcome::Job;
}

/// An event that happened longer ago is refused, because it could not be told from a repetition.
inline constexpr std::chrono::days kInboxDaysKept{35};
/// How far in the future an event's time may lie: clocks differ, days start at different hours.
inline constexpr std::chrono::days kInboxFuture{1};

/// What makes an event the same: two companies may use one source and id.
struct EventKey {
    CompanyId company;
    Uuid event; ///< event_uuid()
    friend auto operator<=>(const EventKey&, const EventKey&) = default;
};

/// name_uuid(worker, source, id): the idempotency key within a company.
Uuid event_uuid(std::string_view worker, std::string_view source, std::string_view id);

struct InboxRow {
    EventKey key;
    Date bucket; ///< the day that the event names
    InboxOutcome outcome{InboxOutcome::Applied};
};

postgres::Catalogue inbox_catalogue();

} // namespace calfleet::messaging

template <>
struct std::hash<calfleet::messaging::EventKey> {
    std::size_t operator()(const calfleet::messaging::EventKey& key) const noexcept {
        return std::hash<calfleet::Uuid>{}(key.event) ^
               (std::hash<calfleet::CompanyId>{}(key.company) * 0x9e3779b97f4a7c15ULL);
    }
};

namespace calfleet::messaging {

/// Outcomes of those that were dealt with before. One statement.
std::unordered_map<EventKey, InboxOutcome>
find_seen(postgres::Transaction& transaction, std::span<const EventKey> keys);

/// False when another transaction was first with one of them: roll back, look again.
bool insert_seen(postgres::Transaction& transaction, std::span<const InboxRow> rows);

/// A dead letter or job came to its end: the row with that former outcome gets the new one. False
/// when any had not.
bool change_seen(
    postgres::Transaction& transaction, std::span<const InboxRow> rows, InboxOutcome former
);

/// A portion of the inbox's upkeep, which only the database's date decides: what nobody has to
/// remember any more is deleted, and rows in partitions of the former release are moved. Needs
/// Access::runtime().
struct InboxUpkeep {
    std::int64_t forgotten{0};
    std::int64_t moved{0};
    std::int64_t former_partitions{0}; ///< that still exist
    bool finished{false};              ///< nothing is left for today, or another process is at it
};
InboxUpkeep keep_up_inbox(postgres::Transaction& transaction);

/// Since the last day on which all of it was gone through.
std::int64_t days_unswept(postgres::Transaction& transaction);

} // namespace calfleet::messaging
