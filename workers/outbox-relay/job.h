#pragma once
// What the relay decides: which shards are its own, what a delivery report means, which rows may
// go.

#include "common/core/ids.h"
#include "common/core/result.h"
#include "common/core/time.h"
#include "common/job/job.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::outbox_relay {

/// Headers of this prefix mark a record that repeats a row of dead_letters.
inline constexpr std::string_view kDeadLetterCopyPrefix = "calfleet_dlq_";

/// Where a row stands in its shard: by its transaction, then by its number.
struct Place {
    std::int64_t xid{0};
    std::int64_t id{0};
    friend auto operator<=>(const Place&, const Place&) = default;
};

struct HeldShard {
    int shard{0};
    std::int64_t epoch{0};
    friend bool operator==(const HeldShard&, const HeldShard&) = default;
};

/// A row that may be read. Of a topic that is set aside: read by itself.
struct Candidate {
    int shard{0};
    Place place{};
    std::string topic{};
    std::int64_t bytes{0}; ///< of key, headers and value, rather too many than too few
    bool aside{false};
};

/// How much is read at once, whatever the number of shards and the size of rows.
struct ReadLimits {
    int rows_per_shard{250};
    std::int64_t bytes{4 * 1024 * 1024};
};

/// Positions of those to read now: the first ones of each shard, in turns, beginning with the shard
/// `turn`, so that a large row has its day. At least one, however large it is.
std::vector<std::size_t>
choose(std::span<const Candidate> candidates, const ReadLimits& limits, int turn);

/// A committed row of the outbox.
struct Row {
    std::int64_t id{0};
    std::int64_t xid{0};
    int shard{0};
    CompanyId company{}; ///< 0: of no company
    std::string topic{};
    std::optional<std::string> key{};
    std::optional<std::string> value{};
    std::vector<job::StoredRecord::StoredHeader> headers{};
    std::string flaw{};    ///< why it cannot be read; empty when it can
    bool oversized{false}; ///< larger than any record: key, headers and value stay in the table
    Instant created_at{};
    Microseconds age{}; ///< when it was read, by the database's clock
};

struct ShardLease {
    int shard{0};
    std::string owner{}; ///< empty: nobody's
    bool expired{false};
};

struct LeasePlan {
    std::vector<int> renew;
    std::vector<int> take;
    std::vector<int> release;
};

/// An equal split: everybody gets shards / relays, the first ones by name one more. A relay above
/// its part releases, one below it takes what is nobody's or expired. A lease of our own that
/// expired but that nobody took is renewed. alive: names of all running relays, sorted; we are
/// taken for alive also when missing.
LeasePlan share_out(
    std::span<const ShardLease> shards, std::string_view self, std::vector<std::string> alive
);

enum class Fate {
    Later,         ///< not known to be written; the row stays
    Delivered,     ///< written by all in-sync replicas
    TopicBlocked,  ///< the topic is missing or forbidden: a person has to act, other topics go on
    Undeliverable, ///< this record can never be written
};

struct Report {
    Fate fate{Fate::Later};
    std::string reason{}; ///< for all but Delivered
};

Report judge_failure(const Error& error);

/// What is wrong with the record before it is even tried: a topic name that no Kafka accepts,
/// headers that cannot be read.
std::optional<std::string> flaw_of(const Row& row);

/// Positions in the batch.
struct Settlement {
    std::vector<std::size_t> gone; ///< rows to delete: those delivered, those dead, those dropped
    std::vector<std::size_t> delivered;
    std::vector<std::size_t> dead;    ///< undeliverable: to be kept as dead letters
    std::vector<std::size_t> dropped; ///< undeliverable copies of dead letters, whose row in
                                      ///< dead_letters says everything
};

/// rows in the order of their shard, reports beside them. A delivered row stays when an earlier one
/// of the same topic and key stays: it is published again behind it, so that the newest record of a
/// key is also the last one in the topic. (Consumers know the repetition by its ce_id.) An
/// undeliverable row holds nothing up.
Settlement settle(std::span<const Row> rows, std::span<const Report> reports);

} // namespace calfleet::outbox_relay
