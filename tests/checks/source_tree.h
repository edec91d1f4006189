#pragma once
// The repository as the checks see it: its files, by path, with their text.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::checks {

struct SourceFile {
    std::string path; ///< from the root, with '/'
    std::string text;

    bool is_cpp() const { return path.ends_with(".cpp") || path.ends_with(".h"); }
    bool is_header() const { return path.ends_with(".h"); }
    bool is_under(std::string_view folder) const;
};

/// Every text file below the top-level folders the project has, plus the root's own files; build
/// trees and what git keeps are left out. Read once.
const std::vector<SourceFile>& source_tree();

std::optional<std::string> text_of(std::string_view path);
bool exists(std::string_view path);
/// Names of the folders directly below one, sorted.
std::vector<std::string> folders_in(std::string_view folder);

/// The line's code without what follows "//".
std::string_view without_comment(std::string_view line);

/// "path:12 what is wrong", one a line, for a failure message.
using Violations = std::vector<std::string>;
std::string listed(const Violations& violations);
std::string at(const SourceFile& file, std::size_t line, std::string_view what);

} // namespace calfleet::checks
