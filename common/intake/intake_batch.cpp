#include "common/intake/intake_batch.h"

#include "common/core/text.h"
#include "common/messaging/dead_letter_headers.h"

namespace calfleet::intake {

void IntakeBatch::clear() {
    handler_->clear();
    arena_.clear();
    entries_.clear();
    keys_.clear();
    next_number_ = 0;
}

void IntakeBatch::add(const RecordView& record, Ticket ticket) {
    Entry& entry = entries_.emplace_back();
    entry.ticket = ticket;
    entry.record = record;
    if (const auto replay = record.header(messaging::kReplayHeader))
        if (const auto letter = parse_int64(*replay); letter && *letter > 0)
            entry.replay_of = DeadLetterId{*letter};
    decode(entry);
}

void IntakeBatch::decode(Entry& entry) {
    const Result<events::Envelope> envelope = events::decode_envelope(entry.record, arena_);
    if (!envelope) {
        entry.identity = events::partial_identity(entry.record, arena_);
        entry.reason = {"envelope", envelope.error().message};
        return;
    }
    entry.identity = {envelope->id, envelope->source, envelope->type, envelope->company};
    entry.key = {envelope->company, messaging::event_uuid(worker_, envelope->source, envelope->id)};
    entry.time = envelope->time;
    entry.bucket = std::chrono::floor<std::chrono::days>(envelope->time);
    // Which copy of a replay may pass is known in the transaction only.
    if (!entry.replay_of && !keys_.insert(entry.key).second) {
        entry.kind = Entry::Kind::Duplicate;
        return;
    }
    const Result<std::string_view> entity =
        handler_->add({*envelope, entry.record, entry.key.event});
    if (!entity) {
        entry.reason = {"schema", entity.error().message};
        return;
    }
    entry.entity = *entity;
    entry.number = next_number_++;
    entry.kind = Entry::Kind::Fresh;
}

} // namespace calfleet::intake
