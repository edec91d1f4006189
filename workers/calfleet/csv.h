#pragma once
// Comma-separated values as spreadsheets write them (RFC 4180), with the line of every record.

#include "common/core/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace calfleet::cli {

struct CsvRecord {
    int line{0}; ///< where the record begins, counting from 1
    std::vector<std::string> fields;
};

/// Quoted fields with doubled quotes and line breaks inside; LF or CRLF; a UTF-8 byte-order mark is
/// skipped; empty lines are skipped. The separator is ',' or, when the first line has none, ';'
/// (what German spreadsheets write). Error Invalid names the line: an open quote, text behind a
/// closing quote, invalid UTF-8, a NUL byte.
Result<std::vector<CsvRecord>> parse_csv(std::string_view text);

} // namespace calfleet::cli
