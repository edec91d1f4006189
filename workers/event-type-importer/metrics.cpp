#include "workers/event-type-importer/metrics.h"

namespace calfleet::event_type_importer {

Metrics::Metrics(metrics::Registry& registry)
    : created(registry.counter(kEventTypes, {"created"}))
    , compared(registry.counter(kEventTypes, {"compared"}))
    , returned(registry.counter(kEventTypes, {"returned"}))
    , deactivated(registry.counter(kEventTypes, {"deactivated"}))
    , ignored(registry.counter(kEventTypes, {"no_service"}))
    , divergences_found(registry.counter(kDivergences, {"found"}))
    , divergences_agreed(registry.counter(kDivergences, {"agreed"}))
    , superseded(registry.counter(kSuperseded))
    , unplaced_children(registry.counter(kUnplacedChildren)) {}

const metrics::Counter& Metrics::result(Move move) const {
    switch (move) {
    case Move::Create:
        return created;
    case Move::Compare:
        return compared;
    case Move::Return:
        return returned;
    case Move::Deactivate:
        return deactivated;
    case Move::Ignore:
        break;
    }
    return ignored;
}

} // namespace calfleet::event_type_importer
