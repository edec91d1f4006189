#include "common/messaging/dead_letter_headers.h"

namespace calfleet::messaging {

std::vector<std::pair<std::string, std::string>> dead_letter_headers(
    std::string_view worker,
    const DeadLetterRow& row,
    const job::Reason& reason,
    const std::optional<RecordView>& record
) {
    std::vector<std::pair<std::string, std::string>> headers;
    const auto add = [&](std::string_view name, std::string value) {
        headers.emplace_back(std::string(kDeadLetterHeaderPrefix).append(name), std::move(value));
    };
    add("id", std::to_string(row.id.value));
    add("worker", std::string(worker));
    add("class", reason.code);
    add("reason", reason.text);
    add("attempts", std::to_string(row.attempts));
    add("first_failed_at", format_instant(row.first_failed_at));
    add("last_failed_at", format_instant(row.last_failed_at));
    if (!record) return headers;
    add("topic", std::string(record->topic));
    add("partition", std::to_string(record->partition));
    add("offset", std::to_string(record->offset));
    if (record->timestamp) add("timestamp", format_instant(*record->timestamp));
    return headers;
}

std::vector<HeaderView> original_headers(const RecordView& record) {
    std::vector<HeaderView> kept;
    for (const HeaderView& header : record.headers)
        if (header.name != kReplayHeader && !header.name.starts_with(kDeadLetterHeaderPrefix))
            kept.push_back(header);
    return kept;
}

} // namespace calfleet::messaging
