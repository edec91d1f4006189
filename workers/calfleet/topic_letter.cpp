#include "workers/calfleet/topic_letter.h"

#include "workers/calfleet/fleet_topics.h"

#include "common/core/text.h"
#include "common/events/envelope.h"
#include "common/messaging/dead_letter_headers.h"
#include "common/messaging/dead_letter_store.h"
#include "common/messaging/record_json.h"

#include <algorithm>

namespace calfleet::cli {
namespace {

constexpr std::string_view kSuffix = ".dlq";
constexpr std::size_t kLongestClass = 100;
constexpr std::size_t kLongestReason = 2000;

Error refused(std::string why) {
    return {ErrorKind::Conflict, std::move(why)};
}

std::string_view told(const RecordView& record, std::string_view name) {
    return record.header(std::string(messaging::kDeadLetterHeaderPrefix).append(name)).value_or("");
}

bool is_clean(std::string_view text) {
    return is_valid_utf8(text) && text.find('\0') == std::string_view::npos;
}

std::optional<Instant> instant_of(std::string_view text) {
    const auto instant = parse_instant(text);
    return instant ? std::optional(*instant) : std::nullopt;
}

std::string joined(const std::vector<std::string_view>& names) {
    std::string text;
    for (const std::string_view name : names)
        text.append(text.empty() ? "" : ", ").append(name);
    return text.empty() ? "no topic" : text;
}

/// Where the record stood before it died; nothing when the headers do not say so in full.
bool read_origin(const RecordView& record, TopicLetter& letter) {
    const auto partition = parse_int64(told(record, "partition"));
    const auto offset = parse_int64(told(record, "offset"));
    if (!partition || *partition < 0 || *partition > INT32_MAX || !offset || *offset < 0)
        return false;
    letter.partition = *partition;
    letter.offset = *offset;
    letter.timestamp = instant_of(told(record, "timestamp"));
    return true;
}

/// The record as the worker met it.
struct Original {
    std::vector<HeaderView> headers;
    RecordView record;

    Original(const RecordView& buried, const TopicLetter& letter) {
        for (const HeaderView& header : buried.headers)
            if (header.name != messaging::kReplayHeader &&
                !header.name.starts_with(messaging::kDeadLetterHeaderPrefix))
                headers.push_back(header);
        record = {
            .topic = letter.topic,
            .partition = static_cast<std::int32_t>(letter.partition),
            .offset = letter.offset,
            .timestamp = letter.timestamp,
            .key = buried.key,
            .value = buried.value,
            .headers = headers};
    }
};

} // namespace

Result<std::string> worker_of_letters(const std::string& topic) {
    const std::string_view worker =
        std::string_view(topic).substr(0, topic.size() - std::min(topic.size(), kSuffix.size()));
    if (!topic.ends_with(kSuffix) || !topics_consumed_by(worker))
        return invalid(
            "--from-topic: '" + printable(topic, 80) +
            "' is not the dead-letter topic of a worker; expected like host-mapper.dlq"
        );
    return std::string(worker);
}

Result<TopicLetter> read_topic_letter(std::string_view worker, const RecordView& record) {
    TopicLetter letter;
    letter.worker = worker;
    if (const auto named = told(record, "worker"); named != worker)
        return refused(
            named.empty() ? "it does not say whose letter it is (calfleet_dlq_worker)"
                          : "it is a letter of '" + printable(named, 60) + "'"
        );
    letter.topic = told(record, "topic");
    if (letter.topic.empty())
        return refused("a job died here, not a record: it can be replayed from the database only");
    const auto consumed = topics_consumed_by(worker).value_or(std::vector<std::string_view>{});
    if (std::find(consumed.begin(), consumed.end(), letter.topic) == consumed.end())
        return refused(
            "its topic '" + printable(letter.topic, 80) + "' is not one that " +
            std::string(worker) + " consumes (" + joined(consumed) + ")"
        );
    if (!read_origin(record, letter))
        return refused("its partition and offset are no numbers: no worker wrote it");
    for (const auto name : {"class", "reason"})
        if (!is_clean(told(record, name)))
            return refused("calfleet_dlq_" + std::string(name) + " is no text");
    letter.reason_class = printable(told(record, "class"), kLongestClass);
    letter.reason = printable(told(record, "reason"), kLongestReason);
    if (letter.reason_class.empty()) return refused("it has no class (calfleet_dlq_class)");
    letter.number = std::max<std::int64_t>(0, parse_int64(told(record, "id")).value_or(0));
    letter.attempts =
        std::clamp<std::int64_t>(parse_int64(told(record, "attempts")).value_or(0), 0, 1'000'000);
    letter.first_failed_at = instant_of(told(record, "first_failed_at"));
    letter.last_failed_at = instant_of(told(record, "last_failed_at"));
    if (record.key) letter.key = std::string(*record.key);
    if (record.value) letter.value = std::string(*record.value);

    const Original original(record, letter);
    TextArena arena;
    const auto identity = events::partial_identity(original.record, arena);
    letter.event_source = identity.source;
    letter.event_id = identity.id;
    letter.event_type = identity.type;
    if (identity.company) letter.company = identity.company.value;
    const bool named = !identity.id.empty() && !identity.source.empty();
    const auto of_record = messaging::letter_keys_of(worker, identity, original.record);
    letter.keys = {of_record.key, of_record.former};
    if (named && identity.company) {
        const messaging::EventKey event{
            identity.company, messaging::event_uuid(worker, identity.source, identity.id)};
        letter.event_key = event.event;
        letter.keys.insert(letter.keys.begin(), messaging::letter_keys_of(event).key);
    }
    letter.headers = messaging::headers_to_json(original.headers);
    return letter;
}

} // namespace calfleet::cli
