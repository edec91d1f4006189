#pragma once
// The folded staff and host, and how near each of the staff is to the host. Inside common/matching
// only.

#include "common/matching/mailbox.h"
#include "common/matching/matcher.h"
#include "common/matching/name_distance.h"
#include "common/matching/staff_words.h"

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
    Distance name{};
    bool has_mailbox{false};    ///< the host's mailbox is this person's
    bool shares_mailbox{false}; ///< and an active colleague's
    bool same_branch{false};
    bool other_branch{false}; ///< both branches are known and differ
    bool named_branch{false}; ///< the host's name says that this is where they work
};

struct Candidates {
    std::vector<Candidate> active;   ///< who has the mailbox or is near by name
    std::vector<Candidate> departed; ///< the same of those who left
};

Candidates gather(const CompanyIndex& company, const FoldedHost& host);

} // namespace calfleet::matching
