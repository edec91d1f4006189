#include "common/matching/word_agreement.h"

#include "common/matching/native_names.h"
#include "common/matching/vocabulary.h"

#include <algorithm>

namespace calfleet::matching {
namespace {

using Kind = WordKind;

bool share_form(const Token& a, const Token& b) {
    return std::any_of(a.forms.begin(), a.forms.end(), [&](const auto& form) {
        return std::find(b.forms.begin(), b.forms.end(), form) != b.forms.end();
    });
}

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

Kind compare_latin(
    std::string_view a, const FormFacts& facts_a, std::string_view b, const FormFacts& facts_b
) {
    if (same_given_name(facts_a, facts_b)) return Kind::Nickname;
    if (share_native_name(facts_a, facts_b)) return Kind::Spelling;
    const auto longer = std::max(a.size(), b.size());
    const auto shorter = std::min(a.size(), b.size());
    const bool same_key = shorter >= 3 && facts_a.key == facts_b.key;
    const bool begin_alike = a.front() == b.front() || (a.front() == 'c' && b.front() == 'k') ||
                             (a.front() == 'k' && b.front() == 'c');
    if (facts_a.is_known_given_name && facts_b.is_known_given_name)
        return same_key && begin_alike ? Kind::Spelling : Kind::None;
    if (!begin_alike || differ_by_gender(a, b)) return Kind::None;
    if (same_key) return Kind::Spelling;
    if (shorter >= 3 && longer >= shorter + 2 && (a.starts_with(b) || b.starts_with(a))) {
        // Seb is Sebastian; but Ali is no Alina, being a name of its own.
        return (a.size() < b.size() ? facts_a : facts_b).is_known_given_name ? Kind::None
                                                                             : Kind::Nickname;
    }
    if (a.front() != b.front()) return Kind::None;
    const std::size_t limit = longer >= 8 ? 2 : longer >= 4 ? 1 : 0;
    const auto edits = limit == 0 ? 1 : edit_distance(a, b, limit);
    return edits > limit ? Kind::None : edits == 1 ? Kind::Typo : Kind::Typo2;
}

Kind compare_native_with_latin(const Token& native, const Token& latin) {
    switch (known_native_name(native, latin)) {
    case NativeName::Same:
        return Kind::Folded;
    case NativeName::Different:
        return Kind::None;
    case NativeName::NotListed:
        break;
    }
    const bool vowelless = native.script == Script::Arabic || native.script == Script::Hebrew;
    for (const auto& form : latin.forms) {
        if (may_be_spelled(native.native, native.script, form))
            return vowelless ? Kind::Spelling : Kind::Folded;
    }
    const bool given = std::any_of(latin.facts.begin(), latin.facts.end(), [](const auto& f) {
        return !f.groups.empty();
    });
    if (!given) return Kind::None;
    for (const auto& form : latin.forms) {
        for (const auto& other : given_name_forms(form)) {
            if (may_be_spelled(native.native, native.script, other)) return Kind::Nickname;
        }
    }
    return Kind::None;
}

/// For scripts whose vowels have no settled romanisation.
bool same_consonants(const Token& a, const Token& b) {
    if (is_native(a) == is_native(b)) return false;
    const auto script = is_native(a) ? a.script : b.script;
    if (script != Script::Other && script != Script::Indic) return false;
    const auto x = consonant_skeleton(a.forms.front());
    const auto y = consonant_skeleton(b.forms.front());
    return x.size() >= 2 && x == y &&
           (a.forms.front().front() == b.forms.front().front() || x.size() >= 3);
}

} // namespace

bool is_native(const Token& token) {
    return token.script != Script::Latin;
}

bool differ_by_gender(std::string_view a, std::string_view b) {
    if (a.size() > b.size()) std::swap(a, b);
    if (b.starts_with(a)) {
        const auto ending = b.substr(a.size());
        return ending == "a" || ending == "e" || ending == "ine" || ending == "ina" ||
               ending == "o" || ending == "ie" || ending == "le" || ending == "la" ||
               ending == "ne" || ending == "na" || ending == "te" || ending == "se" ||
               ending == "ette" || ending == "elle" || ending == "ella" || ending == "iane";
    }
    static constexpr std::string_view kVowels = "aeio";
    return a.size() == b.size() && a.size() > 2 &&
           a.substr(0, a.size() - 1) == b.substr(0, b.size() - 1) &&
           kVowels.find(a.back()) != std::string_view::npos &&
           kVowels.find(b.back()) != std::string_view::npos;
}

Kind compare(const Token& a, const Token& b) {
    if (a.exact == b.exact) return Kind::Same;
    if (a.forms.empty() || b.forms.empty()) return Kind::None;
    if (a.is_initial != b.is_initial && (a.is_initial || b.is_initial)) {
        const auto first = [](const Token& t) { return t.forms.front().front(); };
        if (first(a) == first(b)) return Kind::Initial;
        const auto& native = is_native(a) ? a : b;
        const auto& other = is_native(a) ? b : a;
        if (is_native(native) && !is_native(other) &&
            may_be_spelled(
                native.native.substr(0, 1), native.script, other.forms.front().substr(0, 1)
            )) {
            return Kind::Initial;
        }
        return Kind::None;
    }
    if (a.script == b.script && is_native(a)) {
        if (a.native == b.native) return Kind::Folded;
        if (a.script == Script::Han) return Kind::None;
    } else if (is_native(a) != is_native(b)) {
        const auto kind =
            is_native(a) ? compare_native_with_latin(a, b) : compare_native_with_latin(b, a);
        if (kind != Kind::None) return kind;
    }
    if (share_form(a, b)) return Kind::Folded;
    if (a.is_initial) return Kind::None;
    auto best = same_consonants(a, b) ? Kind::Spelling : Kind::None;
    for (std::size_t i = 0; i < a.forms.size(); ++i) {
        for (std::size_t j = 0; j < b.forms.size(); ++j)
            best = std::min(best, compare_latin(a.forms[i], a.facts[i], b.forms[j], b.facts[j]));
    }
    return best;
}

} // namespace calfleet::matching
