#pragma once
// A staff list as a company hands it in: read, checked as a whole, every complaint with its line.

#include "common/core/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::cli {

struct StaffLine {
    std::string reference; ///< the company's own name for the person; unique in the file
    std::string name;
    std::optional<std::string> email;
    std::optional<std::string> branch;
    bool is_active{true};
};

/// Columns by their head, any order: reference, name, email, branch, is_active (yes/no, true/false,
/// 1/0; empty = yes). reference and name are required. Error Invalid lists every problem with its
/// line (the first twenty).
Result<std::vector<StaffLine>> parse_staff_file(std::string_view text);

} // namespace calfleet::cli
