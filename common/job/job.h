#pragma once
// A job as a handler sees it: one row of the jobs table that this process holds under a lease.

#include "common/core/ids.h"
#include "common/core/record_view.h"
#include "common/core/time.h"
#include "common/core/uuid.h"

#include <optional>
#include <string>
#include <vector>

namespace calfleet::job {

/// A record that was put aside whole: bytes and headers untouched.
struct StoredRecord {
    struct StoredHeader {
        std::string name;
        std::optional<std::string> value;
    };
    std::string topic;
    std::int32_t partition{0};
    std::int64_t offset{0};
    std::optional<Instant> timestamp;
    std::optional<std::string> key;
    std::optional<std::string> value;
    std::vector<StoredHeader> headers;
};

struct Job {
    JobId id;
    std::string kind;
    CompanyId company;
    std::string entity; ///< order is kept per (worker, company, entity)
    int attempts{0};    ///< failures of this job so far
    int crashes{0};     ///< leases that ended without a word
    std::int64_t lease_epoch{0};
    Instant created_at;
    Instant deadline_at;
    Microseconds age{0}; ///< since it was made, by the database's clock when it was claimed
    bool overdue{false}; ///< past its deadline, by the same clock
    std::optional<Uuid> event_key;
    std::optional<std::string> event_id;
    std::optional<DeadLetterId> dead_letter; ///< whose replay made this job
    std::optional<StoredRecord> record;      ///< the event, for jobs that carry one
};

} // namespace calfleet::job
