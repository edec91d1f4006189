#pragma once
// A record of a "<worker>.dlq" topic read as the letter it was written from, or why it cannot be
// one.

#include "common/core/ids.h"
#include "common/core/record_view.h"
#include "common/core/result.h"
#include "common/core/time.h"
#include "common/core/uuid.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::cli {

struct TopicLetter {
    /// Under the first it is kept; under any of them the database may have it.
    std::vector<Uuid> keys;
    std::optional<Uuid> event_key;
    std::string worker, reason_class, reason;
    std::optional<std::int64_t> company;
    std::int64_t number{0}; ///< of the row that it once was; 0 when the header does not tell
    std::int64_t attempts{0};
    std::optional<Instant> first_failed_at, last_failed_at;
    std::string event_source, event_id, event_type;
    std::string topic; ///< where the record came from, and where a replay sends it
    std::int64_t partition{0}, offset{0};
    std::optional<Instant> timestamp;
    std::optional<std::string> key, value;
    std::string headers; ///< as jsonb columns keep them, without those that made it a letter
};

/// worker: whose topic it is. Error Conflict says why this is not replayed: another worker's
/// letter, a job's (it never was a record), a topic that the worker does not consume, headers that
/// are no text.
Result<TopicLetter> read_topic_letter(std::string_view worker, const RecordView& record);

/// "host-mapper" of "host-mapper.dlq". Error Invalid when it is no such topic of a known worker.
Result<std::string> worker_of_letters(const std::string& topic);

} // namespace calfleet::cli
