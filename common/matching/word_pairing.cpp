#include "common/matching/word_pairing.h"

#include "common/matching/vocabulary.h"
#include "common/matching/word_step.h"

#include <algorithm>
#include <tuple>

namespace calfleet::matching {
namespace {

bool is_given_name(const Token& token) {
    return std::any_of(token.facts.begin(), token.facts.end(), [](const FormFacts& facts) {
        return facts.is_known_given_name;
    });
}

bool is_family_name(const Token& token) {
    return std::any_of(token.forms.begin(), token.forms.end(), [](const auto& form) {
        return is_common_family_name(form);
    });
}

/// A slip of the finger drops, adds or swaps letters; another letter makes another name.
Step in_given_name(Step step, const Token& host, const Token& staff, bool both_first) {
    if (step != Step::OneLetter || (!both_first && !is_given_name(host))) return step;
    const bool replaced = host.forms.front().size() == staff.forms.front().size();
    return replaced || is_given_name(host) ? Step::OtherName : step;
}

/// Chinese, Japanese and Korean names in their own scripts.
bool is_written_family_first(const PersonName& name) {
    const auto script = name.tokens.front().script;
    return script == Script::Han || script == Script::Hangul || script == Script::Kana;
}

/// The family name of whom the family name is written first at home.
bool is_named_family_first(const Token& family) {
    return std::any_of(family.forms.begin(), family.forms.end(), [](const auto& form) {
        return is_east_asian_family_name(form) || is_vietnamese_family_name(form);
    });
}

/// "Marin Ana Ioana": of three words the first or the last is the only family name.
bool is_named_family_first(const std::vector<std::size_t>& places, const PersonName& staff) {
    const auto is_family = [&](std::size_t place) { return is_family_name(staff.tokens[place]); };
    return places.size() >= 3 && std::count_if(places.begin(), places.end(), is_family) == 1 &&
           (is_family(places.front()) || is_family(places.back()));
}

} // namespace

Pairing pair_words(const std::vector<Token>& host, const std::vector<Token>& staff) {
    struct Edge {
        int cost;
        std::uint8_t gap, i, j;
        Step step;
    };
    std::array<Edge, kMostCompared * kMostCompared> space;
    auto* const edges = space.data();
    auto* end = edges;
    const auto hosts = static_cast<std::uint8_t>(std::min(host.size(), kMostCompared));
    const auto staffs = static_cast<std::uint8_t>(std::min(staff.size(), kMostCompared));
    for (std::uint8_t i = 0; i < hosts; ++i) {
        for (std::uint8_t j = 0; j < staffs; ++j) {
            const auto gap = static_cast<std::uint8_t>(i > j ? i - j : j - i);
            if (const auto step = word_step(host[i], staff[j]))
                *end++ = {rule(*step).cost, gap, i, j, *step};
        }
    }
    std::sort(edges, end, [](const Edge& a, const Edge& b) {
        return std::tuple{a.cost, a.gap, a.i, a.j} < std::tuple{b.cost, b.gap, b.i, b.j};
    });
    Pairing pairing;
    pairing.of_host.fill(kNobody);
    pairing.of_word.fill(Step::NothingShared);
    // Of "Katherine M. Ellison", where the words around it are whole.
    const auto is_middle = [&](const Edge& edge) {
        return edge.i > 0 && edge.j > 0 && edge.i + 1 < hosts && edge.j + 1 < staffs &&
               !host.front().is_initial && !host.back().is_initial && !staff.front().is_initial &&
               !staff.back().is_initial;
    };
    for (const auto* at = edges; at != end; ++at) {
        const auto& edge = *at;
        if (pairing.of_host[edge.i] != kNobody || pairing.staff_paired[edge.j]) continue;
        pairing.of_host[edge.i] = edge.j;
        pairing.staff_paired[edge.j] = true;
        const auto step =
            edge.step == Step::Initial && is_middle(edge)
                ? Step::MiddleInitialFits
                : in_given_name(edge.step, host[edge.i], staff[edge.j], edge.i + edge.j == 0);
        pairing.given_differs |=
            step == Step::OtherName || (step == Step::TwoLetters && edge.i + edge.j == 0);
        pairing.steps.add(step);
        if (edge.i < pairing.of_word.size()) pairing.of_word[edge.i] = step;
        const bool weak =
            host[edge.i].is_initial || staff[edge.j].is_initial || host[edge.i].is_optional;
        if (!weak) ++pairing.strong;
    }
    return pairing;
}

Step order_step(const Pairing& pairing, const PersonName& host, const PersonName& staff) {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < std::min(host.tokens.size(), kMostCompared); ++i)
        if (pairing.of_host[i] != kNobody && !host.tokens[i].is_optional)
            places.push_back(pairing.of_host[i]);
    if (std::is_sorted(places.begin(), places.end())) return Step::None;
    if (is_written_family_first(host) || is_written_family_first(staff)) return Step::Turned;
    const bool family_first = is_named_family_first(places, staff);
    const auto lowest = std::min_element(places.begin(), places.end());
    std::rotate(places.begin(), lowest, places.end());
    if (!std::is_sorted(places.begin(), places.end())) return Step::SwappedNames;
    // "De Luca" is a family name, whoever is called Luca.
    const auto may_be_given = [&](std::size_t place) {
        const bool behind_particle = place > 0 && staff.tokens[place - 1].is_optional;
        return is_given_name(staff.tokens[place]) && !behind_particle;
    };
    const auto& last = staff.tokens[places.back()];
    const bool both_given = may_be_given(places.front()) && may_be_given(places.back());
    return both_given && !family_first && !is_named_family_first(last) ? Step::SwappedNames
                                                                       : Step::Turned;
}

} // namespace calfleet::matching
