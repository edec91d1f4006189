#pragma once
// What speaks for and against one candidate besides the distance of the names. Inside
// common/matching only.

#include "common/matching/candidates.h"

#include <string>
#include <string_view>
#include <vector>

namespace calfleet::matching {

/// What a piece of evidence weighs, in points of 100. Against: from here on it forbids an
/// unattended link; every contradiction does.
inline constexpr int kContradiction = 100;
inline constexpr int kMailboxWeight = 95;
inline constexpr int kNameWeight = 75;
inline constexpr int kHandleWeight = 10;
inline constexpr int kBranchWeight = 5;

/// Collects the evidence of one decision.
class Case {
public:
    void for_it(std::string code, int weight, std::string text) {
        reasons_.push_back({true, std::move(code), std::move(text), weight});
    }
    /// weight: by how much, where the reason is one of degree.
    void against(std::string code, std::string text, int weight = kContradiction) {
        contradicted_ = true;
        reasons_.push_back({false, std::move(code), std::move(text), weight});
    }
    bool contradicted() const { return contradicted_; }
    std::vector<Reason> take() { return std::move(reasons_); }

private:
    std::vector<Reason> reasons_;
    bool contradicted_{false};
};

/// The candidate's id in quotes, for reasons.
std::string named(const FoldedStaff& staff);

/// What host mailbox and user name say about the candidate, when the mailbox is not theirs.
void weigh_handles(
    const CompanyIndex& company, const FoldedHost& host, const Candidate& candidate, Case& found
);

/// What the display name says against linking anybody: several people, a substitute, a room
/// beside.
void weigh_display_name(
    const CompanyIndex& company, const FoldedHost& host, const Candidate& candidate, Case& found
);

} // namespace calfleet::matching
