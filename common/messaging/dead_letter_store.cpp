#include "common/messaging/dead_letter_store.h"

#include "common/core/digest.h"
#include "common/core/text.h"
#include "common/job/retry_policy.h"
#include "common/messaging/dead_letter_headers.h"
#include "common/messaging/outbox_writer.h"
#include "common/messaging/record_json.h"
#include "common/messaging/storable.h"

#include <array>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace calfleet::messaging {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Statement;

// Plain statements instead of ON CONFLICT DO UPDATE: that one fails, and with it the whole batch,
// when the row met belongs to a company outside this transaction's scope; these leave such a row
// alone. The last part finds the letters of other replays that one coalesced job answered for.
// Here and below the planner must not see how many there are: it would take a plan for one for the
// better and make it anew each time, which costs more than the statement.
constexpr Statement kFindKnown{"dead_letters.find_known", R"sql(
    with again as materialized (
        select ord, letter_key, former_key, company_id, replay_of, job_kind, entity
        from unnest((select $2::uuid[]), $3::uuid[], $4::bigint[], $5::bigint[], $6::text[], $7::text[])
             with ordinality as again (letter_key, former_key, company_id, replay_of, job_kind, entity, ord)
    ), met as (
        select again.ord, letter.id from again join dead_letters letter on letter.id = again.replay_of
        union
        select again.ord, letter.id
        from again join dead_letters letter on letter.worker = $1 and letter.letter_key = again.letter_key
        union
        select again.ord, letter.id
        from again join dead_letters letter on letter.worker = $1 and letter.letter_key = again.former_key
        union
        select again.ord, letter.id
        from again join dead_letters letter
          on letter.worker = $1 and letter.company_id = again.company_id and letter.job_kind = again.job_kind
         and letter.entity = again.entity and letter.state = 'replaying' and letter.record_topic is null
    )
    select met.ord - 1, letter.id, letter.state in ('open', 'replaying'),
           letter.record_topic || '/' || letter.record_partition || '@' || letter.record_offset,
           calfleet.letter_digest(letter.id), letter.letter_key = again.former_key
    from met join again using (ord) join dead_letters letter using (id)
    where letter.worker = $1 and letter.company_id is not distinct from again.company_id
    order by met.ord, letter.id
)sql"};

constexpr Statement kReopen{"dead_letters.reopen", R"sql(
    update dead_letters letter
    set state = 'open', failures = letter.failures + 1, reason_class = again.reason_class, reason = again.reason,
        attempts = again.attempts, last_failed_at = again.last_failed_at,
        event_key = coalesce(letter.event_key, again.event_key),
        decided_reason = case when letter.state in ('open', 'replaying') then letter.decided_reason
            else left('failed again after it was ' || letter.state || coalesce(' by ' || letter.decided_by, '')
                      || coalesce(': ' || letter.decided_reason, ''), 500) end
    from unnest((select $2::bigint[]), $3::bigint[], $4::text[], $5::text[], $6::int[], $7::timestamptz[], $8::uuid[])
         as again (ord, id, reason_class, reason, attempts, last_failed_at, event_key)
    where letter.id = again.id and letter.worker = $1
    returning again.ord, letter.id, letter.attempts, letter.first_failed_at, letter.last_failed_at
)sql"};

// A letter whose record retention took away gets that of the new failure.
constexpr Statement kRefill{"dead_letters.refill", R"sql(
    update dead_letters letter
    set record_key = again.key, record_headers = again.headers, record_value = again.value, payload_emptied_at = null
    from unnest((select $2::bigint[]), $3::bytea[], $4::jsonb[], $5::bytea[]) as again (id, key, headers, value)
    where letter.id = again.id and letter.worker = $1 and letter.payload_emptied_at is not null
)sql"};

constexpr Statement kInsert{"dead_letters.insert", R"sql(
    insert into dead_letters (worker, letter_key, company_id, reason_class, reason, attempts, first_failed_at,
                              last_failed_at, event_source, event_id, event_type, job_kind, entity, record_topic,
                              record_partition, record_offset, record_timestamp, record_key, record_headers, record_value,
                              created_at, event_key)
    select $1, letter_key, company_id, reason_class, reason, attempts, first_failed_at, last_failed_at, event_source,
           event_id, event_type, job_kind, entity, topic, partition, offset_, timestamp_, key, headers, value, $20, event_key
    from unnest($2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::int[], $7::timestamptz[], $8::timestamptz[],
                $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::int[], $16::bigint[],
                $17::timestamptz[], $18::bytea[], $19::jsonb[], $21::bytea[], $22::uuid[])
         with ordinality as new (letter_key, company_id, reason_class, reason, attempts, first_failed_at, last_failed_at,
                                 event_source, event_id, event_type, job_kind, entity, topic, partition, offset_,
                                 timestamp_, key, headers, value, event_key, ord)
    order by letter_key, ord
    on conflict (worker, letter_key) do nothing
    returning letter_key, id, attempts, first_failed_at, last_failed_at
)sql"};

constexpr std::array kCatalogue{kFindKnown, kReopen, kRefill, kInsert};

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
    std::optional<Storable> kept{};      ///< of the record; nothing for a letter without one
    std::optional<DeadLetterRow> row{};  ///< nothing: it is told already
    std::vector<DeadLetterId> reopens{}; ///< letters that this failure opens again
    bool told{false};                    ///< there is a letter about this very failure
};

Written to_write(const DeadLetterRecord& letter) {
    Written written{.letter = &letter, .reason = job::bounded(letter.reason)};
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

std::string place_of(const RecordView& record) {
    return std::string(record.topic) + "/" + std::to_string(record.partition) + "@" +
           std::to_string(record.offset);
}

std::optional<std::string> digest_of(const RecordView& record) {
    if (!record.value) return std::nullopt;
    const Sha256 digest = sha256(*record.value);
    return std::string(reinterpret_cast<const char*>(digest.data()), digest.size());
}

/// What a letter that exists already means for this failure.
void judge(Written& failure, const postgres::Row& known) {
    const DeadLetterRecord& letter = *failure.letter;
    if (letter.may_be_read_again && letter.record) {
        const bool by_former_key = known.boolean(5);
        if (by_former_key && known.optional_bytes(4) != digest_of(*letter.record)) return;
        const bool undecided = known.boolean(2);
        if (undecided || known.optional_text(3) == place_of(*letter.record)) {
            failure.told = true;
            return;
        }
    }
    failure.reopens.push_back(DeadLetterId{known.int64(1)});
}

void find_known(
    postgres::Transaction& transaction, std::string_view worker, std::vector<Written>& all
) {
    Array keys, formers, companies, replays, kinds, entities;
    for (const Written& failure : all) {
        const DeadLetterRecord& letter = *failure.letter;
        keys.add(letter.keys.key);
        formers.add(letter.keys.former);
        companies.add(letter.company ? std::optional(letter.company.value) : std::nullopt);
        replays.add(letter.replay_of ? std::optional(letter.replay_of->value) : std::nullopt);
        // Of an event or record, its key finds every letter.
        const bool of_a_job = !letter.record && letter.replay_of;
        add_storable_text(kinds, of_a_job ? letter.job_kind : std::string_view());
        add_storable_text(entities, of_a_job ? letter.entity : std::string_view());
    }
    const auto rows = transaction.exec(
        kFindKnown, params(worker, keys, formers, companies, replays, kinds, entities)
    );
    for (const postgres::Row row : rows)
        judge(all[static_cast<std::size_t>(row.int64(0))], row);
}

void reopen(
    postgres::Transaction& transaction, std::string_view worker, std::vector<Written>& all
) {
    Array ords, ids, classes, reasons, attempts, last, events, record_keys, headers, values;
    std::unordered_set<DeadLetterId> chosen; // a statement may meet a row only once
    for (std::size_t i = 0; i < all.size(); ++i) {
        const DeadLetterRecord& letter = *all[i].letter;
        for (const DeadLetterId id : all[i].reopens) {
            if (!chosen.insert(id).second) continue;
            ords.add(static_cast<std::int64_t>(i));
            ids.add(id.value);
            classes.add(all[i].reason.code);
            reasons.add(all[i].reason.text);
            attempts.add(std::int64_t{letter.attempts});
            last.add(letter.last_failed_at);
            events.add(letter.event_key);
            if (const auto& kept = all[i].kept) {
                add_bytes(record_keys, kept->record.key);
                headers.add(headers_to_json(kept->headers));
                add_bytes(values, kept->record.value);
            } else {
                for (Array* column : {&record_keys, &headers, &values})
                    column->add_null();
            }
        }
        all[i].told = all[i].told || !all[i].reopens.empty();
    }
    if (chosen.empty()) return;
    transaction.exec(kRefill, params(worker, ids, record_keys, headers, values));
    const auto rows = transaction.exec(
        kReopen, params(worker, ords, ids, classes, reasons, attempts, last, events)
    );
    for (const postgres::Row row : rows) {
        Written& failure = all[static_cast<std::size_t>(row.int64(0))];
        const DeadLetterRow opened = read_row(row);
        if (!failure.row || opened.id < failure.row->id) failure.row = opened;
    }
}

struct LetterColumns {
    Array keys, companies, classes, reasons, attempts, first, last, sources, event_ids, types,
        kinds, entities;
    Array topics, partitions, offsets, timestamps, record_keys, headers, values, events;

    void add(const Written& written) {
        const DeadLetterRecord& letter = *written.letter;
        keys.add(letter.keys.key);
        events.add(letter.event_key);
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
        if (all[i].told) continue;
        if (!first_of_key.emplace(all[i].letter->keys.key, i).second) continue;
        c.add(all[i]);
    }
    if (first_of_key.empty()) return;
    // clang-format off
    const auto rows = transaction.exec(kInsert, params(
        worker, c.keys, c.companies, c.classes, c.reasons, c.attempts, c.first, c.last, c.sources, c.event_ids,
        c.types, c.kinds, c.entities, c.topics, c.partitions, c.offsets, c.timestamps, c.record_keys, c.headers,
        now, c.values, c.events));
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

LetterKeys letter_keys_of(const EventKey& event) {
    const std::string company = std::to_string(event.company.value);
    return {name_uuid({"event", company, to_string(event.event)}), event.event};
}

LetterKeys letter_keys_of(
    std::string_view worker, const events::PartialIdentity& identity, const RecordView& record
) {
    const std::string company = std::to_string(identity.company.value);
    const std::string_view parts[] = {
        record.key.value_or(std::string_view()), record.value.value_or(std::string_view())};
    const std::string content = to_hex(sha256_of_parts(parts));
    if (!identity.source.empty() && !identity.id.empty())
        return {
            name_uuid({worker, "record", company, identity.source, identity.id, content}),
            event_uuid(worker, identity.source, identity.id)};
    const std::string partition = std::to_string(record.partition);
    const std::string offset = std::to_string(record.offset);
    const std::string time =
        record.timestamp ? std::to_string(record.timestamp->time_since_epoch().count()) : "";
    return {
        name_uuid({worker, "place", company, record.topic, partition, offset, time, content}),
        name_uuid({worker, record.topic, partition, offset})};
}

Uuid job_letter_key(std::string_view worker, CompanyId company, std::string_view kind, JobId job) {
    return name_uuid({worker, "job", kind, std::to_string(company.value), std::to_string(job.value)}
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
        find_known(transaction, worker, all);
        reopen(transaction, worker, all);
        insert_new(transaction, worker, all, now);
        publish(transaction, worker, all);
        letters = letters.subspan(count);
    }
}

} // namespace calfleet::messaging
