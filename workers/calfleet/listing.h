#pragma once
// Rows and columns on their way to a person (aligned table) or a program (JSON).

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace calfleet::cli {

/// std::monostate is an absent value: "-" in a table, null in JSON.
using Cell = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

struct Listing {
    std::vector<std::string>
        columns; ///< snake_case: JSON member names, and table heads with blanks
    std::vector<std::vector<Cell>> rows;
    std::string empty_text{"nothing found"}; ///< instead of a table without rows
    bool single{false}; ///< one thing shown as "name  value" lines, and as one JSON object

    void add(std::vector<Cell> row) { rows.push_back(std::move(row)); }
};

/// Columns are padded by display width: combining marks count 0, East Asian wide characters and
/// emoji 2. Numbers are right-aligned. Control characters in values are made visible, so that no
/// value can move the cursor.
void print_table(const Listing& listing, std::ostream& out);
/// An array of objects, or one object for a single listing; then a newline.
void print_json(const Listing& listing, std::ostream& out);
/// One object with a member for each part.
void print_json(const std::vector<std::pair<std::string, Listing>>& parts, std::ostream& out);

/// Columns a terminal uses for this UTF-8 text.
int display_width(std::string_view text);

} // namespace calfleet::cli
