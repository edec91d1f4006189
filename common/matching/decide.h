#pragma once
// From the candidates to one decision: who comes first, who comes next, and whether the distance
// between the two is enough. Inside common/matching only.

#include "common/matching/evidence.h"

#include <string>

namespace calfleet::matching {

/// How much farther every colleague in scope must be before a link: a name written exactly as on
/// the record needs less than one that was read.
inline constexpr int kMarginOfExactName = 15;
inline constexpr int kMargin = 22;
/// One word and initials may be short for any fuller name.
inline constexpr int kMarginOfVagueName = 40;
/// The name of the mailbox's owner may be this much farther than a colleague's.
inline constexpr int kMailboxLead = 1;

Match nobody(std::string code, std::string text);

/// Decides among candidates of which at least one is active.
Match decide(const CompanyIndex& company, const FoldedHost& host, const Candidates& candidates);

/// No name: a mailbox or user name that is made of somebody's full name is worth a look.
Match decide_by_handle(const CompanyIndex& company, const FoldedHost& host);

} // namespace calfleet::matching
