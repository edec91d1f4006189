#include "workers/calfleet/letter_import_store.h"

#include <array>
#include <map>
#include <set>

namespace calfleet::cli {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Statement;

constexpr Statement kImport{"calfleet.import_dead_letter", R"sql(
    insert into dead_letters (worker, letter_key, company_id, reason_class, reason, attempts, first_failed_at,
                              last_failed_at, event_source, event_id, event_type, record_topic, record_partition,
                              record_offset, record_timestamp, record_key, record_headers, record_value)
    values ($1, $2::uuid, $3::bigint, $4, $5, $6::int, coalesce($7::timestamptz, now()), coalesce($8::timestamptz, now()),
            nullif($9, ''), nullif($10, ''), nullif($11, ''), $12, $13::int, $14::bigint, $15::timestamptz, $16::bytea,
            $17::jsonb, $18::bytea)
    on conflict (worker, letter_key) do nothing
    returning id
)sql"};

constexpr Statement kFind{"calfleet.find_imported_dead_letters", R"sql(
    select letter_key, id, state, payload_emptied_at is not null
    from dead_letters where worker = $1 and letter_key = any($2::uuid[])
)sql"};

constexpr std::array kCatalogue{kImport, kFind};

void add_bytes(postgres::Params& values, const std::optional<std::string>& bytes) {
    if (bytes)
        values.add_bytes(*bytes);
    else
        values.add_null();
}

bool import_letter(postgres::Transaction& transaction, const TopicLetter& letter) {
    postgres::Params values = params(
        letter.worker,
        letter.letter_key,
        letter.company,
        letter.reason_class,
        letter.reason,
        letter.attempts,
        letter.first_failed_at,
        letter.last_failed_at,
        letter.event_source,
        letter.event_id,
        letter.event_type,
        letter.topic,
        letter.partition,
        letter.offset,
        letter.timestamp
    );
    add_bytes(values, letter.key);
    values.add(letter.headers);
    add_bytes(values, letter.value);
    return !transaction.exec(kImport, values).empty();
}

} // namespace

postgres::Catalogue letter_import_catalogue() {
    return kCatalogue;
}

std::vector<KnownLetter>
import_letters(postgres::Transaction& transaction, std::span<const TopicLetter> letters) {
    if (letters.empty()) return {};
    std::set<Uuid> imported;
    Array keys;
    for (const TopicLetter& letter : letters) {
        if (import_letter(transaction, letter)) imported.insert(letter.letter_key);
        keys.add(letter.letter_key);
    }
    std::map<Uuid, KnownLetter> rows;
    for (const postgres::Row row : transaction.exec(kFind, params(letters.front().worker, keys))) {
        const Uuid key = row.uuid(0);
        rows[key] = {
            DeadLetterId{row.int64(1)},
            std::string(row.text(2)),
            row.boolean(3),
            imported.contains(key)};
    }
    std::vector<KnownLetter> known;
    known.reserve(letters.size());
    for (const TopicLetter& letter : letters)
        known.push_back(rows.at(letter.letter_key));
    return known;
}

} // namespace calfleet::cli
