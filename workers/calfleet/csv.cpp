#include "workers/calfleet/csv.h"

#include "common/core/text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace calfleet::cli {
namespace {

/// What a spreadsheet takes for the beginning of a formula, or cuts off to find one; the last four
/// are the full-width forms.
constexpr std::array<std::string_view, 11> kFormulaStarts{
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "\xEF\xBC\x9D",
    "\xEF\xBC\x8B",
    "\xEF\xBC\x8D",
    "\xEF\xBC\xA0"};

bool looks_like_formula(std::string_view text) {
    while (text.starts_with('\'') || text.starts_with(' '))
        text.remove_prefix(1);
    return std::any_of(kFormulaStarts.begin(), kFormulaStarts.end(), [&](std::string_view start) {
        return text.starts_with(start);
    });
}

Error at_line(int line, const std::string& what) {
    return invalid("line " + std::to_string(line) + ": " + what);
}

} // namespace

CsvReader::CsvReader(std::string_view text)
    : text_(text) {
    if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
    const std::string_view first_line = text_.substr(0, text_.find('\n'));
    if (first_line.find(',') == std::string_view::npos &&
        first_line.find(';') != std::string_view::npos)
        separator_ = ';';
}

Result<std::optional<CsvRecord>> CsvReader::next() {
    while (at_ < text_.size()) {
        auto record = parse_record();
        if (!record) return record.error();
        const bool blank = record->fields.size() == 1 && record->fields.front().empty();
        if (!blank) return std::optional(std::move(*record));
    }
    return std::optional<CsvRecord>();
}

bool CsvReader::at_end_of_line() const {
    return at_ >= text_.size() || text_[at_] == '\n' || text_.substr(at_, 2) == "\r\n";
}

Result<CsvRecord> CsvReader::parse_record() {
    CsvRecord record{line_, {}};
    for (;;) {
        auto field = parse_field();
        if (!field) return field.error();
        if (!is_valid_utf8(*field))
            return at_line(
                record.line,
                "field " + std::to_string(record.fields.size() + 1) +
                    " is not UTF-8; save the file as UTF-8"
            );
        if (field->find('\0') != std::string::npos)
            return at_line(
                record.line, "field " + std::to_string(record.fields.size() + 1) + " has a NUL byte"
            );
        record.fields.push_back(std::move(*field));
        if (at_ < text_.size() && text_[at_] == separator_) {
            ++at_;
            continue;
        }
        break;
    }
    if (at_ < text_.size() && text_[at_] == '\r') ++at_;
    if (at_ < text_.size()) ++at_;
    ++line_;
    return record;
}

Result<std::string> CsvReader::parse_field() {
    if (at_ < text_.size() && text_[at_] == '"') return parse_quoted();
    std::string field;
    while (!at_end_of_line() && text_[at_] != separator_)
        field.push_back(text_[at_++]);
    return field;
}

Result<std::string> CsvReader::parse_quoted() {
    const int opened = line_;
    std::string field;
    for (++at_; at_ < text_.size(); ++at_) {
        if (text_[at_] == '\n') ++line_;
        if (text_[at_] != '"') {
            field.push_back(text_[at_]);
        } else if (text_.substr(at_, 2) == "\"\"") {
            field.push_back('"');
            ++at_;
        } else {
            ++at_;
            if (!at_end_of_line() && text_[at_] != separator_)
                return at_line(
                    line_, "text behind a closing quote; double the quotes inside a quoted field"
                );
            return field;
        }
    }
    return at_line(opened, "a quote is opened and never closed");
}

Result<std::vector<CsvRecord>> parse_csv(std::string_view text) {
    CsvReader reader(text);
    std::vector<CsvRecord> records;
    for (;;) {
        auto record = reader.next();
        if (!record) return record.error();
        if (!*record) return records;
        records.push_back(std::move(**record));
    }
}

std::string without_formula(std::string_view text) {
    return looks_like_formula(text) ? "'" + std::string(text) : std::string(text);
}

std::string with_formula(std::string_view field) {
    if (field.starts_with('\'') && looks_like_formula(field)) field.remove_prefix(1);
    return std::string(field);
}

void CsvWriter::add(std::string_view text) {
    if (!is_first_) text_.push_back(',');
    is_first_ = false;
    const std::string field = without_formula(text);
    if (field.find_first_of(",;\"\r\n") == std::string::npos && trim(field) == field) {
        text_ += field;
        return;
    }
    text_.push_back('"');
    for (const char byte : field) {
        if (byte == '"') text_.push_back('"');
        text_.push_back(byte);
    }
    text_.push_back('"');
}

void CsvWriter::end_record() {
    text_ += "\r\n";
    is_first_ = true;
}

std::string CsvWriter::take() {
    return std::exchange(text_, {});
}

} // namespace calfleet::cli
