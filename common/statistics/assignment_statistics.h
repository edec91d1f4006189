#pragma once
// How well bookings find their staff members: the same figures for `calfleet stats`, the metrics
// and the alerts.

#include "common/core/time.h"
#include "common/postgres/session.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace calfleet::statistics {

struct SourceShare {
    std::string source; ///< assignment of the appointments: mapping, email, name, fuzzy, manual,
                        ///< review, unmatched, none
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

    /// 0..1; nothing without bookings.
    std::optional<double> assignment_rate() const {
        if (bookings == 0) return std::nullopt;
        return static_cast<double>(assigned) / static_cast<double>(bookings);
    }
};

postgres::Catalogue statistics_catalogue();

/// Access: runtime (all companies, no personal data) or login. company: only that one.
AssignmentStatistics read_assignment_statistics(
    postgres::Transaction& transaction,
    std::chrono::seconds window,
    std::optional<std::int64_t> company = std::nullopt
);

} // namespace calfleet::statistics
