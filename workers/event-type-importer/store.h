#pragma once
// event-type-importer's SQL, a batch at a time. Every function is one statement whatever the size
// of the batch (two when it changes services), and none when there is nothing to do. Rows are
// locked in the order event types, services, teams, mappings, children, and in each table in the
// order of the batch, which is (company, event type), so that lanes cannot deadlock.

#include "workers/event-type-importer/canonical.h"
#include "workers/event-type-importer/job.h"

#include "common/core/text_arena.h"
#include "common/postgres/session.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::event_type_importer {

/// Every statement of this worker.
postgres::Catalogue event_type_importer_catalogue();

/// The snapshots of a transaction, sorted by (company, event type), each event type once.
using Batch = std::span<const Snapshot* const>;

/// Locks the event types and remembers the snapshots that are newer than what is known; says
/// which are.
std::vector<bool> claim_event_types(postgres::Transaction& transaction, Batch snapshots);

/// The services linked to the event types, locked; nothing where there is none. Strings live in
/// the arena.
std::vector<std::optional<ServiceRow>> find_services(
    postgres::Transaction& transaction,
    Batch snapshots,
    Canonicalizer& canonicalizer,
    TextArena& arena
);

/// Makes services; nothing for one whose event type got a service since find_services().
/// The importer's own changes of services raise no version and cause no event.
std::vector<std::optional<std::int64_t>>
insert_services(postgres::Transaction& transaction, Batch snapshots);

/// A known service and what has been decided about it.
struct Update {
    const Snapshot* snapshot{nullptr};
    const ServiceRow* service{nullptr};
    const Decision* decision{nullptr};
};

/// Raises the versions of those that ask for a push, so that the triggers queue it.
void request_pushes(postgres::Transaction& transaction, std::span<const Update> updates);

/// Brings the rows to what was decided.
void update_services(postgres::Transaction& transaction, std::span<const Update> updates);

/// Opens divergences, or sees known ones again; returns how many are new.
std::int64_t write_divergences(postgres::Transaction& transaction, std::span<const Update> updates);
/// Closes those of the decisions' agreed fields.
void close_divergences(postgres::Transaction& transaction, std::span<const Update> updates);

/// One row of service_sync_history. before and after: JSON objects, empty for none.
struct HistoryRow {
    CompanyId company;
    std::int64_t service{0};
    std::string_view direction; ///< import, deactivate
    std::int64_t version{1};
    std::string_view event_id;
    std::string before{};
    std::string after{};
};
void write_history(postgres::Transaction& transaction, std::span<const HistoryRow> rows);

} // namespace calfleet::event_type_importer
