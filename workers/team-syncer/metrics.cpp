#include "workers/team-syncer/metrics.h"

namespace calfleet::team_syncer {

Metrics::Metrics(metrics::Registry& registry)
    : done(registry.counter(kSyncs, {"done"}))
    , incomplete(registry.counter(kSyncs, {"incomplete"}))
    , failed(registry.counter(kSyncs, {"failed"}))
    , postponed(registry.counter(kPostponed))
    , created(registry.counter(kPublished, {"created"}))
    , updated(registry.counter(kPublished, {"updated"}))
    , deleted(registry.counter(kPublished, {"deleted"}))
    , linked(registry.counter(kLinks, {"linked"}))
    , review(registry.counter(kLinks, {"review"}))
    , unmatched(registry.counter(kLinks, {"unmatched"}))
    , children_found(registry.counter(kLookups, {"found"}))
    , children_missing(registry.counter(kLookups, {"missing"}))
    , scheduled(registry.counter(kScheduled)) {}

void Metrics::wrote(const Report& team) const {
    created.add(static_cast<double>(team.created));
    updated.add(static_cast<double>(team.updated));
    deleted.add(static_cast<double>(team.deleted));
    linked.add(static_cast<double>(team.linked));
    review.add(static_cast<double>(team.review));
    unmatched.add(static_cast<double>(team.unmatched));
}

void Metrics::ended(std::string_view outcome) const {
    if (outcome == "done")
        done.add();
    else
        (outcome == "incomplete" ? incomplete : failed).add();
}

} // namespace calfleet::team_syncer
