#pragma once
// Mappings for a spreadsheet, page by page, and a spreadsheet's decisions against what is there.

#include "workers/calfleet/mapping_decision_store.h"
#include "workers/calfleet/mapping_sheet.h"

#include "common/postgres/session.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace calfleet::cli {

postgres::Catalogue mapping_sheet_catalogue();

struct SheetFilter {
    std::optional<std::int64_t> company;
    std::optional<std::string> state; ///< nothing: all but inactive
};
/// Where the page before ended.
struct SheetPlace {
    CompanyId company{};
    MappingId mapping{};
};
/// The next mappings in the order (company, number), at most kSheetPage; empty at the end.
std::vector<MappingDescription>
next_page(postgres::Transaction& transaction, const SheetFilter& filter, const SheetPlace& behind);
inline constexpr std::int64_t kSheetPage = 1000;

/// One per line: its verdict, and how many appointments it would touch.
struct LineCheck {
    Verdict verdict;
    std::int64_t appointments{0};
};
std::vector<LineCheck>
check_lines(postgres::Transaction& transaction, std::span<const SheetLine> lines);

} // namespace calfleet::cli
