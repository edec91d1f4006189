#include "common/matching/staff_words.h"

#include "common/matching/vocabulary.h"
#include "common/matching/word_step.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <tuple>

namespace calfleet::matching {
namespace {

constexpr std::uint16_t kNoNative = std::numeric_limits<std::uint16_t>::max();
constexpr std::uint32_t kAllLetters = (1U << 26) - 1;

std::uint32_t hash(std::string_view text) {
    std::uint32_t value = 2'166'136'261U;
    for (const char c : text)
        value = (value ^ static_cast<unsigned char>(c)) * 16'777'619U;
    return value;
}

std::uint32_t beginning(std::string_view word) {
    return letters_of(word.substr(0, 1));
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

void settle(Places& places) {
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end()), places.end());
}

/// "Konsti" of Konstantin, "Annamüller" of Anna: one may begin or end with the other.
bool may_hold(std::uint32_t outer, std::uint32_t inner) {
    return (inner & ~outer) == 0;
}

} // namespace

void StaffWords::add_word(std::uint32_t place, std::string_view word, std::uint16_t native) {
    if (word.empty()) return;
    entries_.push_back(
        {.letters = letters_of(word),
         .beginnings = beginning(word),
         .key = hash(loose_key(word)),
         .place = place,
         .native = native,
         .length = static_cast<std::uint8_t>(std::min<std::size_t>(word.size(), 255)),
         .is_native = false,
         .guessed_vowels = false}
    );
}

void StaffWords::add_token(std::uint32_t place, const Token& token) {
    for (std::size_t i = 0; i < token.forms.size(); ++i) {
        const auto& natives = token.facts[i].natives;
        add_word(place, token.forms[i], natives.empty() ? kNoNative : natives.front());
        if (!has_guessed_vowels(token.script)) continue;
        entries_.back().guessed_vowels = true;
    }
    if (token.listed)
        for (const auto& spelling : *token.listed)
            add_word(place, spelling, kNoNative);
    if (token.may_begin == 0) return;
    entries_.push_back(
        {.letters = token.may_hold,
         .beginnings = token.may_begin,
         .key = 0,
         .place = place,
         .native = kNoNative,
         .length = 0,
         .is_native = true,
         .guessed_vowels = false}
    );
}

void StaffWords::add(std::uint32_t place, const DisplayName& name, const Mailbox& mailbox) {
    for (const auto& reading : name.readings)
        for (const auto& token : reading.tokens)
            add_token(place, token);
    if (!mailbox) return;
    owners_.push_back({hash(mailbox.key), place});
    if (mailbox.is_role) return;
    for (const auto& word : read_handle(mailbox.local).words)
        if (word.size() >= 3) add_word(place, word, kNoNative);
}

void StaffWords::finish() {
    std::sort(owners_.begin(), owners_.end(), [](const Owner& a, const Owner& b) {
        return a.key != b.key ? a.key < b.key : a.place < b.place;
    });
    // A name's two readings share their words.
    const auto order = [](const Entry& e) {
        return std::tuple{e.place, e.letters, e.key, e.length, e.is_native, e.guessed_vowels};
    };
    std::sort(entries_.begin(), entries_.end(), [&](const Entry& a, const Entry& b) {
        return order(a) < order(b);
    });
    entries_.erase(
        std::unique(
            entries_.begin(),
            entries_.end(),
            [&](const Entry& a, const Entry& b) { return order(a) == order(b); }
        ),
        entries_.end()
    );
    entries_.shrink_to_fit();
    owners_.shrink_to_fit();
}

std::vector<StaffWords::Entry> StaffWords::words_of(const DisplayName& name) {
    StaffWords own;
    for (const auto& reading : name.readings) {
        for (const auto& token : reading.tokens) {
            if (!token.is_initial) own.add_token(0, token);
            const bool alone = reading.main_words() == 1;
            for (std::size_t i = 0; alone && i < token.forms.size(); ++i)
                for (const auto& form : given_name_forms(token.forms[i]))
                    own.add_word(0, form, kNoNative);
        }
    }
    own.finish();
    return std::move(own.entries_);
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
    if (entry.key == word.key) return true;
    if ((entry.guessed_vowels || word.guessed_vowels) &&
        consonants(entry.letters) == consonants(word.letters))
        return true;
    if (entry.native != kNoNative && entry.native == word.native) return true;
    const auto longer = std::max(entry.length, word.length);
    const auto shorter = std::min(entry.length, word.length);
    const auto errors = likely_errors(longer);
    return longer <= shorter + errors &&
           std::popcount(entry.letters ^ word.letters) <= static_cast<int>(2 * errors);
}

Places StaffWords::near(const DisplayName& host) const {
    const auto words = words_of(host);
    const bool one_word =
        std::any_of(host.readings.begin(), host.readings.end(), [](const PersonName& reading) {
            return reading.main_words() == 1;
        });
    Places places;
    for (const auto& entry : entries_) {
        if (!places.empty() && places.back() == entry.place) continue;
        const bool found = std::any_of(words.begin(), words.end(), [&](const Entry& word) {
            if (may_be(entry, word)) return true;
            return one_word && word.length >= 3 && entry.length >= 3 &&
                   (may_hold(entry.letters, word.letters) || may_hold(word.letters, entry.letters)
                   ) &&
                   (word.beginnings == entry.beginnings || word.length > entry.length);
        });
        if (found) places.push_back(entry.place);
    }
    settle(places);
    return places;
}

Places StaffWords::within(const Handle& handle) const {
    Places places;
    const auto letters = letters_of(handle.letters);
    for (const auto& entry : entries_)
        if (!entry.is_native && entry.length >= 2 && may_hold(letters, entry.letters))
            places.push_back(entry.place);
    settle(places);
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
