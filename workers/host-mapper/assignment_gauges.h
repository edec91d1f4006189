#pragma once
// How well bookings find their staff members, as gauges: the figures of `calfleet stats`.

#include "common/core/result.h"
#include "common/metrics/registry.h"
#include "common/postgres/session.h"

#include <chrono>
#include <map>
#include <string>

namespace calfleet::host_mapper {

inline constexpr metrics::Definition kAssignmentRate{
    .name = "calfleet_assignment_rate_ratio",
    .kind = metrics::Kind::Gauge,
    .help = "Share of the live bookings written in the last hour that have a staff member; NaN "
            "without bookings."};
inline constexpr metrics::Definition kAssignedBookings{
    .name = "calfleet_assignment_bookings",
    .kind = metrics::Kind::Gauge,
    .help = "Live bookings written in the last hour, by how their staff member was found.",
    .labels = {"source"}};
inline constexpr metrics::Definition kConfidence{
    .name = "calfleet_assignment_confidence_score",
    .kind = metrics::Kind::Gauge,
    .help = "Mean score, 0 to 100, of the mappings behind those bookings; NaN without any.",
    .labels = {"source"}};
inline constexpr metrics::Definition kReviewQueue{
    .name = "calfleet_review_queue_hosts",
    .kind = metrics::Kind::Gauge,
    .help = "Cal.com hosts whose mapping waits for a person."};
inline constexpr metrics::Definition kUnmatchedHosts{
    .name = "calfleet_unmatched_hosts",
    .kind = metrics::Kind::Gauge,
    .help = "Cal.com hosts that match nobody of their company."};
inline constexpr metrics::Definition kUnmatchedBookings{
    .name = "calfleet_unmatched_bookings",
    .kind = metrics::Kind::Gauge,
    .help = "Live bookings of any age whose host matches nobody."};
inline constexpr metrics::Definition kOfInactiveStaff{
    .name = "calfleet_appointments_of_inactive_staff",
    .kind = metrics::Kind::Gauge,
    .help = "Live bookings still to come whose staff member is not active any more."};
inline constexpr metrics::Definition kCompaniesBelowTarget{
    .name = "calfleet_companies_below_assignment_target",
    .kind = metrics::Kind::Gauge,
    .help = "Companies with 20 live bookings or more written in the last 24 hours, fewer than 80 % "
            "of which have a staff member."};

/// Every process of the worker shows the same figures, for the whole fleet. One thread.
class AssignmentGauges {
public:
    static constexpr std::chrono::hours kWindow{1};
    static constexpr std::chrono::hours kCompanyWindow{24};

    explicit AssignmentGauges(metrics::Registry& registry);

    /// Reads the figures, across all companies, and sets the gauges.
    Result<> refresh(postgres::Session& session) const;
    /// The figure that looks at every company's bookings of a day: seldom.
    Result<> refresh_companies(postgres::Session& session) const;

private:
    struct Source {
        metrics::Gauge bookings;
        metrics::Gauge confidence;
    };
    metrics::Gauge rate_, review_queue_, unmatched_hosts_, unmatched_bookings_, of_inactive_staff_,
        companies_below_target_;
    std::map<std::string, Source, std::less<>> sources_;
};

} // namespace calfleet::host_mapper
