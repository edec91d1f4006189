#include "workers/calfleet/mapping_review.h"

#include "workers/calfleet/terminal_text.h"

#include "common/core/text.h"

#include <algorithm>
#include <utility>

namespace calfleet::cli {
namespace {

constexpr std::size_t kLongestTyped = 200;

bool is_digit(char32_t character) {
    return character >= U'1' && character <= U'9';
}

void append_utf8(std::string& text, char32_t character) {
    const auto byte = [&](char32_t bits) {
        text.push_back(static_cast<char>(static_cast<unsigned char>(bits)));
    };
    if (character < 0x80) {
        byte(character);
    } else if (character < 0x800) {
        byte(0xC0 | character >> 6);
        byte(0x80 | (character & 0x3F));
    } else if (character < 0x10000) {
        byte(0xE0 | character >> 12);
        byte(0x80 | (character >> 6 & 0x3F));
        byte(0x80 | (character & 0x3F));
    } else {
        byte(0xF0 | character >> 18);
        byte(0x80 | (character >> 12 & 0x3F));
        byte(0x80 | (character >> 6 & 0x3F));
        byte(0x80 | (character & 0x3F));
    }
}

void remove_last_character(std::string& text) {
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80)
        text.pop_back();
    if (!text.empty()) text.pop_back();
}

std::string count(std::int64_t number, std::string_view thing) {
    return std::to_string(number) + ' ' + std::string(thing) + (number == 1 ? "" : "s");
}

} // namespace

ReviewWalk::ReviewWalk(std::vector<MappingId> queue, std::string why)
    : queue_(std::move(queue))
    , why_(std::move(why)) {}

Wish ReviewWalk::begin() {
    return show();
}

Wish ReviewWalk::show() {
    card_.reset();
    mode_ = Mode::Card;
    if (place_ >= queue_.size()) return {.kind = Wish::Kind::Leave};
    return {.kind = Wish::Kind::Show, .mapping = queue_[place_]};
}

Wish ReviewWalk::leave() {
    card_.reset();
    notice_.clear();
    return {.kind = Wish::Kind::Leave};
}

Wish ReviewWalk::go_on() {
    ++place_;
    return show();
}

std::optional<Wish> ReviewWalk::shown(std::optional<HostCard> card) {
    if (card) {
        card_ = std::move(card);
        return std::nullopt;
    }
    if (!notice_.empty()) notice_ += "  ";
    notice_ += "Mapping " + std::to_string(queue_[place_].value) + " waits no longer; going on.";
    return go_on();
}

std::optional<Wish> ReviewWalk::press(const Key& key) {
    if (key.kind == Key::Kind::End) return leave();
    notice_.clear();
    switch (mode_) {
    case Mode::Card:
        return press_in_card(key);
    case Mode::Typing:
        return press_in_text(key);
    case Mode::Choosing:
        if (key.kind == Key::Kind::Character && is_digit(key.character))
            return choose(found_, key.character, false);
        if (key.kind == Key::Kind::Character && key.character == U'a') {
            typed_.clear();
            mode_ = Mode::Typing;
            return std::nullopt;
        }
        break;
    case Mode::Reading:
        break;
    }
    mode_ = Mode::Card;
    return std::nullopt;
}

std::optional<Wish> ReviewWalk::press(std::string_view line) {
    std::string_view text = trim(line);
    if (mode_ == Mode::Typing) {
        typed_ = text;
        return press(Key{.kind = Key::Kind::Enter});
    }
    if (text.empty()) {
        if (mode_ != Mode::Card) mode_ = Mode::Card;
        return std::nullopt;
    }
    const char32_t character = take_character(text);
    if (text.empty()) return press(Key{.character = character});
    notice_ = "One key a line; nothing was done.";
    return std::nullopt;
}

std::optional<Wish> ReviewWalk::press_in_card(const Key& key) {
    if (key.kind != Key::Kind::Character) return std::nullopt;
    if (is_digit(key.character)) return choose(card_->candidates, key.character, true);
    switch (key.character) {
    case U'a':
        typed_.clear();
        mode_ = Mode::Typing;
        return std::nullopt;
    case U's':
        ++skipped_;
        return go_on();
    case U'd':
        return put_away();
    case U'u':
        return undo();
    case U'h':
        return Wish{.kind = Wish::Kind::History, .mapping = card_->mapping};
    case U'q':
        return leave();
    case U'?':
        mode_ = Mode::Reading;
        reading_ = {
            "1 to 9  link the host to that candidate; its appointments go with it",
            "a       another: type part of a name or mailbox, or a staff member's number",
            "s       skip: the host goes on waiting",
            "d       put away: nobody for now; the host's next booking asks again",
            "u       undo the last decision of this walk, again and again",
            "h       history: every decision about this host",
            "q       quit; what was decided stands"};
        return std::nullopt;
    default:
        notice_ = "That key does nothing here; ? explains.";
        return std::nullopt;
    }
}

std::optional<Wish> ReviewWalk::press_in_text(const Key& key) {
    switch (key.kind) {
    case Key::Kind::Character:
        if (typed_.size() < kLongestTyped && !is_invisible(key.character))
            append_utf8(typed_, key.character);
        return std::nullopt;
    case Key::Kind::Backspace:
        remove_last_character(typed_);
        return std::nullopt;
    case Key::Kind::Enter:
        mode_ = Mode::Card;
        if (trim(typed_).empty()) return std::nullopt;
        return Wish{
            .kind = Wish::Kind::Find, .mapping = card_->mapping, .text = std::string(trim(typed_))};
    case Key::Kind::Escape:
    case Key::Kind::End:
        break;
    }
    mode_ = Mode::Card;
    return std::nullopt;
}

std::optional<Wish>
ReviewWalk::choose(const std::vector<Candidate>& among, char32_t digit, bool own) {
    const std::size_t index = static_cast<std::size_t>(digit - U'1');
    if (index >= among.size()) {
        notice_ = "There is no number " + std::to_string(index + 1) + " here.";
        return std::nullopt;
    }
    const Candidate& chosen = among[index];
    if (!chosen.is_active) {
        notice_ = "Staff member " + std::to_string(chosen.staff.value) +
                  " has left; a host is linked only to somebody who is active.";
        return std::nullopt;
    }
    const bool approves = own && chosen.is_proposed && card_->state == "review";
    under_way_ = "linked to staff member " + std::to_string(chosen.staff.value);
    return Wish{
        .kind = Wish::Kind::Decide,
        .mapping = card_->mapping,
        .decision = {
            .mapping = card_->mapping,
            .seen = card_->seen,
            .verb = approves ? MappingVerb::Approve : MappingVerb::Assign,
            .staff = chosen.staff,
            .why = why_}};
}

std::optional<Wish> ReviewWalk::put_away() {
    under_way_ = "put away";
    return Wish{
        .kind = Wish::Kind::Decide,
        .mapping = card_->mapping,
        .decision = {
            .mapping = card_->mapping,
            .seen = card_->seen,
            .verb = MappingVerb::PutAway,
            .why = why_}};
}

std::optional<Wish> ReviewWalk::undo() {
    if (steps_.empty()) {
        notice_ = "Nothing was decided in this walk that could be undone.";
        return std::nullopt;
    }
    is_undoing_ = true;
    return Wish{
        .kind = Wish::Kind::Undo,
        .mapping = queue_[steps_.back().place],
        .decision = {.mapping = queue_[steps_.back().place], .why = why_}};
}

std::optional<Wish> ReviewWalk::decided(std::int64_t appointments) {
    notice_ = "Mapping " + std::to_string(queue_[place_].value) + ' ' + under_way_ + ", " +
              count(appointments, "appointment") + " moved; u takes it back.";
    steps_.push_back({place_, under_way_});
    ++decided_;
    return go_on();
}

std::optional<Wish> ReviewWalk::undone(std::int64_t appointments) {
    is_undoing_ = false;
    const Step step = std::move(steps_.back());
    steps_.pop_back();
    ++undone_;
    --decided_;
    place_ = step.place;
    notice_ = "Mapping " + std::to_string(queue_[place_].value) + " is no longer " + step.what +
              ", " + count(appointments, "appointment") + " put back.";
    return show();
}

std::optional<Wish> ReviewWalk::refused(const std::string& why_not) {
    notice_ = "Not done: " + visible(why_not) + '.';
    // What cannot be undone now never can be: somebody has decided again.
    if (std::exchange(is_undoing_, false)) steps_.pop_back();
    return show();
}

void ReviewWalk::found(std::vector<Candidate> staff) {
    found_ = std::move(staff);
    mode_ = Mode::Choosing;
    if (!found_.empty()) return;
    mode_ = Mode::Card;
    notice_ = "Nobody of this company is called '" + visible(typed_) + "'.";
}

void ReviewWalk::told(std::vector<std::string> history) {
    reading_ = std::move(history);
    mode_ = Mode::Reading;
}

std::string ReviewWalk::summary() const {
    const std::size_t left = queue_.size() - std::min(place_, queue_.size());
    return std::to_string(decided_) + " decided, " + std::to_string(skipped_) + " skipped, " +
           std::to_string(undone_) + " undone; " + std::to_string(left) + " not looked at";
}

} // namespace calfleet::cli
