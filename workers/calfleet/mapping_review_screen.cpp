// The half of mapping_review.h that is looked at.

#include "workers/calfleet/listing.h"
#include "workers/calfleet/mapping_review.h"
#include "workers/calfleet/terminal_text.h"

#include "common/core/text.h"

#include <sstream>

namespace calfleet::cli {
namespace {

constexpr std::size_t kLongestValue = 120;
constexpr std::size_t kMostHistory = 30;

std::string printed(std::string_view value) {
    return visible(value, kLongestValue);
}
std::string printed_or_dash(const std::optional<std::string>& value) {
    return value && !value->empty() ? printed(*value) : "-";
}

Cell cell(const std::optional<std::string>& text) {
    return text ? Cell{*text} : Cell{};
}

/// To the minute: a person compares days.
std::string moment(const std::optional<Instant>& instant) {
    if (!instant) return "-";
    std::string text = format_instant(*instant).substr(0, 16);
    text[10] = ' ';
    return text;
}

void add_table(std::vector<std::string>& lines, const std::vector<Candidate>& candidates) {
    Listing listing{
        .columns = {"key", "staff", "name", "mailbox", "branch", "active", "score", "appointments"},
        .rows = {},
        .empty_text = "nobody of the company looks like this host; a finds somebody by name"};
    for (std::size_t i = 0; i < candidates.size() && i < 9; ++i) {
        const Candidate& each = candidates[i];
        listing.add(
            {static_cast<std::int64_t>(i + 1),
             each.staff.value,
             each.name,
             cell(each.email),
             cell(each.branch),
             std::string(each.is_active ? "yes" : "has left"),
             each.is_proposed || each.score > 0 ? Cell{each.score} : Cell{},
             each.appointments}
        );
    }
    std::ostringstream table;
    print_table(listing, table);
    const std::string text = std::move(table).str();
    for (const std::string_view line : split(trim(text), '\n'))
        lines.emplace_back(line);
}

void add_card(std::vector<std::string>& lines, const HostCard& card) {
    lines.push_back(
        "Host      " + printed_or_dash(card.name) + "   " + printed_or_dash(card.email) +
        "   user name " + printed_or_dash(card.username) + "   key " + printed(card.host)
    );
    lines.push_back(
        "Bookings  " + std::to_string(card.waiting) + " wait   event type " +
        printed_or_dash(card.event_type) + "   branch " + printed_or_dash(card.branch) +
        "   zone " + printed_or_dash(card.time_zone)
    );
    lines.push_back(
        "Seen      " + moment(card.first_seen) + " to " + moment(card.last_seen) + " UTC"
    );
    for (std::size_t i = 0; i < card.reasons.size(); ++i)
        lines.push_back((i == 0 ? "Why       " : "          ") + printed(card.reasons[i]));
    lines.emplace_back();
    add_table(lines, card.candidates);
    for (std::size_t i = 0; i < card.candidates.size() && i < 9; ++i) {
        // Of the one that was proposed the decision itself says more, above.
        if (card.candidates[i].is_proposed && !card.reasons.empty()) continue;
        std::string line = "  " + std::to_string(i + 1) + "  ";
        for (const std::string& reason : card.candidates[i].reasons)
            line += (line.ends_with(' ') ? "" : "; ") + reason;
        lines.push_back(printed(line));
    }
}

} // namespace

std::vector<std::string> ReviewWalk::screen() const {
    std::vector<std::string> lines;
    if (!card_) {
        if (!notice_.empty()) lines.push_back(notice_);
        return lines;
    }
    lines.push_back(
        std::to_string(place_ + 1) + " of " + std::to_string(queue_.size()) + "   mapping " +
        std::to_string(card_->mapping.value) + ", " + card_->state + "   company " +
        std::to_string(card_->company.value) + ' ' + printed(card_->company_name)
    );
    std::string prompt;
    switch (mode_) {
    case Mode::Card:
        add_card(lines, *card_);
        prompt =
            "1-9 link   a another   s skip   d put away   u undo   h history   ? help   q quit";
        break;
    case Mode::Typing:
        add_card(lines, *card_);
        prompt = "Name, mailbox or number (Enter finds, Esc leaves): " + visible(typed_);
        break;
    case Mode::Choosing:
        lines.push_back(
            "Host      " + printed_or_dash(card_->name) + "   " + printed_or_dash(card_->email)
        );
        lines.emplace_back();
        add_table(lines, found_);
        prompt = "1-9 link   a find others   any other key: back";
        break;
    case Mode::Reading:
        for (std::size_t i = reading_.size() > kMostHistory ? reading_.size() - kMostHistory : 0;
             i < reading_.size();
             ++i)
            lines.push_back(visible(reading_[i]));
        prompt = "any key: back";
        break;
    }
    lines.emplace_back();
    if (!notice_.empty()) lines.push_back(notice_);
    lines.push_back(std::move(prompt));
    return lines;
}

} // namespace calfleet::cli
