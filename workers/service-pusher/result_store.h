#pragma once
// What service-pusher writes: what it is about to send, and what pushes came to.

#include "workers/service-pusher/job.h"

#include "common/core/ids.h"
#include "common/postgres/session.h"

#include <span>
#include <vector>

namespace calfleet::service_pusher {

postgres::Catalogue result_catalogue();

enum class RowWrite {
    Written,
    Gone, ///< the service is not there any more, or sells another event type by now
    Busy, ///< somebody else's transaction holds the row: nothing was written, try again
};

/// A change that is about to be sent.
struct BegunChange {
    CompanyId company;
    const Service* service{nullptr};
    const Change* change{nullptr};
};

/// What is about to be overwritten, and what is about to be sent. Services all different; answers
/// in their order.
std::vector<RowWrite>
write_intents(postgres::Transaction& transaction, std::span<const BegunChange> changes);

struct EndedPush {
    CompanyId company;
    const Service* service{nullptr};
    const SyncResult* result{nullptr};
};

/// The services' rows (their status only if nobody edited the service meanwhile; then it stays
/// pending), a line of history each, divergences. None of it echoes as service-changed. Services
/// all different; answers in their order.
std::vector<RowWrite>
write_results(postgres::Transaction& transaction, std::span<const EndedPush> ends);

} // namespace calfleet::service_pusher
