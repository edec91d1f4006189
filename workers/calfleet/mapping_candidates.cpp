#include "workers/calfleet/mapping_candidates.h"

#include <algorithm>

namespace calfleet::cli {

std::vector<RankedStaff> rank_candidates(
    const std::vector<matching::StaffMember>& staff,
    const matching::Host& host,
    std::string_view branch,
    const std::optional<std::string>& proposed
) {
    std::vector<RankedStaff> ranked;
    for (const matching::StaffMember& member : staff) {
        // As if they were still there: the matcher proposes nobody who left.
        matching::StaffMember alone = member;
        alone.is_active = true;
        const matching::Match match =
            matching::match(matching::CompanyIndex({.staff = {std::move(alone)}}), host, branch);
        const bool is_proposed = proposed == member.id;
        if (match.decision == matching::Decision::None && !is_proposed) continue;
        RankedStaff& candidate = ranked.emplace_back();
        candidate.staff_id = member.id;
        candidate.score = match.score;
        candidate.is_proposed = is_proposed;
        for (const matching::Reason& reason : match.reasons)
            candidate.reasons.push_back((reason.in_favour ? "for: " : "against: ") + reason.text);
    }
    std::stable_sort(
        ranked.begin(),
        ranked.end(),
        [](const RankedStaff& left, const RankedStaff& right) {
            if (left.is_proposed != right.is_proposed) return left.is_proposed;
            return left.score > right.score;
        }
    );
    if (ranked.size() > kMostCandidates) ranked.resize(kMostCandidates);
    return ranked;
}

} // namespace calfleet::cli
