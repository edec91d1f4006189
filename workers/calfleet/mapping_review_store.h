#pragma once
// What a person is shown of the hosts that wait, and of the staff whom they could be.

#include "workers/calfleet/mapping_review.h"

#include "common/matching/matcher.h"
#include "common/postgres/session.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::cli {

postgres::Catalogue mapping_review_catalogue();

struct ReviewFilter {
    std::optional<std::int64_t> company;
    std::string state{"review"}; ///< review or unmatched
    std::int64_t limit{1000};
};
/// The mappings in that state; those for which most bookings wait come first.
std::vector<MappingId> review_queue(postgres::Transaction& transaction, const ReviewFilter& filter);

/// A card with everything but its candidates; nothing when the mapping is not in that state.
std::optional<HostCard>
review_card(postgres::Transaction& transaction, MappingId mapping, std::string_view state);

/// Somebody of the company, as a person sees them.
struct StaffEntry {
    StaffId staff;
    std::string name;
    std::optional<std::string> email, branch;
    bool is_active{false};
    std::optional<std::int64_t> branch_number{};
};
/// All of the company's.
std::vector<StaffEntry> list_staff(postgres::Transaction& transaction, CompanyId company);

/// Those with this number, or whose name and mailbox have every word of the text in them whatever
/// the case, active ones first; as many as there are keys for.
std::vector<StaffEntry>
find_staff(postgres::Transaction& transaction, CompanyId company, std::string_view text);

} // namespace calfleet::cli
