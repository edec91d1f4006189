#include "workers/calfleet/position_store.h"

#include <array>

namespace calfleet::cli {
namespace {

using postgres::params;
using postgres::Statement;

constexpr Statement kList{"calfleet.list_positions", R"sql(
    select worker, topic, partition, next_offset, epoch, owner, updated_at
    from consumer_positions where $1::text is null or worker = $1
    order by worker, topic, partition
)sql"};

constexpr Statement kReset{"calfleet.reset_position", R"sql(
    update consumer_positions
    set next_offset = $4::bigint, epoch = epoch + 1, owner = 'reset by ' || $5, updated_at = now(),
        mark_offset = null, mark_timestamp = null, mark_digest = null, mark_position = null
    where worker = $1 and topic = $2 and partition = $3::int
)sql"};

constexpr std::array kCatalogue{kList, kReset};

} // namespace

postgres::Catalogue position_catalogue() {
    return kCatalogue;
}

std::vector<PositionRow>
list_positions(postgres::Transaction& transaction, const std::optional<std::string>& worker) {
    std::vector<PositionRow> positions;
    for (const postgres::Row row : transaction.exec(kList, params(worker)))
        positions.push_back(
            {std::string(row.text(0)),
             std::string(row.text(1)),
             std::string(row.text(5)),
             static_cast<std::int32_t>(row.int64(2)),
             row.int64(3),
             row.int64(4),
             row.instant(6)}
        );
    return positions;
}

void reset_position(
    postgres::Transaction& transaction, const PositionRow& row, std::string_view actor
) {
    transaction.exec(
        kReset, params(row.worker, row.topic, std::int64_t{row.partition}, row.next_offset, actor)
    );
}

} // namespace calfleet::cli
