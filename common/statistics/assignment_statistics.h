#pragma once
// How well bookings find their staff members: the same figures for `calfleet stats`, the metrics
// and the alerts.

#include "common/core/ids.h"
#include "common/core/time.h"
#include "common/postgres/session.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace calfleet::statistics {

struct SourceShare {
    /// How the staff member was found: email, name, fuzzy as the host's mapping was; mapping: a
    /// person linked the host; manual: a person gave the booking away; review, unmatched, none.
    std::string source;
    std::int64_t bookings{0};
    std::optional<double> mean_confidence; ///< score of the hosts' current mappings, 0..100
};

struct AssignmentStatistics {
    std::int64_t bookings{0};           ///< live ones (pending, accepted) written within the window
    std::int64_t assigned{0};           ///< those with a staff member
    std::vector<SourceShare> by_source; ///< most first
    std::int64_t unmatched_bookings{0}; ///< live, of any age, whose host matched nobody
    std::int64_t review_queue{0};       ///< hosts waiting for a person
    std::int64_t unmatched_hosts{0};
    std::optional<Instant> oldest_review;
    /// Live ones still to come whose staff member is not active any more.
    std::int64_t of_inactive_staff{0};

    /// 0..1; nothing without bookings.
    std::optional<double> assignment_rate() const {
        if (bookings == 0) return std::nullopt;
        return static_cast<double>(assigned) / static_cast<double>(bookings);
    }
};

/// A company with fewer bookings than these within the window tells nothing by its rate.
inline constexpr std::int64_t kLeastBookings = 20;
/// Share of a company's live bookings that should have a staff member.
inline constexpr double kAssignmentTarget = 0.8;

struct CompanyRate {
    CompanyId company;
    std::int64_t bookings{0}, assigned{0};
};
struct WorstCompanies {
    std::int64_t below_target{0};       ///< of those with enough bookings
    std::vector<CompanyRate> companies; ///< lowest rate first
};

postgres::Catalogue statistics_catalogue();

/// Access: runtime (all companies, no personal data) or login. company: only that one.
AssignmentStatistics read_assignment_statistics(
    postgres::Transaction& transaction,
    std::chrono::seconds window,
    std::optional<std::int64_t> company = std::nullopt
);

/// Of companies with at least kLeastBookings live bookings written within the window, however large
/// or small the others are. Access: runtime or login.
WorstCompanies read_worst_companies(
    postgres::Transaction& transaction, std::chrono::seconds window, std::int64_t limit
);

} // namespace calfleet::statistics
