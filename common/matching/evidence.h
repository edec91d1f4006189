#pragma once
// The folded staff, and what speaks for and against each of them. Inside
// common/matching only.

#include "common/matching/mailbox.h"
#include "common/matching/matcher.h"
#include "common/matching/name_agreement.h"

#include <string>
#include <vector>

namespace calfleet::matching {

struct FoldedStaff {
    std::string id;
    bool is_active{true};
    std::string branch; ///< folded
    DisplayName name;
    Mailbox mailbox;
};

/// Words of a branch name, folded for comparing.
std::string fold_branch(std::string_view branch);

struct FoldedHost {
    DisplayName name;
    Mailbox mailbox;
    std::string username;       ///< empty when missing or "unknown"
    std::string branch;         ///< folded; of the booking
    bool name_is_handle{false}; ///< "amueller": a user name in the place of a name
};

FoldedHost fold_host(const Host& host, std::string_view branch);

/// One staff member as a possible answer.
struct Candidate {
    const FoldedStaff* staff{nullptr};
    NameAgreement name{};
    bool has_mailbox{false}; ///< the host's mailbox is this person's
    bool same_branch{false};
    bool other_branch{false}; ///< both branches are known and differ
};

struct Evidence {
    const CompanyIndex& company;
    const FoldedHost& host;
    std::vector<Candidate> active;
    std::vector<Candidate> departed; ///< only those who share the mailbox or the name
};

Evidence gather(const CompanyIndex& company, const FoldedHost& host);

/// Collects the reasons of one decision; a reason against forbids an unattended
/// link.
class Case {
public:
    void for_it(std::string code, std::string text) {
        reasons_.push_back({true, std::move(code), std::move(text)});
    }
    void against(std::string code, std::string text) {
        contradicted_ = true;
        reasons_.push_back({false, std::move(code), std::move(text)});
    }
    bool contradicted() const { return contradicted_; }
    std::vector<Reason> take() { return std::move(reasons_); }

private:
    std::vector<Reason> reasons_;
    bool contradicted_{false};
};

/// What host mailbox and user name say against the candidate, when the mailbox
/// is not theirs.
void weigh_handles(const Evidence& evidence, const Candidate& candidate, Case& found);

/// What the display name says against linking anybody: several people, a
/// substitute, a room beside.
void weigh_display_name(const Evidence& evidence, const Candidate& candidate, Case& found);

} // namespace calfleet::matching
