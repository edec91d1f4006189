#pragma once
// Why the matcher answers as it does: for whoever tunes a staff list or looks into a review.

#include "common/matching/matcher.h"

#include <string>
#include <string_view>
#include <vector>

namespace calfleet::matching {

/// One thing that was done to a name, and what it cost.
struct ExplainedStep {
    std::string code;
    int cost{0};
    std::string text;
};

/// One way to take the host's display name apart. Holds the host's name: personal data.
struct ExplainedReading {
    std::string words; ///< between blanks, as compared
    std::vector<ExplainedStep> steps;
    int cost{0};
};

/// How far a staff member's name is from the host's.
struct ExplainedCandidate {
    std::string staff_id;
    int distance{0};
    std::size_t reading{0}; ///< of the host's readings, the one that is nearest
    bool has_mailbox{false};
    std::vector<ExplainedStep> steps;
};

struct Explanation {
    Match match;
    std::vector<ExplainedReading> readings;
    std::vector<ExplainedCandidate> candidates; ///< the active ones, the nearest first, at most ten
    std::vector<std::string> needed;            ///< what would have to be true for a link
};

Explanation explain(const CompanyIndex& company, const Host& host, std::string_view branch);

/// What would have to be otherwise for the reason not to stand against a link; the reason's own
/// text where no sentence says it better.
std::string remedy(const Reason& reason);

} // namespace calfleet::matching
