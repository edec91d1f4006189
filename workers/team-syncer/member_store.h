#pragma once
// team-syncer's rows of people: staff as the matcher wants them, members and who they are. The
// transaction is open for the company.

#include "workers/team-syncer/links.h"

#include "common/calcom/team.h"
#include "common/matching/matcher.h"
#include "common/postgres/session.h"

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace calfleet::team_syncer {

postgres::Catalogue member_catalogue();

/// Of the company's staff, and who has an account.
struct StaffFacts {
    matching::Company staff;
    std::int64_t version{0};
    std::vector<std::pair<StaffId, calcom::UserId>> accounts; ///< of active staff
};
StaffFacts load_staff(postgres::Transaction& transaction, CompanyId company);

/// One answer per membership. staff_version: what the staff list was read at.
std::vector<LinkFacts> load_links(
    postgres::Transaction& transaction,
    CompanyId company,
    std::span<const calcom::Membership> members,
    std::int64_t staff_version
);

/// links: one per member. A link that a person decided meanwhile stays.
void write_members(
    postgres::Transaction& transaction,
    CompanyId company,
    std::span<const calcom::Membership> members,
    std::span<const Link> links,
    std::int64_t staff_version
);
void write_removed_members(
    postgres::Transaction& transaction,
    CompanyId company,
    calcom::TeamId team,
    std::span<const calcom::UserId> users
);
/// staff.calcom_user_id of whoever is linked for sure, has accepted and has none yet.
void write_accounts(
    postgres::Transaction& transaction,
    CompanyId company,
    std::span<const calcom::Membership> members,
    std::span<const Link> links
);

} // namespace calfleet::team_syncer
