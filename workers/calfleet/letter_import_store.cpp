#include "workers/calfleet/letter_import_store.h"

#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace calfleet::cli {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Statement;

constexpr Statement kImport{"calfleet.import_dead_letter", R"sql(
    insert into dead_letters (worker, letter_key, company_id, reason_class, reason, attempts, first_failed_at,
                              last_failed_at, event_source, event_id, event_type, record_topic, record_partition,
                              record_offset, record_timestamp, record_key, record_headers, record_value, event_key)
    values ($1, $2::uuid, $3::bigint, $4, $5, $6::int, coalesce($7::timestamptz, now()), coalesce($8::timestamptz, now()),
            nullif($9, ''), nullif($10, ''), nullif($11, ''), $12, $13::int, $14::bigint, $15::timestamptz, $16::bytea,
            $17::jsonb, $18::bytea, $19::uuid)
    on conflict (worker, letter_key) do nothing
)sql"};

constexpr Statement kFind{"calfleet.find_imported_dead_letters", R"sql(
    select letter_key, id, state, payload_emptied_at is not null, company_id
    from dead_letters where worker = $1 and letter_key = any($2::uuid[])
)sql"};

constexpr std::array kCatalogue{kImport, kFind};

void add_bytes(postgres::Params& values, const std::optional<std::string>& bytes) {
    if (bytes)
        values.add_bytes(*bytes);
    else
        values.add_null();
}

void import_letter(postgres::Transaction& transaction, const TopicLetter& letter) {
    postgres::Params values = params(
        letter.worker,
        letter.keys.front(),
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
    values.add(letter.event_key);
    transaction.exec(kImport, values);
}

using Rows = std::map<std::pair<std::optional<std::int64_t>, Uuid>, KnownLetter>;

const KnownLetter* known_among(const Rows& rows, const TopicLetter& letter) {
    for (const Uuid& key : letter.keys) {
        const auto row = rows.find({letter.company, key});
        if (row != rows.end()) return &row->second;
    }
    return nullptr;
}

} // namespace

postgres::Catalogue letter_import_catalogue() {
    return kCatalogue;
}

std::vector<KnownLetter>
import_letters(postgres::Transaction& transaction, std::span<const TopicLetter> letters) {
    if (letters.empty()) return {};
    Array keys;
    for (const TopicLetter& letter : letters)
        for (const Uuid& key : letter.keys)
            keys.add(key);
    const auto find = [&] {
        Rows rows;
        for (const postgres::Row row :
             transaction.exec(kFind, params(letters.front().worker, keys)))
            rows[{row.optional_int64(4), row.uuid(0)}] = {
                DeadLetterId{row.int64(1)}, std::string(row.text(2)), row.boolean(3), false};
        return rows;
    };
    Rows rows = find();
    std::set<DeadLetterId> before;
    for (const auto& [key, letter] : rows)
        before.insert(letter.id);
    for (const TopicLetter& letter : letters)
        if (known_among(rows, letter) == nullptr) import_letter(transaction, letter);
    rows = find();
    std::vector<KnownLetter> known;
    known.reserve(letters.size());
    for (const TopicLetter& letter : letters) {
        const KnownLetter* row = known_among(rows, letter);
        if (row == nullptr)
            throw postgres::Abort(
                {ErrorKind::Conflict, "a letter is kept under the key of another one"}
            );
        known.push_back(*row);
        known.back().imported = !before.contains(row->id);
    }
    return known;
}

} // namespace calfleet::cli
