#include "common/matching/word_step.h"

#include "common/matching/marked_letters.h"
#include "common/matching/native_names.h"
#include "common/matching/vocabulary.h"

#include <algorithm>
#include <array>
#include <bit>

namespace calfleet::matching {
namespace {

using Found = std::optional<Step>;

Found cheaper(Found a, Found b) {
    if (!a || !b) return a ? a : b;
    return rule(*a).cost <= rule(*b).cost ? a : b;
}

/// Forms of one given name; two short forms may be two people (Liz, Beth).
bool same_given_name(const FormFacts& a, const FormFacts& b) {
    return std::any_of(a.groups.begin(), a.groups.end(), [&](auto mine) {
        return std::any_of(b.groups.begin(), b.groups.end(), [&](auto theirs) {
            return mine / 2 == theirs / 2 && (mine % 2 == 1 || theirs % 2 == 1);
        });
    });
}

bool share_native_name(const FormFacts& a, const FormFacts& b) {
    return std::any_of(a.natives.begin(), a.natives.end(), [&](auto mine) {
        return std::find(b.natives.begin(), b.natives.end(), mine) != b.natives.end();
    });
}

/// Kowalska and Kowalski, Nováková and Novák, Papadopoulou and Papadopoulos.
bool are_forms_of_a_surname(std::string_view a, std::string_view b) {
    struct Ending {
        std::string_view feminine, masculine;
    };
    static constexpr std::array<Ending, 15> kEndings{{
        {"ska", "ski"},
        {"ska", "sky"},
        {"skaya", "skiy"},
        {"skaya", "sky"},
        {"cka", "cki"},
        {"ova", "ov"},
        {"ova", ""},
        {"owa", "ow"},
        {"eva", "ev"},
        {"ina", "in"},
        {"aya", "y"},
        {"opoulou", "opoulos"},
        {"idou", "idis"},
        {"aki", "akis"},
        {"ou", "os"},
    }};
    const auto fits = [](std::string_view f, std::string_view m) {
        return std::any_of(kEndings.begin(), kEndings.end(), [&](const Ending& e) {
            const auto stem = f.size() - std::min(f.size(), e.feminine.size());
            return stem >= 3 && f.ends_with(e.feminine) && m.size() == stem + e.masculine.size() &&
                   m.starts_with(f.substr(0, stem)) && m.ends_with(e.masculine);
        });
    };
    return fits(a, b) || fits(b, a);
}

constexpr bool is_vowel(char c) {
    return std::string_view{"aeiouy"}.find(c) != std::string_view::npos;
}

Step kind_of_one_edit(std::string_view a, std::string_view b) {
    std::size_t at = 0;
    while (at < a.size() && at < b.size() && a[at] == b[at])
        ++at;
    if (at == 0) return Step::OtherName;
    if (a.size() != b.size()) return Step::OneLetter;
    if (at + 1 < a.size() && a[at] != b[at] && a[at] == b[at + 1] && a[at + 1] == b[at])
        return Step::SwappedLetters;
    const bool inside = at + 1 < a.size();
    return inside && a.size() >= 5 && is_vowel(a[at]) && is_vowel(b[at]) ? Step::OneVowel
                                                                         : Step::OneLetter;
}

/// "Seb" of Sebastian, "Inge" of Ingeborg. A short word that is a name of its own is no beginning:
/// Ali and Alina.
Found beginning(std::string_view a, const FormFacts& fa, std::string_view b, const FormFacts& fb) {
    const bool a_is_short = a.size() < b.size();
    const auto [cut, whole] = a_is_short ? std::pair{a, b} : std::pair{b, a};
    if (cut.size() < 3 || whole.size() < cut.size() + 2 || !whole.starts_with(cut)) return {};
    const bool long_enough = cut.size() >= 4 && whole.size() >= cut.size() + 3;
    if ((a_is_short ? fa : fb).is_known_given_name && !long_enough) return {};
    if (!a_is_short && !fa.is_known_given_name) return {};
    return Step::CutForm;
}

Found latin_step(std::string_view a, const FormFacts& fa, std::string_view b, const FormFacts& fb) {
    if (a == b) return Step::WrittenOut;
    if (!fa.groups.empty() && same_given_name(fa, fb)) return Step::ShortForm;
    if (!fa.natives.empty() && share_native_name(fa, fb)) return Step::Spelling;
    const auto shorter = std::min(a.size(), b.size());
    const auto longer = std::max(a.size(), b.size());
    const bool alike = std::popcount(fa.letters ^ fb.letters) <= 4;
    if (!alike && fa.key != fb.key && !a.starts_with(b) && !b.starts_with(a)) return {};
    const bool both_given = fa.is_known_given_name && fb.is_known_given_name;
    const bool begin_alike = a.front() == b.front() || (a.front() == 'c' && b.front() == 'k') ||
                             (a.front() == 'k' && b.front() == 'c') ||
                             (a.front() == 'v' && b.front() == 'w') ||
                             (a.front() == 'w' && b.front() == 'v');
    const bool by_gender = differ_by_gender(a, b);
    if (shorter >= 3 && begin_alike && fa.key == fb.key)
        return by_gender ? Step::OtherName : Step::Spelling;
    if (const auto cut = beginning(a, fa, b, fb)) return by_gender ? Step::OtherName : cut;
    if (by_gender && shorter >= 3) return Step::OtherName;
    if (are_forms_of_a_surname(a, b)) return Step::SurnameForm;
    if (longer > shorter + 2 || shorter < 3) return {};
    const auto edits = edit_distance(a, b, 2);
    if (edits == 1) {
        if (longer <= 3) return begin_alike ? Found{Step::OtherName} : Found{};
        const auto kind = kind_of_one_edit(a, b);
        if (!both_given) return kind;
        const bool sound_alike =
            kind == Step::SwappedLetters || (kind == Step::OneVowel && !by_gender);
        return sound_alike ? kind : Step::OtherName;
    }
    if (edits > 2 || !begin_alike) return {};
    if (both_given)
        return consonant_skeleton(a) == consonant_skeleton(b) ? Found{Step::OtherName} : Found{};
    return longer >= 5 ? Found{Step::TwoLetters} : Found{};
}

Found forms_step(const Token& a, const Token& b) {
    Found best;
    for (std::size_t i = 0; i < a.forms.size(); ++i)
        for (std::size_t j = 0; j < b.forms.size(); ++j)
            best = cheaper(best, latin_step(a.forms[i], a.facts[i], b.forms[j], b.facts[j]));
    return best;
}

/// With a quick no for most pairs of names.
bool is_spelled(const Token& native, std::string_view latin) {
    if (latin.empty() || (letters_of(latin.substr(0, 1)) & native.may_begin) == 0) return false;
    return (letters_of(latin) & ~native.may_hold) == 0 &&
           may_be_spelled(native.native, native.script, latin);
}

Found native_with_latin(const Token& native, const Token& latin) {
    switch (known_native_name(native, latin)) {
    case NativeName::Same:
        return Step::OtherScript;
    case NativeName::Different:
        return {};
    case NativeName::NotListed:
        break;
    }
    if (native.may_begin == 0) return {}; // no letter has a settled spelling
    const bool vowelless = native.script == Script::Arabic || native.script == Script::Hebrew;
    for (const auto& form : latin.forms)
        if (is_spelled(native, form)) return vowelless ? Step::VowelsGuessed : Step::OtherScript;
    for (std::size_t i = 0; i < latin.forms.size(); ++i) {
        if ((latin.facts[i].other_beginnings & native.may_begin) == 0) continue;
        for (const auto& other : given_name_forms(latin.forms[i]))
            if (is_spelled(native, other)) return Step::ShortForm;
    }
    return {};
}

/// For scripts whose vowels have no settled romanisation.
bool same_consonants(const Token& native, const Token& latin) {
    if (native.script != Script::Other && native.script != Script::Indic) return false;
    const auto& a = native.forms.front();
    const auto& b = latin.forms.front();
    const auto x = consonant_skeleton(a);
    return x.size() >= 2 && x == consonant_skeleton(b) && (a.front() == b.front() || x.size() >= 3);
}

Found initial_step(const Token& a, const Token& b) {
    if (a.forms.front().front() == b.forms.front().front()) return Step::Initial;
    const auto& native = is_native(a) ? a : b;
    const auto& other = is_native(a) ? b : a;
    if (is_native(native) && !is_native(other) &&
        may_be_spelled(native.native.substr(0, 1), native.script, other.forms.front().substr(0, 1)))
        return Step::Initial;
    return {};
}

} // namespace

bool is_native(const Token& token) {
    return token.script != Script::Latin;
}

std::uint32_t letters_of(std::string_view word) {
    std::uint32_t letters = 0;
    for (const char c : word)
        if (c >= 'a' && c <= 'z') letters |= 1U << (c - 'a');
    return letters;
}

std::size_t likely_errors(std::size_t length) {
    return length >= 8 ? 2 : length >= 4 ? 1 : 0;
}

bool differ_by_gender(std::string_view a, std::string_view b) {
    if (a.size() > b.size()) std::swap(a, b);
    if (b.starts_with(a)) {
        const auto ending = b.substr(a.size());
        static constexpr std::array<std::string_view, 16> kEndings{
            "a",
            "e",
            "ine",
            "ina",
            "o",
            "ie",
            "le",
            "la",
            "ne",
            "na",
            "te",
            "se",
            "ette",
            "elle",
            "ella",
            "iane"};
        return std::find(kEndings.begin(), kEndings.end(), ending) != kEndings.end();
    }
    static constexpr std::string_view kVowels = "aeio";
    return a.size() == b.size() && a.size() > 2 &&
           a.substr(0, a.size() - 1) == b.substr(0, b.size() - 1) &&
           kVowels.find(a.back()) != std::string_view::npos &&
           kVowels.find(b.back()) != std::string_view::npos;
}

std::optional<Step> word_step(const Token& host, const Token& staff) {
    if (host.exact == staff.exact) return Step::None;
    if (host.forms.empty() || staff.forms.empty()) return {};
    if (host.is_initial != staff.is_initial) return initial_step(host, staff);
    const bool native_host = is_native(host);
    const bool native_staff = is_native(staff);
    if (!native_host && !native_staff) {
        // No orthography changes more letters than these.
        const auto differing = host.facts.front().letters ^ staff.facts.front().letters;
        if (std::popcount(differing) <= 6) {
            if (const auto same = orthography(host.exact, staff.exact)) return same;
        }
    } else if (host.script == staff.script) {
        if (host.native == staff.native) return Step::WrittenOut;
        if (host.script == Script::Han) return {};
    }
    if (host.is_initial) return {};
    Found best;
    if (native_host != native_staff) {
        best = native_host ? native_with_latin(host, staff) : native_with_latin(staff, host);
        if (best) return best;
        const auto& native = native_host ? host : staff;
        const auto& latin = native_host ? staff : host;
        if (known_native_name(native, latin) == NativeName::Different) return {};
        if (same_consonants(native, latin)) best = Step::VowelsGuessed;
    }
    best = cheaper(best, forms_step(host, staff));
    // Equal romanisations of two scripts are no written-out letters.
    if (best == Step::WrittenOut && native_host != native_staff) best = Step::OtherScript;
    return best;
}

} // namespace calfleet::matching
