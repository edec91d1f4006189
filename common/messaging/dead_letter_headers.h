#pragma once
// The headers that a dead letter's record carries in <worker>.dlq, beside its own.

#include "common/core/ids.h"
#include "common/core/record_view.h"
#include "common/core/time.h"
#include "common/events/envelope.h"
#include "common/job/outcome.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace calfleet::messaging {

inline constexpr std::string_view kDeadLetterHeaderPrefix = "calfleet_dlq_";

/// Added by a replay to the otherwise untouched record: the dead letter's number, or
/// kReplayFromTopic.
using events::kReplayHeader;
inline constexpr std::string_view kReplayFromTopic = "topic";

/// What the row knows and the record in the topic must repeat.
struct DeadLetterRow {
    DeadLetterId id;
    int attempts{0};
    Instant first_failed_at;
    Instant last_failed_at;
};

/// Name and value, in a fixed order: _id, _worker, _class, _reason, _attempts, _first_failed_at,
/// _last_failed_at and, for a letter with a record, _topic, _partition, _offset, _timestamp (absent
/// when the record had none). Instants are RFC 3339.
std::vector<std::pair<std::string, std::string>> dead_letter_headers(
    std::string_view worker,
    const DeadLetterRow& row,
    const job::Reason& reason,
    const std::optional<RecordView>& record
);

/// The headers the record was born with: what a replay or an earlier death added is not part of the
/// event.
std::vector<HeaderView> original_headers(const RecordView& record);

} // namespace calfleet::messaging
