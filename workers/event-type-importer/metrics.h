#pragma once
// What event-type-importer counts. Counted when a batch is written; a batch that is rolled back and
// written again counts twice, so these show rates and shares, and the tables show the truth.

#include "workers/event-type-importer/job.h"

#include "common/metrics/registry.h"

namespace calfleet::event_type_importer {

inline constexpr metrics::Definition kEventTypes{
    .name = "calfleet_event_type_importer_event_types_total",
    .help = "Event types taken in, by what became of their service.",
    .labels = {"result"}};
inline constexpr metrics::Definition kDivergences{
    .name = "calfleet_event_type_importer_divergences_total",
    .help = "Fields in which a service and its event type began or ceased to differ.",
    .labels = {"change"}};
inline constexpr metrics::Definition kSuperseded{
    .name = "calfleet_event_type_importer_superseded_events_total",
    .help = "Events that found something newer and had no effect."};
inline constexpr metrics::Definition kUnplacedChildren{
    .name = "calfleet_event_type_importer_unplaced_children_total",
    .help = "Children of managed event types whose parent or member could not be told."};

struct Metrics {
    /// Without a registry: counts nothing.
    Metrics() = default;
    explicit Metrics(metrics::Registry& registry);

    const metrics::Counter& result(Move move) const;

    metrics::Counter created, compared, returned, deactivated, ignored;
    metrics::Counter divergences_found, divergences_agreed;
    metrics::Counter superseded, unplaced_children;
};

} // namespace calfleet::event_type_importer
