#include "common/matching/name_distance.h"

#include "common/matching/native_names.h"
#include "common/matching/vocabulary.h"
#include "common/matching/word_pairing.h"
#include "common/matching/word_step.h"

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

namespace calfleet::matching {
namespace {

/// Longer names are not joined in every way.
constexpr std::size_t kMostJoined = 6;
/// Words that differ by more are no spellings of one another.
constexpr std::size_t kMostLonger = 4;
constexpr int kMostOtherLetters = 6;

/// The mailbox has the word between its dots and digits.
bool holds_word(std::string_view mailbox, std::string_view word) {
    const auto is_letter_at = [&](std::size_t at) {
        return at < mailbox.size() && mailbox[at] >= 'a' && mailbox[at] <= 'z';
    };
    for (auto at = mailbox.find(word); at != std::string_view::npos;
         at = mailbox.find(word, at + 1))
        if ((at == 0 || !is_letter_at(at - 1)) && !is_letter_at(at + word.size())) return true;
    return false;
}

/// A word without a partner that the record's mailbox knows.
bool mailbox_knows(std::string_view mailbox, const Token& token) {
    return std::any_of(token.forms.begin(), token.forms.end(), [&](const auto& form) {
        return form.size() >= 3 && holds_word(mailbox, form);
    });
}

/// Words without a partner that nothing excuses.
class Loose {
public:
    std::size_t size() const { return end_ - begin_; }
    bool empty() const { return size() == 0; }
    std::size_t operator[](std::size_t at) const { return places_[begin_ + at]; }
    std::size_t front() const { return places_[begin_]; }
    void add(std::size_t place) { places_[end_++] = static_cast<std::uint8_t>(place); }
    void drop_front() { ++begin_; }

private:
    std::array<std::uint8_t, kMostCompared> places_{};
    std::size_t begin_{0};
    std::size_t end_{0};
};

template <class IsPaired>
Loose loose_words(
    const std::vector<Token>& tokens, IsPaired is_paired, bool vietnamese, bool added, Steps& steps
) {
    Loose loose;
    for (std::size_t i = 0; i < std::min(tokens.size(), kMostCompared); ++i) {
        if (is_paired(i)) continue;
        const auto& token = tokens[i];
        if ((token.is_optional || token.is_title_like) && !vietnamese)
            steps.add(token.is_title_like || !added ? Step::SmallWord : Step::SmallWordAdded);
        else if (token.is_patronymic && tokens.size() >= 3)
            steps.add(Step::Patronymic);
        else
            loose.add(i);
    }
    return loose;
}

bool is_vietnamese(const std::vector<Token>& tokens) {
    return std::any_of(tokens.begin(), tokens.end(), [](const Token& t) {
        return t.is_vietnamese_family;
    });
}

void add_generations(const PersonName& host, const PersonName& staff, Steps& steps) {
    if (host.marks == staff.marks) return;
    steps.add(
        host.marks.empty()    ? Step::GenerationMissing
        : staff.marks.empty() ? Step::GenerationAdded
                              : Step::GenerationDiffers
    );
}

void add_titles(const PersonName& host, const PersonName& staff, Steps& steps) {
    if (host.has_doctorate && !staff.has_doctorate) steps.add(Step::TitleAdded);
    if (!host.has_doctorate && staff.has_doctorate) steps.add(Step::TitleMissing);
}

/// The loose words of both sides that the record's mailbox explains.
void explain_by_mailbox(
    const PersonName& host, std::string_view mailbox, Loose& of_host, Loose& of_staff, Steps& steps
) {
    while (!of_host.empty() && !of_staff.empty()) {
        const auto at = of_host.front();
        if (!mailbox_knows(mailbox, host.tokens[at])) return;
        const bool given = of_staff.front() == 0;
        steps.add(given ? Step::ShortForm : Step::NameInMailbox);
        of_host.drop_front();
        of_staff.drop_front();
    }
}

Distance measure(const PersonName& host, const PersonName& staff, std::string_view mailbox) {
    Distance found;
    const auto pairing = pair_words(host.tokens, staff.tokens);
    found.given_equal =
        pairing.of_host.front() == 0 && !host.tokens.front().is_initial && host.tokens.size() > 1;
    auto steps = pairing.steps;
    found.of_word = pairing.of_word;
    const bool vietnamese = is_vietnamese(host.tokens) && is_vietnamese(staff.tokens);
    const auto host_is_paired = [&](std::size_t i) { return pairing.of_host[i] != kNobody; };
    const auto staff_is_paired = [&](std::size_t i) { return pairing.staff_paired[i]; };
    auto of_host = loose_words(host.tokens, host_is_paired, vietnamese, true, steps);
    auto of_staff = loose_words(staff.tokens, staff_is_paired, vietnamese, false, steps);
    auto strong = pairing.strong;
    found.given_differs = pairing.given_differs;
    found.vague = host.main_words() == 1 ||
                  std::any_of(host.tokens.begin(), host.tokens.end(), [](const Token& t) {
                      return t.is_initial;
                  });
    found.a_word_is_shared = strong > 0;
    if (!mailbox.empty()) {
        const auto before = of_host.size();
        explain_by_mailbox(host, mailbox, of_host, of_staff, steps);
        strong += before - of_host.size();
    }
    if (strong == 0 || pairing.strong == 0) {
        // One word that the mailbox knows is still a first name.
        if (strong == 0 || host.tokens.size() > 1) return found;
    }
    const auto both = std::min(of_host.size(), of_staff.size());
    for (std::size_t i = 0; i < both; ++i) {
        const bool initials =
            host.tokens[of_host[i]].is_initial && staff.tokens[of_staff[i]].is_initial;
        steps.add(initials ? Step::GenerationDiffers : Step::OtherWord);
    }
    const auto add_rest = [&](const std::vector<Token>& tokens, const Loose& loose, Step step) {
        for (std::size_t i = both; i < loose.size(); ++i)
            steps.add(tokens[loose[i]].is_initial ? Step::MiddleInitial : step);
    };
    add_rest(host.tokens, of_host, Step::WordAdded);
    add_rest(staff.tokens, of_staff, Step::WordMissing);
    found.single_word = host.main_words() == 1 && !of_staff.empty();
    if (found.single_word || (staff.tokens.size() == 1 && host.tokens.size() > 1))
        steps.add(Step::OnlyOneWord);
    const auto order = order_step(pairing, host, staff);
    if (!host.family_first || order == Step::SwappedNames) steps.add(order);
    add_generations(host, staff, steps);
    add_titles(host, staff, steps);
    steps.add(host.steps);
    found.steps = steps;
    found.cost = steps.cost();
    return found;
}

/// The two neighbours as one word: "Anna-Lena" as "Annalena", 小明 as Xiaoming.
PersonName with_joined(const PersonName& name, std::size_t at) {
    PersonName joined = name;
    auto& word = joined.tokens[at];
    const auto& next = name.tokens[at + 1];
    word.exact += next.exact;
    word.native += next.native;
    word.is_initial = false;
    word.is_optional = false;
    word.may_hold |= next.may_hold;
    word.listed = is_native(word) ? listed_name(word.native) : nullptr;
    word.facts.clear();
    for (std::size_t i = 0; i < word.forms.size(); ++i) {
        if (!next.forms.empty()) word.forms[i] += next.forms[std::min(i, next.forms.size() - 1)];
        auto& facts = word.facts.emplace_back();
        facts.key = loose_key(word.forms[i]);
        facts.natives = spelled_natives(word.forms[i]);
        facts.letters = letters_of(word.forms[i]);
    }
    joined.tokens.erase(joined.tokens.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    joined.steps.add(Step::JoinedWords);
    return joined;
}

/// Not even the lengths fit: joining cannot help.
std::size_t length_of(const PersonName& name) {
    std::size_t length = 0;
    for (const auto& token : name.tokens)
        length += token.forms.empty() ? 0 : token.forms.front().size();
    return length;
}

/// Joining helps only where a word of the other name begins like the first of the two.
bool may_begin(const Token& word, const Token& begin) {
    const auto letter = [](const Token& token) {
        return letters_of(std::string_view{token.forms.front()}.substr(0, 1)) | token.may_begin;
    };
    if (word.forms.empty() || begin.forms.empty()) return false;
    return word.listed || begin.listed || (letter(word) & letter(begin)) != 0;
}

bool may_begin_a_word_of(const PersonName& other, const Token& begin) {
    return std::any_of(other.tokens.begin(), other.tokens.end(), [&](const Token& word) {
        return may_begin(word, begin);
    });
}

/// And in Latin letters only where the two are about as long together and hold about the same.
bool may_be_a_word_of(const PersonName& other, const Token& first, const Token& second) {
    if (first.forms.empty() || second.forms.empty()) return false;
    const auto length = first.forms.front().size() + second.forms.front().size();
    const auto letters = first.facts.front().letters | second.facts.front().letters;
    return std::any_of(other.tokens.begin(), other.tokens.end(), [&](const Token& word) {
        if (!may_begin(word, first)) return false;
        if (is_native(word) || is_native(first) || is_native(second)) return true;
        const auto other_length = word.forms.front().size();
        return length <= other_length + kMostLonger && other_length <= length + kMostLonger &&
               std::popcount(letters ^ word.facts.front().letters) <= kMostOtherLetters;
    });
}

void keep_if_nearer(Distance& best, const Distance& other) {
    if (other.cost < best.cost) best = other;
}

void join_words(
    const PersonName& host, const PersonName& staff, std::string_view mailbox, Distance& best
) {
    const auto a = length_of(host);
    const auto b = length_of(staff);
    const std::size_t unwritten =
        is_native(host.tokens.front()) != is_native(staff.tokens.front()) ? 8 : 3;
    if (a > b + unwritten || b > a + unwritten) return;
    if (host.tokens.size() > kMostJoined || staff.tokens.size() > kMostJoined) return;
    const bool more_in_staff = staff.tokens.size() > host.tokens.size();
    const auto& longer = more_in_staff ? staff : host;
    if (staff.tokens.size() == host.tokens.size() && longer.tokens.size() < 3) return;
    const auto compare = [&](const PersonName& joined) {
        if (more_in_staff) {
            auto found = measure(host, joined, mailbox);
            if (!found.near()) return;
            found.steps.add(joined.steps);
            found.cost = found.steps.cost();
            keep_if_nearer(best, found);
        } else {
            auto found = measure(joined, staff, mailbox);
            found.words_joined = true;
            keep_if_nearer(best, found);
        }
    };
    const auto& shorter = more_in_staff ? host : staff;
    for (std::size_t i = 0; i + 1 < longer.tokens.size(); ++i) {
        const bool one_word = may_be_a_word_of(shorter, longer.tokens[i], longer.tokens[i + 1]);
        // Two double names ("Anna Lena Meyer Landrut"), or three words ("de la Tour").
        const bool three = longer.tokens.size() <= 5 && i + 2 < longer.tokens.size();
        if (!one_word && !(three && may_begin_a_word_of(shorter, longer.tokens[i]))) continue;
        const auto once = with_joined(longer, i);
        if (one_word) compare(once);
        for (std::size_t j = i; three && j + 1 < once.tokens.size(); ++j)
            if (may_be_a_word_of(shorter, once.tokens[j], once.tokens[j + 1]))
                compare(with_joined(once, j));
    }
}

/// The host has so many words more than the record that the two cannot be near, however the others
/// fit.
bool has_too_many_words(const PersonName& host, const PersonName& staff) {
    const auto words = std::count_if(host.tokens.begin(), host.tokens.end(), [](const Token& t) {
        return !t.is_initial && !t.is_optional && !t.is_title_like && !t.is_patronymic;
    });
    const std::ptrdiff_t joined = host.tokens.size() > kMostJoined ? 0 : 2;
    const auto more = words - joined - static_cast<std::ptrdiff_t>(staff.tokens.size());
    return more * rule(Step::WordAdded).cost >= kFar;
}

} // namespace

Distance distance(const PersonName& host, const PersonName& staff, std::string_view mailbox) {
    if (host.tokens.empty() || staff.tokens.empty() || has_too_many_words(host, staff)) {
        return {};
    }
    auto best = measure(host, staff, mailbox);
    if (best.cost > rule(Step::MarksDropped).cost) join_words(host, staff, mailbox, best);
    return best;
}

Distance distance(const DisplayName& host, const DisplayName& staff, std::string_view mailbox) {
    Distance best;
    bool first = true;
    for (std::size_t i = 0; i < host.readings.size(); ++i) {
        for (std::size_t j = 0; j < staff.readings.size(); ++j) {
            auto found = distance(host.readings[i], staff.readings[j], mailbox);
            found.host_reading = i;
            found.staff_reading = j;
            if (first || found.cost < best.cost) best = found;
            first = false;
        }
    }
    return best;
}

} // namespace calfleet::matching
