#include "workers/calfleet/csv.h"

#include "common/core/text.h"

#include <algorithm>

namespace calfleet::cli {
namespace {

class Parser {
public:
    explicit Parser(std::string_view text)
        : text_(text) {
        if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
        const std::string_view first_line = text_.substr(0, text_.find('\n'));
        if (first_line.find(',') == std::string_view::npos &&
            first_line.find(';') != std::string_view::npos)
            separator_ = ';';
    }

    Result<std::vector<CsvRecord>> parse() {
        std::vector<CsvRecord> records;
        while (at_ < text_.size()) {
            auto record = parse_record();
            if (!record) return record.error();
            const bool blank = record->fields.size() == 1 && record->fields.front().empty();
            if (!blank) records.push_back(std::move(*record));
        }
        return records;
    }

private:
    Error error(int line, const std::string& what) const {
        return invalid("line " + std::to_string(line) + ": " + what);
    }
    bool at_end_of_line() const {
        return at_ >= text_.size() || text_[at_] == '\n' || text_.substr(at_, 2) == "\r\n";
    }

    Result<CsvRecord> parse_record() {
        CsvRecord record{line_, {}};
        for (;;) {
            auto field = parse_field();
            if (!field) return field.error();
            if (!is_valid_utf8(*field))
                return error(
                    record.line,
                    "field " + std::to_string(record.fields.size() + 1) +
                        " is not UTF-8; save the file as UTF-8"
                );
            if (field->find('\0') != std::string::npos)
                return error(
                    record.line,
                    "field " + std::to_string(record.fields.size() + 1) + " has a NUL byte"
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

    Result<std::string> parse_field() {
        if (at_ < text_.size() && text_[at_] == '"') return parse_quoted();
        std::string field;
        while (!at_end_of_line() && text_[at_] != separator_)
            field.push_back(text_[at_++]);
        return field;
    }

    Result<std::string> parse_quoted() {
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
                    return error(
                        line_,
                        "text behind a closing quote; double the quotes inside a quoted field"
                    );
                return field;
            }
        }
        return error(opened, "a quote is opened and never closed");
    }

    std::string_view text_;
    char separator_{','};
    std::size_t at_{0};
    int line_{1};
};

} // namespace

Result<std::vector<CsvRecord>> parse_csv(std::string_view text) {
    return Parser(text).parse();
}

} // namespace calfleet::cli
