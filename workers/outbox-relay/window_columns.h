#pragma once
// Windows of shards as columns of a statement.

#include "workers/outbox-relay/cursors.h"

#include "common/postgres/params.h"

#include <span>
#include <string>

namespace calfleet::outbox_relay {

struct WindowColumns {
    postgres::Array shards, after_xids, after_ids, until_xids, until_ids;

    explicit WindowColumns(std::span<const Window> windows) {
        for (const Window& window : windows) {
            shards.add(std::int64_t{window.shard});
            after_xids.add(std::to_string(window.after.xid));
            after_ids.add(window.after.id);
            until_xids.add(std::to_string(window.until.xid));
            until_ids.add(window.until.id);
        }
    }
};

} // namespace calfleet::outbox_relay
