#pragma once
// What service-pusher counts.

#include "workers/service-pusher/job.h"

#include "common/metrics/registry.h"

#include <string_view>

namespace calfleet::service_pusher {

inline constexpr metrics::Definition kPushes{
    .name = "calfleet_service_pusher_pushes_total",
    .help = "Pushes that came to an end: changed, unchanged, failed (the service's row says why).",
    .labels = {"result"}};
inline constexpr metrics::Definition kPostponed{
    .name = "calfleet_service_pusher_postponed_total",
    .help =
        "Runs of a push that ended with waiting: key, quota, breaker, outage; no attempt used."};
inline constexpr metrics::Definition kForeignEdits{
    .name = "calfleet_service_pusher_foreign_edits_total",
    .help = "Fields that somebody edited at Cal.com, by what became of the edit.",
    .labels = {"result"}};
inline constexpr metrics::Definition kSupersededEvents{
    .name = "calfleet_service_pusher_superseded_events_total",
    .help = "Events about a version that had been pushed already."};

struct Metrics {
    /// Without a registry: counts nothing.
    Metrics() = default;
    explicit Metrics(metrics::Registry& registry);

    void ended(const SyncResult& result) const;

    metrics::Counter changed, unchanged, failed, postponed;
    metrics::Counter overwritten, kept, superseded;
};

} // namespace calfleet::service_pusher
