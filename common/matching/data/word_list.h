#pragma once
// Reads a word list of this folder and says what is wrong with it. Used when the tables are
// written, and by the tests; no program reads a list when it runs.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::matching {

/// One line: "word", or "left left: right right"; "left left:" has nothing on the right.
struct WordListEntry {
    std::size_t line{0};
    std::vector<std::string> left;
    std::vector<std::string> right; ///< empty in a list of words
};

/// A UTF-8 text file: lines of header ("# what: ", "# source: ", "# licence: ", "# date: ", each
/// with words behind it, and as many further lines "# ..." as it needs), then one entry a line,
/// sorted by bytes. Either no line has a colon (a list of words), or every line has one (a list of
/// groups).
struct WordList {
    std::string path;
    std::string what;
    std::string source;
    std::string licence;
    std::string date;
    bool has_groups{false};
    std::vector<WordListEntry> entries;
    /// "path:line: what is wrong, what to do"; the list is good when there is none.
    std::vector<std::string> complaints;
};

WordList read_word_list(std::string_view path, std::string_view text);

/// The name of the list's table: "kRoleWords" of ".../role_words.txt".
std::string table_name(std::string_view path);

} // namespace calfleet::matching
