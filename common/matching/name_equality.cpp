#include "common/matching/name_equality.h"

#include <algorithm>
#include <string>

namespace calfleet::matching {
namespace {

bool same_word(const Token& a, const Token& b) {
    return compare(a, b) <= WordKind::Folded;
}

std::string joined(const Tokens& tokens, std::size_t form, std::size_t rotation) {
    std::string text;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const auto& forms = tokens[(i + rotation) % tokens.size()]->forms;
        if (!forms.empty()) text += forms[std::min(form, forms.size() - 1)];
    }
    return text;
}

std::size_t joined_length(const Tokens& tokens, std::size_t form) {
    std::size_t length = 0;
    for (const auto* token : tokens) {
        if (!token->forms.empty())
            length += token->forms[std::min(form, token->forms.size() - 1)].size();
    }
    return length;
}

std::u32string joined_native(const Tokens& tokens, std::size_t rotation) {
    std::u32string text;
    for (std::size_t i = 0; i < tokens.size(); ++i)
        text += tokens[(i + rotation) % tokens.size()]->native;
    return text;
}

Equality equal_word_by_word(const Tokens& a, const Tokens& b) {
    if (a.size() != b.size() || a.empty()) return Equality::No;
    for (std::size_t rotation = 0; rotation < a.size(); ++rotation) {
        bool equal = true;
        for (std::size_t i = 0; i < a.size() && equal; ++i)
            equal = same_word(*a[(i + rotation) % a.size()], *b[i]);
        if (equal) return rotation == 0 ? Equality::InOrder : Equality::Rotated;
    }
    return Equality::No;
}

bool same_initial_count(const Tokens& a, const Tokens& b) {
    const auto initials = [](const Tokens& t) {
        return std::count_if(t.begin(), t.end(), [](const Token* token) {
            return token->is_initial;
        });
    };
    return initials(a) == initials(b);
}

/// "Anna Lena", "Anna-Lena" and "Annalena"; "王小明" and "Wang Xiaoming".
Equality equal_joined(const Tokens& a, const Tokens& b) {
    if (a.empty() || b.empty() || !same_initial_count(a, b)) return Equality::No;
    const bool native_a =
        std::all_of(a.begin(), a.end(), [](const Token* t) { return is_native(*t); });
    const bool native_b =
        std::all_of(b.begin(), b.end(), [](const Token* t) { return is_native(*t); });
    if (native_a && native_b) {
        if (a.front()->script != b.front()->script) return Equality::No;
        for (std::size_t r = 0; r < a.size(); ++r) {
            if (joined_native(a, r) == joined_native(b, 0))
                return r == 0 ? Equality::InOrder : Equality::Rotated;
        }
        return Equality::No;
    }
    for (std::size_t rotation = 0; rotation < a.size(); ++rotation) {
        for (std::size_t form = 0; form < 3; ++form) {
            const auto length = joined_length(a, form);
            if (length < 4) continue;
            for (std::size_t other = 0; other < 3; ++other) {
                if (length == joined_length(b, other) &&
                    joined(a, form, rotation) == joined(b, other, 0))
                    return rotation == 0 ? Equality::InOrder : Equality::Rotated;
            }
        }
        const auto script = native_a ? a.front()->script : Script::None;
        if (script == Script::Cyrillic || script == Script::Greek || script == Script::Hangul) {
            if (may_be_spelled(joined_native(a, rotation), script, joined(b, 0, 0)))
                return Equality::Rotated;
        }
    }
    return Equality::No;
}

} // namespace

Equality equal(const Tokens& a, const Tokens& b) {
    if (const auto by_word = equal_word_by_word(a, b); by_word != Equality::No) return by_word;
    // Two or more separate words must be there on one side, else "Marial" would
    // be "Maria L".
    if (a.size() == b.size() && a.size() > 1) {
        // Same number of words but different cuts: only for scripts that are
        // written without blanks.
        if (!is_native(*a.front()) && !is_native(*b.front())) return Equality::No;
    }
    if (const auto forward = equal_joined(a, b); forward != Equality::No) return forward;
    return equal_joined(b, a) == Equality::No ? Equality::No : Equality::Rotated;
}

} // namespace calfleet::matching
