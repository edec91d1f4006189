#pragma once
// A decision about a mapping taken back by the person who made it.

#include "workers/calfleet/mapping_decision_store.h"

#include <cstdint>

namespace calfleet::cli {

postgres::Catalogue mapping_undo_catalogue();

/// Takes a decision back: the mapping is as it was, and so are the appointments that it moved; what
/// the mapping has assigned since waits. Those that a person decided about, or that have begun,
/// stay. Aborts with Conflict when the mapping was decided again or its host has a newer one. How
/// many appointments changed.
std::int64_t undo_decision(
    postgres::Transaction& transaction, const DecidedMapping& decided, const Decision& decision
);

} // namespace calfleet::cli
