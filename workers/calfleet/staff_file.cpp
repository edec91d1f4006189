#include "workers/calfleet/staff_file.h"

#include "workers/calfleet/csv.h"

#include "common/core/text.h"

#include <algorithm>
#include <array>
#include <map>

namespace calfleet::cli {
namespace {

constexpr std::array<std::string_view, 5> kColumns{
    "reference", "name", "email", "branch", "is_active"};
constexpr std::size_t kLongestField = 200;
constexpr std::size_t kMostComplaints = 20;

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) {
        return c < 0x80 ? static_cast<char>(std::tolower(c)) : static_cast<char>(c);
    });
    return result;
}

std::optional<bool> parse_truth(std::string_view text) {
    const std::string word = lower(trim(text));
    if (word.empty() || word == "yes" || word == "true" || word == "1" || word == "ja") return true;
    if (word == "no" || word == "false" || word == "0" || word == "nein") return false;
    return std::nullopt;
}

class Reader {
public:
    Result<std::vector<StaffLine>> read(std::string_view text) {
        const auto records = parse_csv(text);
        if (!records) return records.error();
        if (records->empty())
            return invalid("the file is empty; its first line must name the columns: "
                           "reference,name,email,branch,is_active");
        if (const Result<> heads = read_heads(records->front()); !heads) return heads.error();
        std::vector<StaffLine> lines;
        for (std::size_t i = 1; i < records->size(); ++i)
            lines.push_back(read_line((*records)[i]));
        if (!complaints_.empty()) return invalid(all_complaints());
        if (lines.empty()) return invalid("the file has a head but no staff");
        return lines;
    }

private:
    Result<> read_heads(const CsvRecord& heads) {
        for (std::size_t i = 0; i < heads.fields.size(); ++i) {
            const std::string head = lower(trim(heads.fields[i]));
            if (std::find(kColumns.begin(), kColumns.end(), head) == kColumns.end()) {
                const auto meant = nearest(head, {kColumns.begin(), kColumns.end()});
                return invalid(
                    "line 1: '" + printable(head, 40) + "' is no column" +
                    (meant.empty() ? "" : "; did you mean '" + std::string(meant) + "'?") +
                    " Known: reference, name, email, branch, is_active"
                );
            }
            if (!column_.emplace(head, i).second)
                return invalid("line 1: column '" + head + "' stands twice");
        }
        for (const std::string_view required : {"reference", "name"})
            if (!column_.contains(std::string(required)))
                return invalid("line 1: column '" + std::string(required) + "' is missing");
        return {};
    }

    StaffLine read_line(const CsvRecord& record) {
        if (record.fields.size() != column_.size())
            complain(
                record.line,
                "has " + std::to_string(record.fields.size()) + " fields, the head has " +
                    std::to_string(column_.size())
            );
        StaffLine line;
        line.reference = field(record, "reference");
        line.name = field(record, "name");
        if (line.reference.empty()) complain(record.line, "reference is empty");
        if (line.name.empty()) complain(record.line, "name is empty");
        if (const auto email = field(record, "email"); !email.empty()) {
            if (email.find('@') == std::string::npos || email.find(' ') != std::string::npos)
                complain(record.line, "email: '" + printable(email, 60) + "' is no address");
            line.email = email;
        }
        if (auto branch = field(record, "branch"); !branch.empty()) line.branch = std::move(branch);
        const std::string active = field(record, "is_active");
        if (const auto truth = parse_truth(active))
            line.is_active = *truth;
        else
            complain(
                record.line, "is_active: '" + printable(active, 40) + "' is neither yes nor no"
            );
        if (const auto [first, added] = references_.emplace(line.reference, record.line); !added)
            complain(
                record.line,
                "reference '" + printable(line.reference, 60) + "' stands in line " +
                    std::to_string(first->second) + " already"
            );
        return line;
    }

    std::string field(const CsvRecord& record, const char* column) {
        const auto found = column_.find(column);
        if (found == column_.end() || found->second >= record.fields.size()) return {};
        std::string value(trim(record.fields[found->second]));
        const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7F; };
        if (std::any_of(value.begin(), value.end(), is_control))
            complain(
                record.line,
                std::string(column) + ": '" + printable(value, 60) +
                    "' has a line break or another control character"
            );
        if (value.size() > kLongestField)
            complain(
                record.line,
                std::string(column) + " is longer than " + std::to_string(kLongestField) + " bytes"
            );
        return value;
    }

    void complain(int line, std::string what) {
        complaints_.push_back("line " + std::to_string(line) + ": " + std::move(what));
    }

    std::string all_complaints() const {
        std::string text = "the file has " + std::to_string(complaints_.size()) + " problem" +
                           (complaints_.size() == 1 ? "" : "s") + "; nothing was imported";
        for (std::size_t i = 0; i < complaints_.size() && i < kMostComplaints; ++i)
            text += "\n  " + complaints_[i];
        if (complaints_.size() > kMostComplaints) text += "\n  ...";
        return text;
    }

    std::map<std::string, std::size_t> column_;
    std::map<std::string, int> references_;
    std::vector<std::string> complaints_;
};

} // namespace

Result<std::vector<StaffLine>> parse_staff_file(std::string_view text) {
    return Reader{}.read(text);
}

} // namespace calfleet::cli
