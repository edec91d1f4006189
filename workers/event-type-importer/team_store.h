#pragma once
// event-type-importer's SQL about the Cal.com side: teams, their event types with hosts, children
// of managed event types. The same rules as in store.h.

#include "workers/event-type-importer/job.h"

#include "common/postgres/session.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace calfleet::event_type_importer {

postgres::Catalogue team_catalogue();

/// An event type of a team and the service that sells it.
struct TeamEventType {
    const Snapshot* snapshot{nullptr};
    std::optional<std::int64_t> service;
};

/// Writes the mappings that are missing or different, of teams nobody knows yet the teams too: a
/// snapshot may be here before the first sync of its team. At most two statements.
void write_team_event_types(
    postgres::Transaction& transaction, std::span<const TeamEventType> event_types
);

/// Mappings of deleted event types, and children: at most two statements.
void forget_event_types(
    postgres::Transaction& transaction, std::span<const Snapshot* const> deleted
);

/// Notes whose child of which parent it is. A child that was read alone does not tell its parent:
/// then it is the one that is known already, or the only managed event type of the company with
/// the same slug and this host. Returns how many found no place (no parent or no owner); they come
/// again with the next sync. At most two statements.
std::size_t
place_children(postgres::Transaction& transaction, std::span<const Snapshot* const> children);

} // namespace calfleet::event_type_importer
