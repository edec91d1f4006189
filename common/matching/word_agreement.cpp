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

Kind compare_latin(std::string_view a, std::string_view b) {
    if (same_given_name(a, b)) return Kind::Nickname;
    if (share_native_name(a, b)) return Kind::Spelling;
    const bool same_key = std::min(a.size(), b.size()) >= 3 && loose_key(a) == loose_key(b);
    const bool begin_alike = a.front() == b.front() || (a.front() == 'c' && b.front() == 'k') ||
                             (a.front() == 'k' && b.front() == 'c');
    const bool both_known = is_known_given_name(a) && is_known_given_name(b);
    if (both_known) return same_key && begin_alike ? Kind::Spelling : Kind::None;
    if (differ_by_gender(a, b)) return Kind::None;
    if (same_key && begin_alike) return Kind::Spelling;
    const auto longer = std::max(a.size(), b.size());
    const auto shorter = std::min(a.size(), b.size());
    if (shorter >= 3 && longer >= shorter + 2 && (a.starts_with(b) || b.starts_with(a))) {
        // Seb is Sebastian; but Ali is no Alina, being a name of its own.
        return is_known_given_name(a.size() < b.size() ? a : b) ? Kind::None : Kind::Nickname;
    }
    if (a.front() != b.front()) return Kind::None;
    const std::size_t limit = longer >= 8 ? 2 : longer >= 4 ? 1 : 0;
    const auto edits = limit == 0 ? 1 : edit_distance(a, b, limit);
    return edits > limit ? Kind::None : edits == 1 ? Kind::Typo : Kind::Typo2;
}

Kind compare_native_with_latin(const Token& native, const Token& latin) {
    switch (known_native_name(native.native, latin.forms)) {
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
    for (const auto& x : a.forms) {
        for (const auto& y : b.forms)
            best = std::min(best, compare_latin(x, y));
    }
    return best;
}

} // namespace calfleet::matching
