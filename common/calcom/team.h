#pragma once
// Who a key belongs to, the teams it sees, and their members.

#include "common/calcom/bounds.h"
#include "common/calcom/ids.h"
#include "common/core/result.h"
#include "common/json/value.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace calfleet::calcom {

/// The owner of a key. Names and addresses are personal data: never logged.
struct Me {
    UserId id;
    std::string email;
    std::string name;
    std::string username;
    std::string time_zone;
    std::optional<std::int64_t> organization;
};

struct Team {
    TeamId id;
    std::optional<TeamId> parent; ///< the organization it belongs to
    std::string name;
    std::string slug;
    std::string time_zone;
    bool is_organization{false};
};

struct Membership {
    enum class Role { Member, Admin, Owner, Other };
    MembershipId id;
    UserId user;
    TeamId team;
    bool accepted{false}; ///< false: invited
    Role role{Role::Member};
    std::string email;
    std::string name;
    std::string username;
};
std::string_view name(Membership::Role role); ///< "admin"

/// Error Invalid names the missing or wrong field; unknown ones are passed over, long names are cut
/// (bounds.h). Error Conflict: the list is longer than what is kept.
Result<Me> read_me(json::Value value);
Result<std::vector<Team>> read_teams(json::Value value);
Result<std::vector<Membership>> read_memberships(json::Value value);

/// Puts pages together. The server pages without an order and without a total: a membership may
/// come twice, and then another may have been passed over. So reading is complete when a page is
/// short, and certain only when no page overlapped.
class MembershipCollector {
public:
    /// Members so far asked for: the next page's `skip`.
    std::size_t next_skip() const { return received_; }
    bool complete() const { return complete_; }
    /// A membership came twice: one may be missing; read again before calling anybody gone.
    bool certain() const { return complete_ && received_ == members_.size(); }

    /// page_size: what was asked for. Error Invalid beyond kMostMemberships.
    Result<> add(std::vector<Membership> page, std::size_t page_size = kMembershipPage);
    /// By id.
    std::vector<Membership> take();

private:
    std::map<MembershipId, Membership> members_;
    std::size_t received_{0};
    bool complete_{false};
};

} // namespace calfleet::calcom
