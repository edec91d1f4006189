#include "workers/calfleet/mapping_sheet.h"

#include "workers/calfleet/csv.h"
#include "workers/calfleet/terminal_text.h"

#include "common/core/text.h"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

namespace calfleet::cli {
namespace {

constexpr std::array<std::string_view, 23> kColumns{
    "mapping",        "version",         "company",    "company_name",
    "host",           "host_name",       "host_email", "host_username",
    "event_type",     "branch",          "zone",       "state",
    "waiting",        "first_seen",      "last_seen",  "candidate",
    "candidate_name", "candidate_email", "source",     "score",
    "reasons",        "decision",        "why"};
constexpr std::size_t kMostComplaints = 20;
constexpr std::size_t kLongestWhy = 1000;

/// A letter in front: a spreadsheet would round a number of this length.
std::string version_of(Instant decided_at) {
    return "v" + std::to_string(decided_at.time_since_epoch().count());
}

std::optional<Instant> parse_version(std::string_view text) {
    if (!text.starts_with('v') && !text.starts_with('V')) return std::nullopt;
    const auto count = parse_int64(text.substr(1));
    if (!count || *count < 0) return std::nullopt;
    return Instant{Microseconds{*count}};
}

std::string text_of(const std::optional<std::string>& value) {
    return value ? visible(*value) : std::string();
}
std::string text_of(const std::optional<std::int64_t>& value) {
    return value ? std::to_string(*value) : std::string();
}
std::string text_of(const std::optional<Instant>& value) {
    return value ? format_instant(*value) : std::string();
}

class SheetReader {
public:
    explicit SheetReader(std::string_view text)
        : records_(text) {}

    Result<std::vector<SheetLine>> read() {
        auto heads = records_.next();
        if (!heads) return heads.error();
        if (!*heads)
            return invalid("the file is empty; calfleet mapping export writes one to fill in");
        if (const Result<> known = read_heads(**heads); !known) return known.error();
        std::vector<SheetLine> lines;
        for (;;) {
            auto record = records_.next();
            if (!record) return record.error();
            if (!*record) break;
            if (auto line = read_line(**record)) lines.push_back(std::move(*line));
        }
        if (mistakes_ != 0) return invalid(all_complaints());
        return lines;
    }

private:
    Result<> read_heads(const CsvRecord& heads) {
        for (std::size_t i = 0; i < heads.fields.size(); ++i) {
            std::string head = ascii_lower(trim(with_formula(heads.fields[i])));
            const bool known = std::find(kColumns.begin(), kColumns.end(), head) != kColumns.end();
            if (known && !column_.emplace(head, i).second)
                return invalid("line 1: column '" + head + "' stands twice");
            heads_.push_back(std::move(head));
        }
        for (const std::string_view required : {"mapping", "version", "decision"})
            if (!column_.contains(required))
                return invalid(
                    "line 1: column '" + std::string(required) + "' is missing" + meant(required)
                );
        return {};
    }

    std::string meant(std::string_view required) const {
        std::vector<std::string_view> strange;
        for (const std::string& head : heads_)
            if (!column_.contains(head)) strange.push_back(head);
        const std::string_view like = nearest(required, strange);
        return like.empty() ? "" : "; is '" + printable(like, 40) + "' that column?";
    }

    std::optional<SheetLine> read_line(const CsvRecord& record) {
        const std::string wish = field(record, "decision");
        if (wish.empty()) return std::nullopt;
        SheetLine line{.line = record.line};
        const auto number = parse_int64(field(record, "mapping"));
        if (number && *number > 0)
            line.decision.mapping = MappingId{*number};
        else
            complain(record, "mapping", "is no number of a mapping");
        if (const auto seen = parse_version(field(record, "version")))
            line.decision.seen = *seen;
        else
            complain(record, "version", "is no version; leave the column as it was exported");
        read_decision(record, wish, line.decision);
        line.decision.why = field(record, "why");
        if (line.decision.why.size() > kLongestWhy)
            complain(record, "why", "is longer than " + std::to_string(kLongestWhy) + " bytes");
        line.company = parse_int64(field(record, "company"));
        if (column_.contains("host")) line.host = field(record, "host");
        if (const auto [first, is_new] = lines_.emplace(line.decision.mapping.value, record.line);
            !is_new && number)
            complain(
                record,
                "mapping",
                "has a decision in line " + std::to_string(first->second) + " already; keep one"
            );
        return line;
    }

    void read_decision(const CsvRecord& record, const std::string& wish, SeenDecision& decision) {
        static constexpr std::string_view kAssign = "assign";
        const std::string word = ascii_lower(wish);
        if (word == "deactivate") {
            decision.verb = MappingVerb::PutAway;
        } else if (word == "approve") {
            decision.verb = MappingVerb::Approve;
            decision.staff = staff(field(record, "candidate"));
            if (!decision.staff)
                complain(record, "candidate", "names nobody to approve; write assign:STAFF");
        } else if (word.starts_with(kAssign)) {
            decision.verb = MappingVerb::Assign;
            std::string_view who = trim(std::string_view(word).substr(kAssign.size()));
            if (who.starts_with(':')) who = trim(who.substr(1));
            decision.staff = staff(who);
            if (!decision.staff)
                complain(record, "decision", "names no staff member; write assign:7 for number 7");
        } else {
            complain(
                record, "decision", "is none of approve, assign:STAFF, deactivate, and not empty"
            );
        }
    }

    static std::optional<StaffId> staff(std::string_view text) {
        const auto number = parse_int64(text);
        return number && *number > 0 ? std::optional(StaffId{*number}) : std::nullopt;
    }

    std::string field(const CsvRecord& record, std::string_view column) const {
        const auto found = column_.find(column);
        if (found == column_.end() || found->second >= record.fields.size()) return {};
        return with_formula(trim(record.fields[found->second]));
    }

    void complain(const CsvRecord& record, std::string_view column, const std::string& what) {
        if (++mistakes_ > kMostComplaints) return;
        complaints_ += "\n  line " + std::to_string(record.line) + ", " + std::string(column) +
                       ": '" + printable(field(record, column), 60) + "' " + what;
    }

    std::string all_complaints() const {
        return "the file has " + std::to_string(mistakes_) + " mistake" +
               (mistakes_ == 1 ? "" : "s") + "; nothing was changed" + complaints_ +
               (mistakes_ > kMostComplaints ? "\n  ..." : "");
    }

    CsvReader records_;
    std::vector<std::string> heads_;
    std::map<std::string, std::size_t, std::less<>> column_;
    std::unordered_map<std::int64_t, int> lines_; // by mapping
    std::string complaints_;
    std::size_t mistakes_{0};
};

} // namespace

std::string sheet_heads() {
    CsvWriter csv;
    for (const std::string_view column : kColumns)
        csv.add(column);
    csv.end_record();
    return "\xEF\xBB\xBF" + csv.take();
}

std::string sheet_record(const MappingDescription& mapping) {
    CsvWriter csv;
    csv.add(std::to_string(mapping.mapping.value));
    csv.add(version_of(mapping.decided_at));
    csv.add(std::to_string(mapping.company.value));
    csv.add(visible(mapping.company_name));
    csv.add(visible(mapping.host));
    csv.add(text_of(mapping.host_name));
    csv.add(text_of(mapping.host_email));
    csv.add(text_of(mapping.host_username));
    csv.add(text_of(mapping.event_type));
    csv.add(text_of(mapping.branch));
    csv.add(text_of(mapping.time_zone));
    csv.add(mapping.state);
    csv.add(std::to_string(mapping.waiting));
    csv.add(text_of(mapping.first_seen));
    csv.add(text_of(mapping.last_seen));
    csv.add(text_of(mapping.staff));
    csv.add(text_of(mapping.staff_name));
    csv.add(text_of(mapping.staff_email));
    csv.add(mapping.source);
    csv.add(std::to_string(mapping.score));
    csv.add(visible_lines(mapping.reasons));
    csv.add("");
    csv.add("");
    csv.end_record();
    return csv.take();
}

Result<std::vector<SheetLine>> parse_sheet(std::string_view text) {
    return SheetReader(text).read();
}

Verdict judge(const SheetLine& line, const std::optional<MappingFacts>& facts) {
    const bool is_another = facts && ((line.company && *line.company != facts->company.value) ||
                                      (line.host && *line.host != visible(facts->host)));
    if (is_another)
        return {
            Verdict::Kind::Refused,
            "mapping " + std::to_string(facts->mapping.value) + " is of company " +
                std::to_string(facts->company.value) + ", host '" + printable(facts->host, 60) +
                "', which is not what the line says; its columns were moved, export anew"};
    return judge(line.decision, facts);
}

} // namespace calfleet::cli
