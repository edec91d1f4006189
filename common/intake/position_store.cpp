#include "common/intake/position_store.h"

#include <array>

namespace calfleet::intake {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Statement;

// A mark belongs to the position it was written with: a worker of a release without marks, and an
// operator's reset, move next_offset alone.

// Sorted by the primary key: two members fencing overlapping partitions must not deadlock.
constexpr Statement kFence{"positions.fence", R"sql(
    insert into consumer_positions as held (worker, topic, partition, epoch, owner)
    select $1, wanted.topic, wanted.partition, 1, $2
    from unnest($3::text[], $4::int[]) as wanted (topic, partition)
    order by wanted.topic, wanted.partition
    on conflict (worker, topic, partition)
        do update set epoch = held.epoch + 1, owner = excluded.owner, updated_at = now()
    returning topic, partition, next_offset, epoch,
              mark_offset, mark_timestamp, mark_digest, mark_position
)sql"};

constexpr Statement kAdvance{"positions.advance", R"sql(
    update consumer_positions held
    set next_offset = done.next_offset, updated_at = now(), mark_position = done.next_offset,
        mark_offset = done.mark_offset, mark_timestamp = done.mark_timestamp,
        mark_digest = done.mark_digest
    from unnest($2::text[], $3::int[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
                $8::bigint[], $9::text[])
         as done (topic, partition, epoch, first_offset, next_offset, mark_offset, mark_timestamp,
                  mark_digest)
    where held.worker = $1 and held.topic = done.topic and held.partition = done.partition
      and held.epoch = done.epoch and held.next_offset <= done.first_offset
)sql"};

constexpr Statement kPass{"positions.pass", R"sql(
    update consumer_positions held
    set next_offset = done.pass_to, updated_at = now(),
        mark_position = case when held.mark_position = held.next_offset then done.pass_to
                             else held.mark_position end
    from unnest($2::text[], $3::int[], $4::bigint[], $5::bigint[], $6::bigint[])
         as done (topic, partition, epoch, pass_from, pass_to)
    where held.worker = $1 and held.topic = done.topic and held.partition = done.partition
      and held.epoch = done.epoch and held.next_offset = done.pass_from
    returning held.topic, held.partition
)sql"};

constexpr Statement kRead{"positions.read", R"sql(
    select held.topic, held.partition, held.next_offset, held.epoch
    from unnest($2::text[], $3::int[]) as wanted (topic, partition)
    join consumer_positions held
      on held.worker = $1 and held.topic = wanted.topic and held.partition = wanted.partition
)sql"};

constexpr std::array kCatalogue{kFence, kAdvance, kPass, kRead};

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

std::optional<LogMark> mark_in(const postgres::Row& row, std::int64_t next_offset) {
    if (row.is_null(7) || row.int64(7) != next_offset || row.is_null(4)) return std::nullopt;
    LogMark mark{.offset = row.int64(4), .digest = std::string(row.text(6))};
    if (!row.is_null(5)) mark.timestamp = row.int64(5);
    return mark;
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
    const auto rows =
        transaction.exec(kFence, params(worker, owner, columns.topics, columns.partitions));
    std::vector<FencedPosition> positions = positions_of(rows);
    std::size_t i = 0;
    for (const postgres::Row row : rows) {
        positions[i].mark = mark_in(row, positions[i].next_offset);
        ++i;
    }
    return positions;
}

bool advance_positions(
    postgres::Transaction& transaction, std::string_view worker, std::span<const Advance> advances
) {
    Array topics, partitions, epochs, firsts, nexts, mark_offsets, mark_times, mark_digests;
    for (const Advance& advance : advances) {
        topics.add(advance.partition.topic);
        partitions.add(std::int64_t{advance.partition.partition});
        epochs.add(advance.epoch);
        firsts.add(advance.first_offset);
        nexts.add(advance.next_offset);
        const auto& mark = advance.mark;
        mark_offsets.add(mark ? std::optional(mark->offset) : std::nullopt);
        mark_times.add(mark ? mark->timestamp : std::nullopt);
        mark_digests.add(mark ? std::optional<std::string_view>(mark->digest) : std::nullopt);
    }
    const auto rows = transaction.exec(
        kAdvance,
        params(
            worker,
            topics,
            partitions,
            epochs,
            firsts,
            nexts,
            mark_offsets,
            mark_times,
            mark_digests
        )
    );
    return rows.affected() == static_cast<std::int64_t>(advances.size());
}

std::vector<kafka::TopicPartition> pass_positions(
    postgres::Transaction& transaction, std::string_view worker, std::span<const Passing> passings
) {
    Array topics, partitions, epochs, froms, tos;
    for (const Passing& passing : passings) {
        topics.add(passing.partition.topic);
        partitions.add(std::int64_t{passing.partition.partition});
        epochs.add(passing.epoch);
        froms.add(passing.from);
        tos.add(passing.to);
    }
    std::vector<kafka::TopicPartition> passed;
    for (const postgres::Row row :
         transaction.exec(kPass, params(worker, topics, partitions, epochs, froms, tos)))
        passed.push_back({std::string(row.text(0)), static_cast<std::int32_t>(row.int64(1))});
    return passed;
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
