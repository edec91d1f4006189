#pragma once
// team-syncer's rows of managed event types: who has a child, which number it has, how long that is
// known. The transaction is open for the company.

#include "workers/team-syncer/children.h"

#include "common/core/ids.h"
#include "common/postgres/session.h"

#include <optional>
#include <span>

namespace calfleet::team_syncer {

postgres::Catalogue child_catalogue();

/// Nothing: no active managed event type of that number.
std::optional<ParentFacts>
load_parent(postgres::Transaction& transaction, CompanyId company, calcom::EventTypeId parent);

/// What a look-up made at `at` has found. An older answer than the one that is known changes
/// nothing.
void write_child(
    postgres::Transaction& transaction,
    CompanyId company,
    calcom::EventTypeId parent,
    const ChildFacts& host,
    const ChildAnswer& answer,
    Instant at
);

/// Rows of accounts that are no hosts of the parent any more.
void write_former_hosts(
    postgres::Transaction& transaction,
    CompanyId company,
    calcom::EventTypeId parent,
    std::span<const calcom::UserId> users
);

/// All children of these parents are to be looked up again.
void invalidate_children(
    postgres::Transaction& transaction,
    CompanyId company,
    std::span<const calcom::EventTypeId> parents
);

} // namespace calfleet::team_syncer
