#pragma once
// What team-syncer counts.

#include "workers/team-syncer/job.h"

#include "common/metrics/registry.h"

#include <string_view>

namespace calfleet::team_syncer {

inline constexpr metrics::Definition kSyncs{
    .name = "calfleet_team_syncer_syncs_total",
    .help = "Syncs that ended: done, incomplete (something could not be read), failed.",
    .labels = {"result"}};
inline constexpr metrics::Definition kPostponed{
    .name = "calfleet_team_syncer_postponed_total",
    .help = "Runs that ended with waiting: key, quota, breaker, outage; no attempt used."};
inline constexpr metrics::Definition kPublished{
    .name = "calfleet_team_syncer_published_events_total",
    .help = "event-type-updated events queued, by kind of change.",
    .labels = {"change"}};
inline constexpr metrics::Definition kLinks{
    .name = "calfleet_team_syncer_member_links_total",
    .help = "Members written, by how sure it is which staff member they are.",
    .labels = {"state"}};
inline constexpr metrics::Definition kLookups{
    .name = "calfleet_team_syncer_child_lookups_total",
    .help = "Look-ups of children of managed event types: found, missing.",
    .labels = {"result"}};
inline constexpr metrics::Definition kScheduled{
    .name = "calfleet_team_syncer_scheduled_requests_total",
    .help = "Syncs that the daily schedule asked for."};

struct Metrics {
    /// Without a registry: counts nothing.
    Metrics() = default;
    explicit Metrics(metrics::Registry& registry);

    /// What a team's transaction has written.
    void wrote(const Report& team) const;
    void ended(std::string_view outcome) const;

    metrics::Counter done, incomplete, failed, postponed;
    metrics::Counter created, updated, deleted;
    metrics::Counter linked, review, unmatched;
    metrics::Counter children_found, children_missing, scheduled;
};

} // namespace calfleet::team_syncer
