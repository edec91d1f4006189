#include "workers/calfleet/mapping_history_text.h"

#include "common/json/parser.h"

namespace calfleet::cli {
namespace {

std::string text_in(const json::Value& row, std::string_view name) {
    const auto member = row.find(name);
    const auto text = member ? member->as_text() : std::nullopt;
    return text ? std::string(*text) : std::string();
}

void add(std::string& line, std::string_view separator, const std::string& text) {
    if (!text.empty()) line.append(separator).append(text);
}

/// What the row says: its state, whose it is, what the account is called.
void add_row(std::string& line, const std::string& document) {
    json::Parser parser;
    const auto row = parser.parse(document);
    if (!row) return;
    add(line, ": ", text_in(*row, "state"));
    if (const auto staff = row->find("staff_id"); staff && staff->as_int64())
        add(line, ", staff member ", std::to_string(*staff->as_int64()));
    add(line, ", ", text_in(*row, "host_name"));
    add(line, " ", text_in(*row, "host_email"));
    add(line, ", now ", text_in(*row, "account_name"));
    add(line, ", now ", text_in(*row, "account_email"));
}

void add_reasons(std::string& line, const std::string& document) {
    json::Parser parser;
    const auto reasons = parser.parse(document);
    if (!reasons || !reasons->is_array()) return;
    for (const json::Value reason : reasons->elements()) {
        if (const auto text = reason.as_text()) {
            add(line, " ", std::string(*text));
            continue;
        }
        const auto in_favour = reason.find("in_favour");
        const bool is_for = in_favour && in_favour->as_bool().value_or(false);
        add(line, is_for ? " for: " : " against: ", text_in(reason, "text"));
    }
}

} // namespace

std::string told_in_a_line(const AuditRow& audit) {
    std::string at = format_instant(audit.at).substr(0, 16);
    at[10] = ' ';
    std::string line = at + "  " + audit.action + " by " + audit.actor;
    if (audit.after) add_row(line, *audit.after);
    line += " (" + audit.source + ' ' + std::to_string(audit.score) + ").";
    add_reasons(line, audit.reasons);
    return line;
}

} // namespace calfleet::cli
