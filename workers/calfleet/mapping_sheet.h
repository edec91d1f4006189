#pragma once
// Mappings as a spreadsheet: what is written for people to fill in, and what they have filled in,
// read line by line and checked as a whole: pure.

#include "workers/calfleet/mapping_description_store.h"
#include "workers/calfleet/mapping_verdict.h"

#include "common/core/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::cli {

/// UTF-8 with a byte-order mark (which spreadsheets look for), RFC 4180, the heads alone.
std::string sheet_heads();
/// One record; decision and why are empty. What cannot be seen is written out, as in tables.
std::string sheet_record(const MappingDescription& mapping);

/// A line with a decision.
struct SheetLine {
    int line{0};
    SeenDecision decision{};
    std::optional<std::int64_t> company{}; ///< as the line says, to be compared
    std::optional<std::string> host{};
};

/// Lines without a decision are left out. Columns by their heads, in any order; `mapping`,
/// `version` and `decision` are required, others than those of sheet_heads() are passed over.
/// Error Invalid lists every mistake with its line and column (the first twenty). Keeps little
/// beside the lines with decisions.
Result<std::vector<SheetLine>> parse_sheet(std::string_view text);

/// The line against what is there: judge(), and whether the mapping is of the host of the line.
Verdict judge(const SheetLine& line, const std::optional<MappingFacts>& facts);

} // namespace calfleet::cli
