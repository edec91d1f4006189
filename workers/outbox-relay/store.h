#pragma once
// The relay's SQL: leases of shards, reading and deleting rows of the outbox.

#include "workers/outbox-relay/cursors.h"
#include "workers/outbox-relay/job.h"
#include "workers/outbox-relay/reading.h"

#include "common/core/result.h"
#include "common/postgres/session.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::outbox_relay {

inline constexpr std::string_view kWorker = "outbox-relay";

/// Give: shards beyond our part are released. Keep: none is, because records of theirs are on their
/// way to Kafka and must not arrive behind those of a successor.
enum class Sharing { Give, Keep };

/// What cannot be read of the shards held.
struct Held {
    std::optional<Microseconds> age; ///< of the oldest row behind a transaction that is still open
    std::vector<int> shards;         ///< that have such rows
    std::string holder;              ///< that transaction, in words
    bool foreign{false}; ///< rows of another cluster's transactions: not readable for ever
};

postgres::Catalogue catalogue();

/// One session, so one thread. Every call is one short transaction as calfleet_runtime; none spans
/// a delivery.
class Store {
public:
    Store(postgres::Settings database, postgres::StatementObserver* observer)
        : session_(std::move(database), observer) {}

    /// Says that we are alive, renews, takes and releases shards. What is held now.
    Result<std::vector<HeldShard>>
    keep_leases(const std::string& owner, std::chrono::milliseconds lease, Sharing sharing);
    /// Gives every shard back at once.
    Result<> leave(const std::string& owner);

    /// Rows of the windows in the order of their transactions, none of a transaction that began
    /// before one still running: a row that commits later can never belong before a row that was
    /// read. Error Timeout: the windows are too large.
    Result<Batch> read(const ReadPlan& plan);

    /// Deletes what is settled, as far as the shards are still held under their epochs, and writes
    /// the dead letters. May be repeated. How many rows were deleted.
    Result<std::int64_t> settle(
        std::span<const HeldShard> shards,
        std::span<const Row> rows,
        std::span<const Report> reports,
        const Settlement& settlement
    );

    /// How old the oldest row behind the windows' beginnings is; nothing when there is none.
    Result<std::optional<Microseconds>> oldest(std::span<const Window> windows);

    /// Whether something holds rows back, and who.
    Result<Held> held_back(std::span<const HeldShard> shards);
    /// Rows that came from another cluster are written anew, at most so many, in their order. How
    /// many.
    Result<std::int64_t> restamp(int most);

private:
    postgres::Session session_;
};

} // namespace calfleet::outbox_relay
