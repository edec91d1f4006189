#pragma once
// What host-mapper counts. Counted when a batch is written; a batch that is rolled back and written
// again counts twice, so these show rates and shares, and the tables show the truth.

#include "common/metrics/registry.h"

#include <array>
#include <string_view>

namespace calfleet::host_mapper {

/// A host of a small company takes microseconds, one of a company with thousands of staff
/// milliseconds.
inline constexpr std::array<double, 8> kMatchingBuckets{
    0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.1};

inline constexpr metrics::Definition kAssignments{
    .name = "calfleet_host_mapper_assignments_total",
    .help = "Bookings written, by how their staff member was found; mapping: a person had linked "
            "the host.",
    .labels = {"source"}};
inline constexpr metrics::Definition kDecisions{
    .name = "calfleet_host_mapper_decisions_total",
    .help = "Decisions about the mapping of a host, by the state they ended in.",
    .labels = {"state"}};
inline constexpr metrics::Definition kInvalidated{
    .name = "calfleet_host_mapper_invalidated_mappings_total",
    .help = "Mappings put away because their staff member left or was deactivated."};
inline constexpr metrics::Definition kSuperseded{
    .name = "calfleet_host_mapper_superseded_events_total",
    .help = "Events that found something newer and had no effect."};
inline constexpr metrics::Definition kIgnoredBranches{
    .name = "calfleet_host_mapper_ignored_branches_total",
    .help = "Events whose branch is none of their company's; the booking was kept without it."};
inline constexpr metrics::Definition kFutureClaims{
    .name = "calfleet_host_mapper_future_claims_total",
    .help =
        "Bookings that claim to be later than their event can tell: a clock upstream is wrong."};
inline constexpr metrics::Definition kNamelessHosts{
    .name = "calfleet_host_mapper_unidentified_hosts_total",
    .help = "Live bookings whose host has neither id nor address nor user name."};
inline constexpr metrics::Definition kMatching{
    .name = "calfleet_host_mapper_matching_duration_seconds",
    .kind = metrics::Kind::Histogram,
    .help = "Time to match one host against the staff of its company.",
    .buckets = kMatchingBuckets};

struct Metrics {
    /// Without a registry: counts nothing.
    Metrics() = default;
    explicit Metrics(metrics::Registry& registry);

    const metrics::Counter& assignment(std::string_view how) const;
    const metrics::Counter& decision(std::string_view state) const;

    metrics::Counter by_mapping, by_email, by_name, by_fuzzy, in_review, unmatched, none;
    metrics::Counter decided_active, decided_review, decided_unmatched;
    metrics::Counter invalidated, superseded, ignored_branches, future_claims, nameless_hosts;
    metrics::Histogram matching;
};

} // namespace calfleet::host_mapper
