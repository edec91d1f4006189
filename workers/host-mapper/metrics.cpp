#include "workers/host-mapper/metrics.h"

namespace calfleet::host_mapper {

Metrics::Metrics(metrics::Registry& registry)
    : by_mapping(registry.counter(kAssignments, {"mapping"}))
    , by_email(registry.counter(kAssignments, {"email"}))
    , by_name(registry.counter(kAssignments, {"name"}))
    , by_fuzzy(registry.counter(kAssignments, {"fuzzy"}))
    , in_review(registry.counter(kAssignments, {"review"}))
    , unmatched(registry.counter(kAssignments, {"unmatched"}))
    , none(registry.counter(kAssignments, {"none"}))
    , decided_active(registry.counter(kDecisions, {"active"}))
    , decided_review(registry.counter(kDecisions, {"review"}))
    , decided_unmatched(registry.counter(kDecisions, {"unmatched"}))
    , invalidated(registry.counter(kInvalidated))
    , superseded(registry.counter(kSuperseded))
    , ignored_branches(registry.counter(kIgnoredBranches))
    , future_claims(registry.counter(kFutureClaims))
    , nameless_hosts(registry.counter(kNamelessHosts))
    , matching(registry.histogram(kMatching)) {}

const metrics::Counter& Metrics::assignment(std::string_view how) const {
    if (how == "mapping") return by_mapping;
    if (how == "email") return by_email;
    if (how == "name") return by_name;
    if (how == "fuzzy") return by_fuzzy;
    if (how == "review") return in_review;
    return how == "unmatched" ? unmatched : none;
}

const metrics::Counter& Metrics::decision(std::string_view state) const {
    if (state == "active") return decided_active;
    return state == "review" ? decided_review : decided_unmatched;
}

} // namespace calfleet::host_mapper
