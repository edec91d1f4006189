#include "common/matching/opaque_names.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace calfleet::matching {
namespace {

bool is_pinyin(std::string_view word) {
    static constexpr std::string_view kInitials[] = {"zh", "ch", "sh", "b", "p", "m", "f", "d",
                                                     "t",  "n",  "l",  "g", "k", "h", "j", "q",
                                                     "x",  "r",  "z",  "c", "s", "y", "w", ""};
    static constexpr std::string_view kFinals[] = {
        "iang", "iong", "uang", "iao", "ian", "ang", "eng", "ing", "ong", "uai", "uan",
        "ai",   "ei",   "ui",   "ao",  "ou",  "iu",  "ie",  "ue",  "er",  "an",  "en",
        "in",   "un",   "ia",   "ua",  "uo",  "a",   "o",   "e",   "i",   "u",   "v"};
    std::vector<bool> reachable(word.size() + 1, false);
    reachable[0] = true;
    for (std::size_t i = 0; i < word.size(); ++i) {
        if (!reachable[i]) continue;
        for (const auto initial : kInitials) {
            if (!word.substr(i).starts_with(initial)) continue;
            for (const auto final : kFinals) {
                if (word.substr(i + initial.size()).starts_with(final))
                    reachable[i + initial.size() + final.size()] = true;
            }
        }
    }
    return reachable[word.size()];
}

bool is_opaque(const PersonName& name, const PersonName& other, bool a_word_is_shared) {
    const auto has = [](const PersonName& n, auto... scripts) {
        return std::any_of(n.tokens.begin(), n.tokens.end(), [&](const Token& t) {
            return ((t.script == scripts) || ...);
        });
    };
    if (has(name, Script::Other, Script::Indic))
        return a_word_is_shared && !has(other, Script::Other, Script::Indic);
    if (!has(name, Script::Han) || has(other, Script::Han)) return false;
    const bool listed = std::any_of(name.tokens.begin(), name.tokens.end(), [](const Token& t) {
        return t.listed != nullptr;
    });
    if (listed) return a_word_is_shared;
    return !std::all_of(other.tokens.begin(), other.tokens.end(), [](const Token& t) {
        return t.forms.empty() || is_pinyin(t.forms.front());
    });
}

} // namespace

bool cannot_be_compared(const PersonName& a, const PersonName& b, bool a_word_is_shared) {
    return is_opaque(a, b, a_word_is_shared) || is_opaque(b, a, a_word_is_shared);
}

} // namespace calfleet::matching
