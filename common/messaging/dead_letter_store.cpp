#include "common/messaging/dead_letter_store.h"

#include "common/core/text.h"
#include "common/job/retry_policy.h"
#include "common/messaging/dead_letter_headers.h"
#include "common/messaging/outbox_writer.h"
#include "common/messaging/record_json.h"
#include "common/messaging/storable.h"

#include <array>
#include <unordered_map>

namespace calfleet::messaging {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Statement;

// Two plain statements instead of ON CONFLICT DO UPDATE: that one fails, and with it the whole
// batch, when the row met belongs to a company outside this transaction's scope; these leave such a
// row alone.
constexpr Statement kReopen{"dead_letters.reopen", R"sql(
    update dead_letters letter
    set state = 'open', failures = letter.failures + 1, reason_class = again.reason_class, reason = again.reason,
        attempts = again.attempts, last_failed_at = again.last_failed_at
    from unnest($2::bigint[], $3::uuid[], $4::bigint[], $5::text[], $6::text[], $7::int[], $8::timestamptz[],
                $9::bigint[])
         as again (ord, letter_key, replay_of, reason_class, reason, attempts, last_failed_at, company_id)
    where letter.worker = $1 and letter.state = 'replaying' and letter.company_id is not distinct from again.company_id
      and (letter.id = again.replay_of or letter.letter_key = again.letter_key)
    returning again.ord, letter.id, letter.attempts, letter.first_failed_at, letter.last_failed_at
)sql"};

constexpr Statement kInsert{"dead_letters.insert", R"sql(
    insert into dead_letters (worker, letter_key, company_id, reason_class, reason, attempts, first_failed_at,
                              last_failed_at, event_source, event_id, event_type, job_kind, entity, record_topic,
                              record_partition, record_offset, record_timestamp, record_key, record_headers, record_value,
                              created_at)
    select $1, letter_key, company_id, reason_class, reason, attempts, first_failed_at, last_failed_at, event_source,
           event_id, event_type, job_kind, entity, topic, partition, offset_, timestamp_, key, headers, value, $20
    from unnest($2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::int[], $7::timestamptz[], $8::timestamptz[],
                $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::int[], $16::bigint[],
                $17::timestamptz[], $18::bytea[], $19::jsonb[], $21::bytea[])
         with ordinality as new (letter_key, company_id, reason_class, reason, attempts, first_failed_at, last_failed_at,
                                 event_source, event_id, event_type, job_kind, entity, topic, partition, offset_,
                                 timestamp_, key, headers, value, ord)
    order by letter_key, ord
    on conflict (worker, letter_key) do nothing
    returning letter_key, id, attempts, first_failed_at, last_failed_at
)sql"};

constexpr Statement kSettleReplays{"dead_letters.settle_replays", R"sql(
    update dead_letters letter
    set state = ended.state, decided_at = $4, decided_by = coalesce(letter.decided_by, 'replay')
    from unnest($2::bigint[], $3::text[]) as ended (id, state)
    where letter.id = ended.id and letter.worker = $1 and letter.state = 'replaying'
)sql"};

constexpr std::array kCatalogue{kReopen, kInsert, kSettleReplays};

void add_bytes(Array& column, const std::optional<std::string_view>& bytes) {
    if (bytes)
        column.add_bytes(*bytes);
    else
        column.add_null();
}

/// A letter with its reason and record cut to what is stored, and what the database made of it.
struct Written {
    const DeadLetterRecord* letter;
    job::Reason reason;
    std::optional<Storable> kept;     ///< of the record; nothing for a letter without one
    std::optional<DeadLetterRow> row; ///< nothing: it was known already
};

Written to_write(const DeadLetterRecord& letter) {
    Written written{&letter, job::bounded(letter.reason), {}, {}};
    if (!letter.record) return written;
    written.kept = storable(*letter.record, original_headers(*letter.record));
    if (written.kept->left_out.empty()) return written;
    // The note must not be what falls off the end.
    const std::string note = " (left out of what is kept: " + written.kept->left_out + ")";
    written.reason.text =
        printable(written.reason.text, job::kReasonBytes - note.size() - 3) + note;
    return written;
}

std::size_t bytes_of(const DeadLetterRecord& letter) {
    if (!letter.record) return 0;
    const auto size = [](const auto& bytes) { return bytes ? bytes->size() : std::size_t{0}; };
    return size(letter.record->key) + size(letter.record->value);
}

DeadLetterRow read_row(const postgres::Row& row) {
    return {
        DeadLetterId{row.int64(1)}, static_cast<int>(row.int64(2)), row.instant(3), row.instant(4)};
}

void reopen(
    postgres::Transaction& transaction, std::string_view worker, std::vector<Written>& all
) {
    Array ords, keys, replays, classes, reasons, attempts, last, companies;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const DeadLetterRecord& letter = *all[i].letter;
        ords.add(static_cast<std::int64_t>(i));
        keys.add(letter.letter_key);
        replays.add(letter.replay_of ? std::optional(letter.replay_of->value) : std::nullopt);
        classes.add(all[i].reason.code);
        reasons.add(all[i].reason.text);
        attempts.add(std::int64_t{letter.attempts});
        last.add(letter.last_failed_at);
        companies.add(letter.company ? std::optional(letter.company.value) : std::nullopt);
    }
    const auto rows = transaction.exec(
        kReopen, params(worker, ords, keys, replays, classes, reasons, attempts, last, companies)
    );
    for (const postgres::Row row : rows)
        all[static_cast<std::size_t>(row.int64(0))].row = read_row(row);
}

struct LetterColumns {
    Array keys, companies, classes, reasons, attempts, first, last, sources, event_ids, types,
        kinds, entities;
    Array topics, partitions, offsets, timestamps, record_keys, headers, values;

    void add(const Written& written) {
        const DeadLetterRecord& letter = *written.letter;
        keys.add(letter.letter_key);
        companies.add(letter.company ? std::optional(letter.company.value) : std::nullopt);
        classes.add(written.reason.code);
        reasons.add(written.reason.text);
        attempts.add(std::int64_t{letter.attempts});
        first.add(letter.first_failed_at);
        last.add(letter.last_failed_at);
        add_storable_text(sources, letter.event_source);
        add_storable_text(event_ids, letter.event_id);
        add_storable_text(types, letter.event_type);
        add_storable_text(kinds, letter.job_kind);
        add_storable_text(entities, letter.entity);
        if (written.kept)
            add_record(written.kept->record);
        else
            add_no_record();
    }

private:
    void add_record(const RecordView& record) {
        topics.add(record.topic);
        partitions.add(std::int64_t{record.partition});
        offsets.add(record.offset);
        timestamps.add(record.timestamp);
        add_bytes(record_keys, record.key);
        headers.add(headers_to_json(record.headers));
        add_bytes(values, record.value);
    }
    void add_no_record() {
        for (Array* column :
             {&topics, &partitions, &offsets, &timestamps, &record_keys, &headers, &values})
            column->add_null();
    }
};

void insert_new(
    postgres::Transaction& transaction,
    std::string_view worker,
    std::vector<Written>& all,
    Instant now
) {
    LetterColumns c;
    std::unordered_map<Uuid, std::size_t> first_of_key;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].row) continue;
        if (!first_of_key.emplace(all[i].letter->letter_key, i).second) continue;
        c.add(all[i]);
    }
    if (first_of_key.empty()) return;
    // clang-format off
    const auto rows = transaction.exec(kInsert, params(
        worker, c.keys, c.companies, c.classes, c.reasons, c.attempts, c.first, c.last, c.sources, c.event_ids,
        c.types, c.kinds, c.entities, c.topics, c.partitions, c.offsets, c.timestamps, c.record_keys, c.headers,
        now, c.values));
    // clang-format on
    for (const postgres::Row row : rows)
        all[first_of_key.at(row.uuid(0))].row = read_row(row);
}

void publish(
    postgres::Transaction& transaction, std::string_view worker, const std::vector<Written>& all
) {
    const std::string topic = std::string(worker) + ".dlq";
    std::vector<std::vector<std::pair<std::string, std::string>>> texts;
    std::vector<std::vector<HeaderView>> headers;
    std::vector<OutboxRecord> records;
    texts.reserve(all.size());
    headers.reserve(all.size());
    for (const Written& written : all) {
        if (!written.row) continue;
        const std::optional<RecordView> record =
            written.kept ? std::optional(written.kept->record) : std::nullopt;
        texts.push_back(dead_letter_headers(worker, *written.row, written.reason, record));
        std::vector<HeaderView>& views = headers.emplace_back();
        if (written.kept) views = written.kept->headers;
        for (const auto& [name, value] : texts.back())
            views.push_back({name, value});
        OutboxRecord& out = records.emplace_back();
        out.company = written.letter->company;
        out.topic = topic;
        if (record) out.key = record->key;
        if (record) out.value = record->value;
        out.headers = views;
    }
    append_outbox(transaction, records);
}

} // namespace

Uuid letter_key_of_record(std::string_view worker, const RecordView& record) {
    return name_uuid(
        {worker, record.topic, std::to_string(record.partition), std::to_string(record.offset)}
    );
}

postgres::Catalogue dead_letter_catalogue() {
    return kCatalogue;
}

void record_dead_letters(
    postgres::Transaction& transaction,
    std::string_view worker,
    std::span<const DeadLetterRecord> letters,
    Instant now
) {
    // As a text, a byte of a record takes two, in several copies: large records go in portions.
    constexpr std::size_t kPortionBytes = 512 * 1024;
    while (!letters.empty()) {
        std::size_t count = 0;
        for (std::size_t bytes = 0; count < letters.size() && bytes < kPortionBytes; ++count)
            bytes += bytes_of(letters[count]);
        std::vector<Written> all;
        all.reserve(count);
        for (const DeadLetterRecord& letter : letters.first(count))
            all.push_back(to_write(letter));
        reopen(transaction, worker, all);
        insert_new(transaction, worker, all, now);
        publish(transaction, worker, all);
        letters = letters.subspan(count);
    }
}

void settle_replays(
    postgres::Transaction& transaction,
    std::string_view worker,
    std::span<const ReplayEnd> ends,
    Instant now
) {
    if (ends.empty()) return;
    Array ids, states;
    for (const ReplayEnd& end : ends) {
        ids.add(end.letter.value);
        states.add(std::string_view(end.superseded ? "superseded" : "replayed"));
    }
    transaction.exec(kSettleReplays, params(worker, ids, states, now));
}

} // namespace calfleet::messaging
