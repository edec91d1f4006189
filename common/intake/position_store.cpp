#include "common/intake/position_store.h"

#include <array>

namespace calfleet::intake {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Statement;

// Sorted by the primary key: two members fencing overlapping partitions must not deadlock.
constexpr Statement kFence{"positions.fence", R"sql(
    insert into consumer_positions as held (worker, topic, partition, epoch, owner)
    select $1, wanted.topic, wanted.partition, 1, $2
    from unnest($3::text[], $4::int[]) as wanted (topic, partition)
    order by wanted.topic, wanted.partition
    on conflict (worker, topic, partition)
        do update set epoch = held.epoch + 1, owner = excluded.owner, updated_at = now()
    returning topic, partition, next_offset, epoch
)sql"};

constexpr Statement kAdvance{"positions.advance", R"sql(
    update consumer_positions held
    set next_offset = done.next_offset, updated_at = now()
    from unnest($2::text[], $3::int[], $4::bigint[], $5::bigint[], $6::bigint[])
         as done (topic, partition, epoch, first_offset, next_offset)
    where held.worker = $1 and held.topic = done.topic and held.partition = done.partition
      and held.epoch = done.epoch and held.next_offset <= done.first_offset
)sql"};

constexpr Statement kRead{"positions.read", R"sql(
    select held.topic, held.partition, held.next_offset, held.epoch
    from unnest($2::text[], $3::int[]) as wanted (topic, partition)
    join consumer_positions held
      on held.worker = $1 and held.topic = wanted.topic and held.partition = wanted.partition
)sql"};

constexpr std::array kCatalogue{kFence, kAdvance, kRead};

struct Columns {
    Array topics;
    Array partitions;
};

Columns columns_of(std::span<const kafka::TopicPartition> partitions) {
    Columns columns;
    for (const auto& partition : partitions) {
        columns.topics.add(partition.topic);
        columns.partitions.add(std::int64_t{partition.partition});
    }
    return columns;
}

std::vector<FencedPosition> positions_of(const postgres::Rows& rows) {
    std::vector<FencedPosition> positions;
    for (const postgres::Row row : rows)
        positions.push_back(
            {{std::string(row.text(0)), static_cast<std::int32_t>(row.int64(1))},
             row.int64(2),
             row.int64(3)}
        );
    return positions;
}

} // namespace

postgres::Catalogue position_catalogue() {
    return kCatalogue;
}

std::vector<FencedPosition> fence_positions(
    postgres::Transaction& transaction,
    std::string_view worker,
    std::string_view owner,
    std::span<const kafka::TopicPartition> partitions
) {
    const Columns columns = columns_of(partitions);
    return positions_of(
        transaction.exec(kFence, params(worker, owner, columns.topics, columns.partitions))
    );
}

bool advance_positions(
    postgres::Transaction& transaction, std::string_view worker, std::span<const Advance> advances
) {
    Array topics, partitions, epochs, firsts, nexts;
    for (const Advance& advance : advances) {
        topics.add(advance.partition.topic);
        partitions.add(std::int64_t{advance.partition.partition});
        epochs.add(advance.epoch);
        firsts.add(advance.first_offset);
        nexts.add(advance.next_offset);
    }
    const auto rows =
        transaction.exec(kAdvance, params(worker, topics, partitions, epochs, firsts, nexts));
    return rows.affected() == static_cast<std::int64_t>(advances.size());
}

std::vector<FencedPosition> read_positions(
    postgres::Transaction& transaction,
    std::string_view worker,
    std::span<const kafka::TopicPartition> partitions
) {
    const Columns columns = columns_of(partitions);
    return positions_of(transaction.exec(kRead, params(worker, columns.topics, columns.partitions))
    );
}

} // namespace calfleet::intake
