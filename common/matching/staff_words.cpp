#include "common/matching/staff_words.h"

#include "common/matching/vocabulary.h"
#include "common/matching/word_step.h"

#include <algorithm>
#include <bit>
#include <bitset>
#include <limits>
#include <tuple>

namespace calfleet::matching {
namespace {

constexpr std::uint16_t kNone = std::numeric_limits<std::uint16_t>::max();
/// Of a host's name; more are not looked at.
constexpr std::size_t kMostWords = 16;

std::uint32_t hash(std::string_view text) {
    std::uint32_t value = 2'166'136'261U;
    for (const char c : text)
        value = (value ^ static_cast<unsigned char>(c)) * 16'777'619U;
    return value;
}

bool has_guessed_vowels(Script script) {
    return script == Script::Other || script == Script::Indic;
}

/// The consonants of a word as consonant_skeleton() classes them.
std::uint32_t consonants(std::uint32_t letters) {
    static constexpr std::string_view kFrom = "bcdfgjqvwxz";
    static constexpr std::string_view kTo = "pctpkckvvks";
    std::uint32_t classes = letters & letters_of("klmnprst");
    for (std::size_t i = 0; i < kFrom.size(); ++i)
        if ((letters & letters_of(kFrom.substr(i, 1))) != 0)
            classes |= letters_of(kTo.substr(i, 1));
    return classes;
}

/// Without a call for every pair of words.
constexpr bool has_at_most(std::uint32_t bits, std::size_t most) {
    for (std::size_t i = 0; i < most; ++i)
        bits &= bits - 1;
    return bits == 0;
}

bool may_hold(std::uint32_t outer, std::uint32_t inner) {
    return (inner & ~outer) == 0;
}

} // namespace

StaffWords::Entry&
StaffWords::add_word(std::uint32_t place, std::string_view word, std::string_view key) {
    entries_.push_back(
        {.letters = letters_of(word),
         .beginnings = letters_of(word.substr(0, 1)),
         .key = hash(key),
         .exact = hash(word),
         .place = place,
         .native = kNone,
         .group = kNone,
         .length = static_cast<std::uint8_t>(std::min<std::size_t>(word.size(), 255)),
         .word = 0}
    );
    return entries_.back();
}

void StaffWords::add_token(std::uint32_t place, const Token& token) {
    for (std::size_t i = 0; i < token.forms.size(); ++i) {
        const auto& facts = token.facts[i];
        auto& entry = add_word(place, token.forms[i], facts.key);
        entry.guessed_vowels = has_guessed_vowels(token.script);
        if (!facts.natives.empty()) entry.native = facts.natives.front();
        const auto whole = entry;
        for (std::size_t at = 0; at < facts.groups.size(); ++at) {
            if (at > 0) entries_.push_back(whole);
            entries_.back().group = facts.groups[at] / 2;
        }
    }
    if (token.listed)
        for (std::size_t i = 0; i < token.listed->spellings.size(); ++i)
            add_word(place, token.listed->spellings[i], token.listed->keys[i]).is_listed = true;
    if (token.may_begin == 0) return;
    auto& native = add_word(place, "", "");
    native.letters = token.may_hold;
    native.beginnings = token.may_begin;
    native.is_native = true;
}

void StaffWords::add(std::uint32_t place, const DisplayName& name, const Mailbox& mailbox) {
    const auto from = entries_.size();
    bool alone = false;
    for (const auto& reading : name.readings) {
        alone |= reading.main_words() < 2;
        for (const auto& token : reading.tokens)
            add_token(place, token);
    }
    if (mailbox) {
        owners_.push_back({hash(mailbox.key), place});
        const auto words =
            mailbox.is_role ? std::vector<std::string>{} : read_handle(mailbox.local).words;
        for (const auto& word : words)
            if (word.size() >= 3) add_word(place, word, loose_key(word));
    }
    for (auto at = from; at < entries_.size(); ++at)
        entries_[at].is_alone = alone;
}

void StaffWords::finish() {
    std::sort(owners_.begin(), owners_.end(), [](const Owner& a, const Owner& b) {
        return a.key != b.key ? a.key < b.key : a.place < b.place;
    });
    // A name's readings share their words.
    const auto facts = [](const Entry& e) {
        return std::tuple{
            e.place, e.word, e.letters, e.key, e.group, e.length, e.is_native, e.is_listed};
    };
    std::sort(entries_.begin(), entries_.end(), [&](const Entry& a, const Entry& b) {
        return facts(a) < facts(b);
    });
    const auto last =
        std::unique(entries_.begin(), entries_.end(), [&](const Entry& a, const Entry& b) {
            return facts(a) == facts(b);
        });
    entries_.erase(last, entries_.end());
    entries_.shrink_to_fit();
    owners_.shrink_to_fit();
}

StaffWords::HostWords StaffWords::words_of(const DisplayName& host) {
    StaffWords own;
    std::vector<std::string_view> seen;
    for (const auto& reading : host.readings) {
        for (const auto& token : reading.tokens) {
            const bool known = std::find(seen.begin(), seen.end(), token.exact) != seen.end();
            if (token.is_initial || known || seen.size() == kMostWords) continue;
            const auto from = own.entries_.size();
            own.add_token(0, token);
            for (auto at = from; at < own.entries_.size(); ++at)
                own.entries_[at].word = static_cast<std::uint8_t>(seen.size());
            seen.push_back(token.exact);
        }
    }
    own.finish();
    HostWords words;
    for (const auto& entry : own.entries_) {
        (entry.is_listed ? words.listed : words.fuzzy).push_back(entry);
        if (!entry.is_native) words.keys.set(entry.key % words.keys.size());
    }
    return words;
}

bool StaffWords::may_be(const Entry& entry, const Entry& word) {
    if (entry.is_native || word.is_native) {
        // Two native words meet in their romanised spellings.
        if (entry.is_native == word.is_native) return false;
        const auto& native = entry.is_native ? entry : word;
        const auto& latin = entry.is_native ? word : entry;
        return (native.beginnings & latin.beginnings) != 0 &&
               may_hold(native.letters, latin.letters);
    }
    if (entry.native != kNone && entry.native == word.native) return true;
    if ((entry.guessed_vowels || word.guessed_vowels) &&
        consonants(entry.letters) == consonants(word.letters))
        return true;
    const auto longer = std::max(entry.length, word.length);
    const auto shorter = std::min(entry.length, word.length);
    const auto errors = likely_errors(longer);
    return longer <= shorter + errors && has_at_most(entry.letters ^ word.letters, 2 * errors);
}

bool StaffWords::may_be_part(const Entry& entry, const Entry& word) {
    if (entry.group != kNone && entry.group == word.group) return true;
    const auto& [longer, shorter] =
        entry.length < word.length ? std::tie(word, entry) : std::tie(entry, word);
    return shorter.length >= 3 && may_hold(longer.letters, shorter.letters) &&
           (word.beginnings == entry.beginnings || word.length > entry.length);
}

bool StaffWords::may_go_along(const Entry& entry, const Entry& word) {
    if (entry.group != kNone && entry.group == word.group) return true;
    return (entry.beginnings & word.beginnings) != 0 ||
           has_at_most(entry.letters ^ word.letters, 4);
}

Places StaffWords::near(const DisplayName& host) const {
    // One word, or one and initials: whoever has the word.
    const bool is_vague =
        std::any_of(host.readings.begin(), host.readings.end(), [](const PersonName& reading) {
            return std::count_if(reading.tokens.begin(), reading.tokens.end(), [](const Token& t) {
                       return !t.is_optional && !t.is_initial;
                   }) < 2;
        });
    return near_words(words_of(host), is_vague);
}

std::uint32_t StaffWords::agreeing(const Entry& entry, const HostWords& host, bool is_vague) {
    std::uint32_t words = 0;
    const auto bit = [](const Entry& word) { return std::uint32_t{1} << word.word; };
    if (!entry.is_native && host.keys.test(entry.key % host.keys.size())) {
        for (const auto* list : {&host.fuzzy, &host.listed})
            for (const auto& word : *list)
                if (!word.is_native && word.key == entry.key) words |= bit(word);
    }
    if (entry.is_listed) return words;
    for (const auto& word : host.fuzzy)
        if (may_be(entry, word) || (is_vague && may_be_part(entry, word))) words |= bit(word);
    return words;
}

Places StaffWords::near_words(const HostWords& host, bool is_vague) const {
    Places places;
    for (std::size_t from = 0, to = 0; from < entries_.size(); from = to) {
        std::uint32_t words = 0; // one bit a word of the host
        for (to = from; to < entries_.size() && entries_[to].place == entries_[from].place; ++to)
            words |= agreeing(entries_[to], host, is_vague);
        if (words == 0) continue;
        const bool one_is_enough = is_vague || entries_[from].is_alone;
        for (auto at = from; at < to && !one_is_enough; ++at) {
            for (const auto& word : host.fuzzy)
                if (may_go_along(entries_[at], word)) words |= std::uint32_t{1} << word.word;
        }
        if (one_is_enough || std::popcount(words) >= 2) places.push_back(entries_[from].place);
    }
    return places;
}

Places StaffWords::within(const Handle& handle) const {
    constexpr std::size_t kMostLetters = 40;
    constexpr std::size_t kLongestWord = 20;
    const auto letters = std::string_view{handle.letters}.substr(0, kMostLetters);
    // All that stands in the handle, as a set that may say yes too often.
    std::bitset<16'384> parts;
    for (std::size_t from = 0; from < letters.size(); ++from)
        for (std::size_t size = 2; size <= std::min(kLongestWord, letters.size() - from); ++size)
            parts.set(hash(letters.substr(from, size)) % parts.size());
    Places places;
    for (const auto& entry : entries_) {
        const bool known = !places.empty() && places.back() == entry.place;
        if (!known && entry.length >= 2 && parts.test(entry.exact % parts.size()))
            places.push_back(entry.place);
    }
    return places;
}

Places StaffWords::with_mailbox(std::string_view key) const {
    const auto wanted = hash(key);
    auto at = std::lower_bound(owners_.begin(), owners_.end(), wanted, [](const Owner& o, auto k) {
        return o.key < k;
    });
    Places places;
    for (; at != owners_.end() && at->key == wanted; ++at)
        places.push_back(at->place);
    return places;
}

} // namespace calfleet::matching
