#include "common/messaging/outbox_writer.h"

#include "common/messaging/record_json.h"

#include <array>
#include <cstdint>

namespace calfleet::messaging {
namespace {

using postgres::Array;

constexpr postgres::Statement kAppend{"outbox.append", R"sql(
    insert into outbox (shard, company_id, topic, record_key, record_headers, record_value)
    select shard, company_id, topic, key, headers, value
    from unnest($1::smallint[], $2::bigint[], $3::text[], $4::bytea[], $5::jsonb[], $6::bytea[])
         with ordinality as new (shard, company_id, topic, key, headers, value, ord)
    order by ord
)sql"};

constexpr std::array kCatalogue{kAppend};

void add_bytes(Array& column, const std::optional<std::string_view>& bytes) {
    if (bytes)
        column.add_bytes(*bytes);
    else
        column.add_null();
}

std::uint64_t fnv1a(std::uint64_t hash, std::string_view bytes) {
    for (const char byte : bytes) {
        hash ^= static_cast<unsigned char>(byte);
        hash *= 0x100000001b3ULL;
    }
    return hash;
}

} // namespace

int outbox_shard(std::string_view topic, std::optional<std::string_view> key) {
    std::uint64_t hash = fnv1a(0xcbf29ce484222325ULL, topic);
    hash = fnv1a(hash, std::string_view("\0", 1));
    hash = fnv1a(hash, key.value_or(std::string_view()));
    return static_cast<int>(hash % kOutboxShards);
}

postgres::Catalogue outbox_writer_catalogue() {
    return kCatalogue;
}

void append_outbox(postgres::Transaction& transaction, std::span<const OutboxRecord> records) {
    if (records.empty()) return;
    Array shards, companies, topics, keys, headers, values;
    for (const OutboxRecord& record : records) {
        shards.add(std::int64_t{outbox_shard(record.topic, record.key)});
        companies.add(record.company ? std::optional(record.company.value) : std::nullopt);
        topics.add(record.topic);
        add_bytes(keys, record.key);
        headers.add(headers_to_json(record.headers));
        add_bytes(values, record.value);
    }
    transaction.exec(kAppend, postgres::params(shards, companies, topics, keys, headers, values));
}

} // namespace calfleet::messaging
