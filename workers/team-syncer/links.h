#pragma once
// Which staff member a member of a Cal.com team is: what is known already, else a match of names
// and addresses. Pure.

#include "common/calcom/ids.h"
#include "common/core/ids.h"
#include "common/matching/matcher.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace calfleet::team_syncer {

enum class LinkState { Linked, Review, Unmatched };
std::string_view name(LinkState state); ///< "linked", as the column has it
LinkState link_state(std::string_view word);

struct Link {
    LinkState state{LinkState::Unmatched};
    std::optional<StaffId> staff{}; ///< linked, or the best candidate in review
    std::string source{"none"};     ///< mapping, email, name, fuzzy, none, manual, admin
    int score{0};                   ///< 0 to 100
    friend bool operator==(const Link&, const Link&) = default;
};

/// What the tables say about one Cal.com account of a company.
struct LinkFacts {
    /// The link of the same account, of any of its teams: a person's decision before others.
    std::optional<Link> known{};
    bool known_staff_active{false};
    /// It was decided against another staff list, or the account was called otherwise.
    bool known_is_outdated{false};
    /// host-mapper's active mapping, when its staff member is active.
    std::optional<Link> mapping{};
    /// The active staff member whose staff.calcom_user_id it is.
    std::optional<StaffId> account_of{};
    /// A person has decided about this host before: the most that may be done is to ask.
    bool person_decided{false};
};

/// Nothing: match.
///
/// known by a person, staff active     that link, for ever
/// known by a person, staff left       review: the decision stays visible, nobody is booked
/// mapping by a person                 linked by mapping
/// mapping, account of somebody else   review, candidate of the mapping
/// mapping                             linked by mapping
/// account of a staff member           linked by mapping
/// known and linked, staff active      that link
/// known, not linked, not outdated     that link
/// anything else                       match
std::optional<Link> known_link(const LinkFacts& facts);

/// person_decided: never more than a review.
Link link_of(const matching::Match& match, bool person_decided);

inline bool by_person(std::string_view source) {
    return source == "manual" || source == "admin";
}

/// Which account each staff member has: a second account of the same person is a question, never an
/// unattended link.
class TakenStaff {
public:
    /// Of what stands already: staff.calcom_user_id, and links that are kept.
    void take(StaffId staff, calcom::UserId user) { users_.try_emplace(staff, user); }
    /// Turns a fresh link to somebody who has another account into a review, else takes.
    Link settle(Link link, calcom::UserId user);

private:
    std::map<StaffId, calcom::UserId> users_;
};

} // namespace calfleet::team_syncer
