#pragma once
// Comma-separated values as spreadsheets write them (RFC 4180), with the line of every record.

#include "common/core/result.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::cli {

struct CsvRecord {
    int line{0}; ///< where the record begins, counting from 1
    std::vector<std::string> fields;
};

/// Record by record, so that a long file takes no more memory than its text. Quoted fields with
/// doubled quotes and line breaks inside; LF or CRLF; a UTF-8 byte-order mark is skipped; empty
/// lines are skipped. The separator is ',' or, when the first line has none, ';' (what German
/// spreadsheets write). Error Invalid names the line: an open quote, text behind a closing quote,
/// invalid UTF-8, a NUL byte.
class CsvReader {
public:
    /// The text outlives the reader.
    explicit CsvReader(std::string_view text);
    /// Nothing at the end. After an error nothing more can be read.
    Result<std::optional<CsvRecord>> next();

private:
    Result<CsvRecord> parse_record();
    Result<std::string> parse_field();
    Result<std::string> parse_quoted();
    bool at_end_of_line() const;

    std::string_view text_;
    char separator_{','};
    std::size_t at_{0};
    int line_{1};
};
/// The whole text at once.
Result<std::vector<CsvRecord>> parse_csv(std::string_view text);

/// A spreadsheet takes a text that begins with = + - @, a tab or the like for a formula: such a
/// text, and one that has apostrophes or blanks before it, gets an apostrophe in front.
/// with_formula() is the way back, for every text.
std::string without_formula(std::string_view text);
std::string with_formula(std::string_view field);

/// Records as RFC 4180 has them, no text of which is a formula.
class CsvWriter {
public:
    void add(std::string_view text);
    void end_record();
    /// What was written since the last call.
    std::string take();

private:
    std::string text_;
    bool is_first_{true};
};

} // namespace calfleet::cli
