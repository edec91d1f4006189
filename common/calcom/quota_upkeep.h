#pragma once
// Takes away rates and breakers that nobody will ask for again.

#include "common/postgres/session.h"

#include <chrono>
#include <cstdint>

namespace calfleet::calcom {

struct UpkeepPolicy {
    /// A key that is set again within it finds its rate and its breaker as they were. Beyond any
    /// freeze, pause and memory of refusals, and long enough for a key that is given back by hand.
    std::chrono::days grace{30};
    /// Rows in one run at most; the next run goes on.
    std::int64_t most_rows{10000};
};

struct Forgotten {
    std::int64_t buckets{0};
    std::int64_t breakers{0};
};

postgres::Catalogue quota_upkeep_catalogue();

/// Deletes
///  - buckets of keys that no company has had for the grace time, and that are full: a row that is
///    made anew is full as well, so no call is given away;
///  - breakers of such keys, open ones too;
///  - breakers of hosts and operations without a call, and without a probe that was due, for as
///    long: an open one of a host that was configured away would be reported for ever.
/// Rows that somebody else holds are passed over. Access::runtime(). Throws DatabaseError.
Forgotten forget_disused(postgres::Transaction& transaction, const UpkeepPolicy& policy = {});

/// The same in a transaction of its own, with a log line when something was deleted: a task for
/// housekeeping, once an hour by any number of processes.
Result<> maintain_quota(postgres::Session& session, const UpkeepPolicy& policy = {});

} // namespace calfleet::calcom
