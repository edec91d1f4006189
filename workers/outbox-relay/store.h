#pragma once
// The relay's SQL: leases of shards, reading and deleting rows of the outbox.

#include "workers/outbox-relay/job.h"

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

struct HeldShard {
    int shard{0};
    std::int64_t epoch{0};
    friend bool operator==(const HeldShard&, const HeldShard&) = default;
};

/// Give: shards beyond our part are released. Keep: none is, because records of theirs are on their
/// way to Kafka and must not arrive behind those of a successor.
enum class Sharing { Give, Keep };

struct ReadLimits {
    int rows_per_shard{250};
    /// Values of one shard together; at least one row is read however large it is.
    std::int64_t bytes_per_shard{1024 * 1024};
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

    /// Rows of the shards in the order of their transactions, none of a transaction that began
    /// before one still running: a row that commits later can never belong before a row that was
    /// read. Topics in blocked are passed over.
    Result<std::vector<Row>> read(
        std::span<const HeldShard> shards,
        std::span<const std::string> blocked,
        const ReadLimits& limits
    );

    /// Deletes what is settled, as far as the shards are still held under their epochs, and writes
    /// the dead letters. May be repeated. How many rows were deleted.
    Result<std::int64_t> settle(
        std::span<const HeldShard> shards,
        std::span<const Row> rows,
        std::span<const Report> reports,
        const Settlement& settlement,
        Instant now
    );

    /// When the oldest row of the shards was written; nothing when there is none.
    Result<std::optional<Instant>> oldest(std::span<const HeldShard> shards);

private:
    postgres::Session session_;
};

} // namespace calfleet::outbox_relay
