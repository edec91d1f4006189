#pragma once
// How a record came, for judging what it claims about time: nothing can tell of what comes later.

#include "common/core/time.h"

#include <chrono>
#include <optional>

namespace calfleet::events {

struct Arrival {
    std::optional<Instant> written;  ///< Kafka's timestamp: the producer's clock, or the broker's
    std::optional<Instant> happened; ///< the event's time: the producer's clock
};

/// The latest instant of which the record can tell: it was written before it was read. Kafka's
/// timestamp narrows that down unless it is absurd beside the event's own time.
Instant latest_tellable(const Arrival& arrival, Instant now);

/// Clocks of machines that are looked after differ by less.
inline constexpr std::chrono::seconds kClockTolerance{1};
/// As-of of what claims to be from the future: it counts less than anything else.
inline constexpr Instant kUnranked{Microseconds{1}};

} // namespace calfleet::events
