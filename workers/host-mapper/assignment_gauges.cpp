#include "workers/host-mapper/assignment_gauges.h"

#include "common/statistics/assignment_statistics.h"

#include <limits>

namespace calfleet::host_mapper {
namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

} // namespace

AssignmentGauges::AssignmentGauges(metrics::Registry& registry)
    : rate_(registry.gauge(kAssignmentRate))
    , review_queue_(registry.gauge(kReviewQueue))
    , unmatched_hosts_(registry.gauge(kUnmatchedHosts))
    , unmatched_bookings_(registry.gauge(kUnmatchedBookings))
    , of_inactive_staff_(registry.gauge(kOfInactiveStaff))
    , companies_below_target_(registry.gauge(kCompaniesBelowTarget)) {
    for (const std::string_view source :
         {"mapping", "email", "name", "fuzzy", "manual", "review", "unmatched", "none"})
        sources_[std::string(source)] = {
            registry.gauge(kAssignedBookings, {source}), registry.gauge(kConfidence, {source})};
    rate_.set(kNothing);
}

Result<> AssignmentGauges::refresh(postgres::Session& session) const {
    const auto read =
        session.transact(postgres::Access::runtime(), [](postgres::Transaction& transaction) {
            return statistics::read_assignment_statistics(transaction, kWindow);
        });
    if (!read) return read.error();
    rate_.set(read->assignment_rate().value_or(kNothing));
    review_queue_.set(static_cast<double>(read->review_queue));
    unmatched_hosts_.set(static_cast<double>(read->unmatched_hosts));
    unmatched_bookings_.set(static_cast<double>(read->unmatched_bookings));
    of_inactive_staff_.set(static_cast<double>(read->of_inactive_staff));
    for (const auto& [source, gauges] : sources_) {
        gauges.bookings.set(0);
        gauges.confidence.set(kNothing);
    }
    for (const statistics::SourceShare& share : read->by_source) {
        const auto gauges = sources_.find(share.source);
        if (gauges == sources_.end()) continue;
        gauges->second.bookings.set(static_cast<double>(share.bookings));
        gauges->second.confidence.set(share.mean_confidence.value_or(kNothing));
    }
    return {};
}

Result<> AssignmentGauges::refresh_companies(postgres::Session& session) const {
    const auto read =
        session.transact(postgres::Access::runtime(), [](postgres::Transaction& transaction) {
            return statistics::read_worst_companies(transaction, kCompanyWindow, 1);
        });
    if (!read) return read.error();
    companies_below_target_.set(static_cast<double>(read->below_target));
    return {};
}

} // namespace calfleet::host_mapper
