#pragma once
// How many calls an API key may still make: one bucket per key for the whole fleet, in PostgreSQL.
//
// Grants follow virtual scheduling (GCRA) by the database's clock: `rate` calls a minute, at most
// `burst` at once, so that any 60 s hold at most rate + burst grants: 119 of Cal.com's 120. The
// lanes share one bucket but not its last drops: whoever is less urgent leaves some for the others.
//
// The remote counts in fixed windows, each from its first call, and tells in every answer what is
// left of the present one. That becomes a ceiling of our own count until the window ends: it stops
// us where others use the key as well, or where calls were late on their way. And what a window has
// left after a pause of ours, a restart say, may be used up by catching up, somewhat faster than
// the rate.
//
// At last the remote refuses: a 429 freezes the key; a second one within half an hour means that
// somebody must look (breaker.h).

#include "common/core/time.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace calfleet::calcom {

/// Who goes first; the numbers of the lanes of jobs.
enum class CallLane : std::int16_t { Interactive = 0, Sync = 1, Bulk = 2, Reconcile = 3 };
inline constexpr std::size_t kCallLanes = 4;

struct BucketPolicy {
    /// Of the remote's limit, per minute and at once: 115.5 and 4 of 120.
    double rate_share{115.5 / 120.0};
    double burst_share{4.0 / 120.0};
    /// How much faster than the rate, while the remote's window would not be used up otherwise.
    double catch_up{1.25};
    /// Of the burst, what a lane may use: interactive, sync, bulk, reconcile.
    std::array<double, kCallLanes> lane_shares{1.0, 0.9, 0.6, 0.5};
    std::int64_t usual_limit{120}; ///< a reported limit above it is not used
    double least_rate{5};          ///< calls a minute, however often the rate was lowered
    double lowered_to{0.7};        ///< after a surprise: somebody else uses the key, or a 429
    double raised_to{1.05};        ///< for every quiet raise_every
    std::chrono::minutes raise_every{10};
    /// Calls of ours that may be on their way at any instant, per key.
    std::int64_t in_flight{3};
    /// Beyond the freeze that the remote asks for.
    std::chrono::seconds freeze_margin{5};
    std::chrono::seconds least_freeze{60};
    /// A second 429 within it is worse than the first.
    std::chrono::minutes refusal_memory{30};
};

/// What feedback changes; the rest of the row is the business of the one statement that grants.
struct BucketState {
    double rate_per_minute{115.5};
    Instant rate_changed_at;
    std::int64_t limit_per_minute{120};
    std::optional<std::int64_t> ceiling{};
    std::optional<std::int64_t> ceiling_first{}; ///< of the remote's present window
    std::optional<Instant> ceiling_until{};
    Instant frozen_until;
    std::optional<Instant> refused_at{};
    std::int64_t refusals{0};
    friend bool operator==(const BucketState&, const BucketState&) = default;
};

/// What one answer told about a key.
struct BucketAnswer {
    std::int64_t grant{0}; ///< the number of the call's own grant
    std::optional<std::int64_t> limit{};
    std::optional<std::int64_t> remaining{};
    std::optional<std::chrono::milliseconds> reset_in{}; ///< until the remote's window ends
    /// A 429: how long nobody may use the key.
    std::optional<std::chrono::milliseconds> refused_for{};
};

/// The answers of a key since they were written last, folded into what matters. Order does not.
struct BucketNews {
    std::optional<std::int64_t> limit{};
    std::optional<std::int64_t> ceiling{};
    std::optional<std::chrono::milliseconds> ceiling_for{}; ///< from now on
    std::optional<std::chrono::milliseconds> refused_for{}; ///< from now on
    friend bool operator==(const BucketNews&, const BucketNews&) = default;
};

/// age: how long ago the answer came.
void add(
    BucketNews& news,
    const BucketAnswer& answer,
    std::chrono::milliseconds age,
    const BucketPolicy& policy = {}
);

/// The same news, told later.
BucketNews aged(BucketNews news, std::chrono::milliseconds by);

struct BucketChange {
    BucketState state;
    bool surprised{false};     ///< the remote counts calls that are not ours: the rate was lowered
    bool refused_again{false}; ///< the second 429 within refusal_memory
};

/// What the news do to the row. Total: nonsense (a negative rest, a limit of 0) changes nothing.
BucketChange apply(
    const BucketState& state, const BucketNews& news, Instant now, const BucketPolicy& policy = {}
);

/// Calls a minute and at once that a limit allows.
double most_rate(std::int64_t limit, const BucketPolicy& policy = {});
std::int64_t burst(std::int64_t limit, const BucketPolicy& policy = {});

} // namespace calfleet::calcom
