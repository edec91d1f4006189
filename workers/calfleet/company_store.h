#pragma once
// Companies and staff, as the operator changes them.

#include "workers/calfleet/staff_file.h"

#include "common/core/ids.h"
#include "common/postgres/session.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::cli {

postgres::Catalogue company_catalogue();

CompanyId add_company(
    postgres::Transaction& transaction,
    std::string_view name,
    std::string_view time_zone,
    int auto_threshold
);

struct CompanyRow {
    CompanyId id;
    std::string name;
    bool is_active{true};
    std::string time_zone;
    std::int64_t auto_threshold{0}, staff{0}, active_staff{0}, appointments{0};
};
std::vector<CompanyRow> list_companies(postgres::Transaction& transaction);

struct ImportResult {
    std::int64_t inserted{0}, updated{0}, deactivated{0}, unchanged{0}, branches_added{0},
        rematches_queued{0};
};

/// Inserts and updates by reference, adds branches that are new, and queues a rematch of every
/// waiting host when anything changed. Aborts with NotFound when there is no such company.
ImportResult import_staff(
    postgres::Transaction& transaction,
    CompanyId company,
    const std::vector<StaffLine>& lines,
    bool deactivate_missing
);

} // namespace calfleet::cli
