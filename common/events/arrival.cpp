#include "common/events/arrival.h"

#include <algorithm>

namespace calfleet::events {

Instant latest_tellable(const Arrival& arrival, Instant now) {
    // Kafka's timestamp is whatever a producer writes; what lies days before the event is none.
    constexpr std::chrono::days kAbsurd{2};
    const bool believed =
        arrival.written && arrival.happened && *arrival.written >= *arrival.happened - kAbsurd;
    return believed ? std::min(*arrival.written, now) : now;
}

} // namespace calfleet::events
