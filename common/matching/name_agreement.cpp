#include "common/matching/name_agreement.h"

#include "common/matching/name_equality.h"
#include "common/matching/native_names.h"
#include "common/matching/vocabulary.h"
#include "common/matching/word_agreement.h"

#include <algorithm>
#include <array>

namespace calfleet::matching {
namespace {

using Kind = WordKind;

Tokens pointers(const std::vector<Token>& list) {
    Tokens tokens;
    tokens.reserve(list.size());
    for (const auto& token : list)
        tokens.push_back(&token);
    return tokens;
}

Tokens all_tokens(const PersonName& name) {
    return pointers(name.tokens);
}

bool is_vietnamese(const Tokens& tokens) {
    return std::any_of(tokens.begin(), tokens.end(), [](const Token* t) {
        return !t->is_optional && t->is_vietnamese_family;
    });
}

/// Without particles ("von", "al"), as long as two real words remain.
Tokens without_optional(const Tokens& tokens) {
    if (is_vietnamese(tokens)) return tokens;
    Tokens core;
    std::copy_if(tokens.begin(), tokens.end(), std::back_inserter(core), [](const Token* t) {
        return !t->is_optional;
    });
    const auto long_words =
        std::count_if(core.begin(), core.end(), [](const Token* t) { return !t->is_initial; });
    return long_words >= 2 || (core.size() >= 2 && long_words >= 1) ? core : tokens;
}

/// For weak comparisons one word may remain: "Hüseyin Bey" is Hüseyin.
Tokens without_titles(const Tokens& tokens) {
    const auto core = without_optional(tokens);
    if (core.size() != tokens.size()) return core;
    Tokens rest;
    std::copy_if(tokens.begin(), tokens.end(), std::back_inserter(rest), [](const Token* t) {
        return !t->is_title_like;
    });
    return rest.empty() ? tokens : rest;
}

Tokens without_patronymic(const Tokens& tokens) {
    Tokens rest;
    for (const auto* token : tokens) {
        const bool patronymic =
            std::any_of(token->forms.begin(), token->forms.end(), [](const auto& form) {
                return is_patronymic(form);
            });
        if (!patronymic) rest.push_back(token);
    }
    return tokens.size() == rest.size() + 1 && rest.size() >= 2 ? rest : tokens;
}

bool all_same(const Tokens& a, const Tokens& b) {
    return std::all_of(a.begin(), a.end(), [&](const Token* x) {
        return std::any_of(b.begin(), b.end(), [&](const Token* y) {
            return x->exact == y->exact;
        });
    });
}

bool has_accents(const Tokens& tokens) {
    return std::any_of(tokens.begin(), tokens.end(), [](const Token* t) {
        return t->script == Script::Latin &&
               std::any_of(t->exact.begin(), t->exact.end(), [](char c) {
                   return static_cast<unsigned char>(c) >= 0x80;
               });
    });
}

bool compare_full(const PersonName& host, const PersonName& staff, NameAgreement& result) {
    const auto a = all_tokens(host);
    const auto b = all_tokens(staff);
    int kept = 2;
    auto equality = equal(a, b);
    auto core_a = without_optional(a);
    auto core_b = without_optional(b);
    if (equality == Equality::No && (core_a.size() != a.size() || core_b.size() != b.size())) {
        equality = equal(core_a, core_b);
        kept = 0;
    }
    if (equality == Equality::No && core_a.size() != core_b.size()) {
        (core_a.size() > core_b.size() ? core_a : core_b) =
            without_patronymic(core_a.size() > core_b.size() ? core_a : core_b);
        equality = equal(core_a, core_b);
        kept = 0;
    }
    if (equality == Equality::No) return false;
    result.level = NameLevel::Full;
    result.score = 75;
    result.code = "name.full";
    const bool in_order = equality == Equality::InOrder;
    result.exactness = kept + (all_same(a, b) && all_same(b, a) ? 4 : 0) + (in_order ? 1 : 0);
    result.host_says_less =
        (has_accents(b) && !has_accents(a)) || (kept == 0 && b.size() > a.size());
    result.has_initial =
        std::any_of(b.begin(), b.end(), [](const Token* t) { return t->is_initial; });
    result.single_word = a.size() == 1 || b.size() == 1;
    return true;
}

/// A slip of the finger drops, adds or swaps letters; another letter makes
/// another name.
bool may_be_two_given_names(const Token& host, const Token& staff, bool both_first) {
    const auto known = [](const Token& t) {
        return std::any_of(t.facts.begin(), t.facts.end(), [](const auto& f) {
            return f.is_known_given_name;
        });
    };
    if (!both_first && !known(host) && !known(staff)) return false;
    if (known(host)) return true;
    const auto& x = host.forms.front();
    const auto& y = staff.forms.front();
    return x.size() == y.size() && !std::is_permutation(x.begin(), x.end(), y.begin());
}

/// The greedy pairing of words, best kinds first.
struct Pairing {
    std::array<int, 8> kinds{}; ///< how many pairs of each Kind
    std::size_t pairs{0};
    bool initial_conflict{false};
    bool first_words_equal{false};
    bool last_words_paired{false};
    bool given_name_differs{false};
    Tokens left_a, left_b;

    int count(Kind kind) const { return kinds[static_cast<std::size_t>(kind)]; }
};

Pairing pair_words(const Tokens& a, const Tokens& b) {
    struct Candidate {
        Kind kind;
        std::size_t distance, i, j;
    };
    std::vector<Candidate> candidates;
    for (std::size_t i = 0; i < a.size(); ++i) {
        for (std::size_t j = 0; j < b.size(); ++j) {
            const auto kind = compare(*a[i], *b[j]);
            if (kind != Kind::None) candidates.push_back({kind, i > j ? i - j : j - i, i, j});
        }
    }
    std::sort(candidates.begin(), candidates.end(), [](const auto& x, const auto& y) {
        return x.kind != y.kind ? x.kind < y.kind : x.distance < y.distance;
    });
    Pairing pairing;
    std::vector<bool> used_a(a.size()), used_b(b.size());
    for (const auto& c : candidates) {
        if (used_a[c.i] || used_b[c.j]) continue;
        used_a[c.i] = used_b[c.j] = true;
        ++pairing.kinds[static_cast<std::size_t>(c.kind)];
        ++pairing.pairs;
        if (c.i == 0 && c.j == 0 && c.kind <= Kind::Folded && !a[0]->is_initial)
            pairing.first_words_equal = true;
        if (c.i + 1 == a.size() && c.j + 1 == b.size()) pairing.last_words_paired = true;
        const bool typo = c.kind == Kind::Typo || c.kind == Kind::Typo2;
        if (typo && may_be_two_given_names(*a[c.i], *b[c.j], c.i == 0 && c.j == 0))
            pairing.given_name_differs = true;
    }
    for (std::size_t i = 0; i < a.size(); ++i)
        if (!used_a[i]) pairing.left_a.push_back(a[i]);
    for (std::size_t j = 0; j < b.size(); ++j)
        if (!used_b[j]) pairing.left_b.push_back(b[j]);
    return pairing;
}

int deductions(const Pairing& p) {
    return p.count(Kind::Initial) * 10 + p.count(Kind::Nickname) * 5 + p.count(Kind::Spelling) * 2 +
           p.count(Kind::Typo) * 4 + p.count(Kind::Typo2) * 8;
}

std::string_view fuzzy_code(const Pairing& p, bool incomplete) {
    if (p.count(Kind::Initial) > 0) return "name.initial";
    if (p.count(Kind::Nickname) > 0) return "name.nickname";
    if (p.count(Kind::Typo) + p.count(Kind::Typo2) > 0) return "name.typo";
    if (p.count(Kind::Spelling) > 0) return "name.spelling";
    return incomplete ? "name.part" : "name.order";
}

bool pinyin_like(std::string_view word) {
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

/// Kanji have many readings, and some scripts no settled romanisation: no
/// agreement then says little.
bool incomparable(const Tokens& a, const Tokens& b, std::size_t pairs) {
    const auto has_script = [](const Tokens& tokens, auto... scripts) {
        return std::any_of(tokens.begin(), tokens.end(), [&](const Token* t) {
            return ((t->script == scripts) || ...);
        });
    };
    const auto opaque = [&](const Tokens& tokens, const Tokens& others) {
        if (has_script(tokens, Script::Other, Script::Indic)) {
            return pairs > 0 && !has_script(others, Script::Other, Script::Indic);
        }
        if (!has_script(tokens, Script::Han) || has_script(others, Script::Han)) return false;
        const bool listed = std::any_of(tokens.begin(), tokens.end(), [](const Token* t) {
            return t->listed != nullptr;
        });
        if (listed) return pairs > 0;
        return !std::all_of(others.begin(), others.end(), [](const Token* t) {
            return t->forms.empty() || pinyin_like(t->forms.front());
        });
    };
    return opaque(a, b) || opaque(b, a);
}

/// One word is left on each side, and one may be a pet form of the other that
/// no list knows.
bool sound_alike(const Tokens& a, const Tokens& b) {
    if (a.size() != 1 || b.size() != 1 || a[0]->forms.empty() || b[0]->forms.empty()) return false;
    const auto& x = a[0]->forms.front();
    const auto& y = b[0]->forms.front();
    if (x.size() < 3 || y.size() < 3 || differ_by_gender(x, y)) return false;
    if (a[0]->facts.front().is_known_given_name && b[0]->facts.front().is_known_given_name)
        return false;
    return x.front() == y.front() || x.ends_with(y) || y.ends_with(x);
}

void compare_fuzzy(const Tokens& a, const Tokens& b, NameAgreement& result) {
    const auto p = pair_words(a, b);
    const auto shorter = std::min(a.size(), b.size());
    const int strong = p.count(Kind::Same) + p.count(Kind::Folded) + p.count(Kind::Spelling) +
                       p.count(Kind::Nickname) + p.count(Kind::Typo) + p.count(Kind::Typo2);
    result.same_given_name = p.first_words_equal;
    result.given_name_differs = p.given_name_differs;
    result.single_word = shorter == 1;
    const bool rest_is_equal =
        p.count(Kind::Same) + p.count(Kind::Folded) + p.count(Kind::Spelling) > 0;
    if (rest_is_equal && sound_alike(p.left_a, p.left_b))
        result.likely_short_form = p.left_a.front()->forms.front();
    result.level = NameLevel::Conflict;
    result.code = "name.conflict";
    const auto initials_left = [](const Tokens& tokens) {
        return std::any_of(tokens.begin(), tokens.end(), [](const Token* t) {
            return t->is_initial;
        });
    };
    const bool incomplete = a.size() != b.size();
    result.host_says_less = a.size() < b.size();
    int score = 0;
    if (p.pairs == shorter && strong > 0) {
        if (shorter == 1) {
            const bool initial = a.front()->is_initial && b.front()->is_initial;
            score = initial ? 0 : incomplete ? 50 : 66;
        } else {
            score = incomplete ? (p.last_words_paired || p.first_words_equal ? 70 : 66) : 72;
            const bool only_initials =
                strong == p.count(Kind::Same) && std::all_of(
                                                     (a.size() <= b.size() ? a : b).begin(),
                                                     (a.size() <= b.size() ? a : b).end(),
                                                     [](const Token* t) { return t->is_initial; }
                                                 );
            if (only_initials) score = 0;
        }
        score -= deductions(p);
        if (initials_left(p.left_a)) score -= 15;
    } else if (p.pairs >= 2 && strong >= 2 && (initials_left(p.left_a) || initials_left(p.left_b)) && p.left_a.size() == 1 && p.left_b.size() == 1) {
        score = 45; // John A. Smith and John B. Smith
        result.marks_differ = true;
    }
    if (score >= 40) {
        result.level = NameLevel::Fuzzy;
        result.score = score;
        result.code = result.marks_differ ? "name.other_initial" : fuzzy_code(p, incomplete);
    } else if (incomparable(a, b, p.pairs)) {
        result.level = NameLevel::Unknown;
        result.code = "name.incomparable";
    }
}

void compare_marks(const PersonName& a, const PersonName& b, NameAgreement& result) {
    if (a.marks == b.marks) return;
    if (a.marks.empty() || b.marks.empty())
        result.mark_on_one_side = true;
    else
        result.marks_differ = true;
}

} // namespace

NameAgreement compare(const PersonName& host, const PersonName& staff) {
    NameAgreement result;
    if (host.tokens.empty() || staff.tokens.empty()) return result;
    if (!compare_full(host, staff, result)) {
        compare_fuzzy(without_titles(all_tokens(host)), without_titles(all_tokens(staff)), result);
        if (!host.joined.empty() || !staff.joined.empty()) {
            const auto& x = host.joined.empty() ? host.tokens : host.joined;
            const auto& y = staff.joined.empty() ? staff.tokens : staff.joined;
            NameAgreement joined;
            compare_fuzzy(without_titles(pointers(x)), without_titles(pointers(y)), joined);
            if (joined.score > result.score) result = joined;
        }
    }
    compare_marks(host, staff, result);
    return result;
}

NameAgreement compare(const DisplayName& host, const DisplayName& staff) {
    NameAgreement best;
    bool first = true;
    const auto rank = [](const NameAgreement& a) {
        return static_cast<int>(a.level == NameLevel::Conflict ? NameLevel::Unknown : a.level) *
                   1000 +
               a.score * 10 + a.exactness - (a.marks_differ ? 5 : 0);
    };
    for (const auto& a : host.readings) {
        for (const auto& b : staff.readings) {
            const auto agreement = compare(a, b);
            if (first || rank(agreement) > rank(best)) best = agreement;
            first = false;
        }
    }
    return best;
}

} // namespace calfleet::matching
