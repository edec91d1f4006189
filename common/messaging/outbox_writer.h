#pragma once
// Events to publish, written in the transaction that caused them; the relay publishes them after
// the commit.

#include "common/core/ids.h"
#include "common/core/record_view.h"
#include "common/postgres/session.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::messaging {

inline constexpr int kOutboxShards = 16;

/// A record to be. Views must live until append_outbox returns.
struct OutboxRecord {
    CompanyId company; ///< 0: of no company
    std::string_view topic;
    std::optional<std::string_view> key;
    std::optional<std::string_view> value;
    std::span<const HeaderView> headers;
};

/// Which relay shard publishes it: FNV-1a (64 bit) of topic, a zero byte and key, modulo 16.
/// Records of one key of a topic keep their order because they share a shard. Stored in rows: the
/// function never changes.
int outbox_shard(std::string_view topic, std::optional<std::string_view> key);

postgres::Catalogue outbox_writer_catalogue();

/// One set-based insert, in the given order. Access: the records' companies, or runtime.
void append_outbox(postgres::Transaction& transaction, std::span<const OutboxRecord> records);

} // namespace calfleet::messaging
