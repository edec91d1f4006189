#include "common/intake/intake_batch.h"

#include "common/core/text.h"
#include "common/messaging/dead_letter_headers.h"
#include "common/messaging/dead_letter_store.h"
#include "common/messaging/inbox_store.h"

namespace calfleet::intake {
namespace {

std::optional<job::Reason> time_out_of_range(Instant time, Date today) {
    const Date day = std::chrono::floor<std::chrono::days>(time);
    if (day >= today - messaging::kInboxDaysKept && day <= today + messaging::kInboxFuture)
        return std::nullopt;
    return job::Reason{
        "time_out_of_range",
        "ce_time: " + format_instant(time) + " is outside " +
            format_date(today - messaging::kInboxDaysKept) + ".." +
            format_date(today + messaging::kInboxFuture) +
            ", the days in which a repetition can be recognised; publish the event with the time "
            "it happened"};
}

} // namespace

void IntakeBatch::clear() {
    handler_->clear();
    arena_.clear();
    entries_.clear();
    keys_.clear();
    next_number_ = 0;
}

void IntakeBatch::add(const RecordView& record, Ticket ticket, Date today) {
    Entry& entry = entries_.emplace_back();
    entry.ticket = ticket;
    entry.record = record;
    if (const auto replay = record.header(messaging::kReplayHeader)) {
        entry.replay = true;
        if (const auto letter = parse_int64(*replay); letter && *letter > 0)
            entry.replay_of = DeadLetterId{*letter};
    }
    decode(entry, today);
}

void IntakeBatch::decode(Entry& entry, Date today) {
    const Result<events::Envelope> envelope = events::decode_envelope(entry.record, arena_);
    if (!envelope) {
        entry.identity = events::partial_identity(entry.record, arena_);
        const bool named = !entry.identity.id.empty() && !entry.identity.source.empty();
        entry.key = named ? name_uuid({worker_, entry.identity.source, entry.identity.id})
                          : messaging::letter_key_of_record(worker_, entry.record);
        entry.reason = {"envelope", envelope.error().message};
        return;
    }
    entry.identity = {envelope->id, envelope->source, envelope->type, envelope->company};
    entry.key = name_uuid({worker_, envelope->source, envelope->id});
    if (auto reason = time_out_of_range(envelope->time, today)) {
        entry.reason = std::move(*reason);
        return;
    }
    entry.bucket = std::chrono::floor<std::chrono::days>(envelope->time);
    if (!keys_.insert(entry.key).second) {
        entry.kind = Entry::Kind::Duplicate;
        return;
    }
    const Result<std::string_view> entity = handler_->add({*envelope, entry.record, entry.key});
    if (!entity) {
        entry.reason = {"schema", entity.error().message};
        return;
    }
    entry.entity = *entity;
    entry.number = next_number_++;
    entry.kind = Entry::Kind::Fresh;
}

} // namespace calfleet::intake
