#pragma once
// Who of a company's staff a host could be, best first, for a person who has to choose: pure.

#include "common/matching/matcher.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::cli {

struct RankedStaff {
    std::string staff_id;
    int score{0}; ///< of the matcher for this person alone
    bool is_proposed{false};
    std::vector<std::string> reasons{}; ///< "for: ..." and "against: ..."
};

inline constexpr std::size_t kMostCandidates = 9;

/// The proposed one first, then whoever the matcher finds plausible when it knows nobody else, by
/// score; at most kMostCandidates. What speaks against a link because of a colleague (a namesake)
/// is in the audit of the decision, not here. People who left are among them: a person must see
/// that it was them.
std::vector<RankedStaff> rank_candidates(
    const std::vector<matching::StaffMember>& staff,
    const matching::Host& host,
    std::string_view branch,
    const std::optional<std::string>& proposed
);

} // namespace calfleet::cli
