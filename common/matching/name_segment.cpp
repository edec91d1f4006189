#include "common/matching/name_segment.h"

#include "common/matching/vocabulary.h"

#include <algorithm>
#include <iterator>

namespace calfleet::matching {
namespace {

/// "Dott.ssa", "Mag.a", "Dr.in", "Sig.ra".
bool is_feminine_ending(std::string_view word) {
    return word == "ssa" || word == "a" || word == "ra" || word == "in" || word == "na" ||
           word == "inn";
}

bool begins_a_title(std::string_view word) {
    return word == "dipl" || word == "univ" || word == "priv" || word == "akad" || word == "staatl";
}

bool is_degree_field(std::string_view word) {
    return word == "sc" || word == "eng" || word == "ed" || word == "phil" || word == "psych";
}

/// A title, and where the word is also a name, in a place where a title stands.
bool acts_as_title(
    const Word& word, std::size_t names_before, std::size_t words_behind, bool after_title
) {
    if (!is_title(word.folded)) return false;
    if (!is_title_or_name(word.folded)) return true;
    if (word.letters.size() == 1) return false;
    if (after_title) return true;
    if (word.dotted && names_before != 1) return true;
    if (word.follows_hyphen && (word.folded == "san" || word.folded == "sama")) return true;
    if (word.script == Script::Latin) return false;
    return names_before == 0 ? words_behind >= 2 : words_behind == 0 && names_before >= 2;
}

/// Reads words as a person's name up to where something else begins.
void read_name(const std::vector<Word>& words, std::size_t end, Segment& segment) {
    bool after_title = false;
    const bool alone = words.size() == 1;
    auto& tokens = segment.name.tokens;
    for (std::size_t i = 0; i < end; ++i) {
        const auto& word = words[i];
        const auto behind = words.size() - i - 1;
        if (word.folded == "&" ||
            (i > 0 && behind > 0 && (word.folded == "und" || word.folded == "and"))) {
            segment.several = true;
            continue;
        }
        if (word.is_number) {
            segment.name.marks.push_back(word.folded);
            continue;
        }
        if (is_maiden_name_word(word.folded) && !tokens.empty()) {
            for (++i; i < end; ++i)
                add_token(segment.maiden, words[i], false);
            break;
        }
        if (acts_as_title(word, tokens.size(), behind, after_title)) {
            segment.name.has_doctorate |= is_doctorate(word.folded);
            after_title = tokens.empty();
            continue;
        }
        const bool next_is_title = i + 1 < end && is_title(words[i + 1].folded);
        if (after_title && word.dotted && word.letters.size() == 1 && next_is_title)
            continue; // dr n. med.
        if (tokens.size() >= 3 && tokens.back().is_initial &&
            is_degree_field(word.folded)) { // M. Sc.
            tokens.pop_back();
            continue;
        }
        if (i > 0 && word.dotted && begins_a_title(words[i - 1].folded)) continue; // Dipl.-Päd.
        if (after_title && word.glued && is_feminine_ending(word.folded)) continue;
        after_title = false;
        if (tokens.size() >= 2) {
            if (const auto mark = generation_mark(word.folded, word.dotted); !mark.empty()) {
                if (i + 1 < words.size() && is_occupation(words[i + 1].folded)) break;
                segment.name.marks.emplace_back(mark);
                continue;
            }
            if (is_degree(word.folded)) continue;
            if (is_occupation(word.folded)) {
                for (; i < end; ++i)
                    segment.rest.push_back(words[i].folded);
                break;
            }
        } else if (tokens.empty() && behind >= 2 && is_occupation(word.folded)) {
            continue;
        }
        add_token(tokens, word, alone);
        if (tokens.size() == 1 && words.size() >= 3 && word.folded == "ma")
            tokens.front().forms.emplace_back("maria");
    }
    join_articles(tokens);
    // The "y" of Ortega y Gasset is no initial.
    for (std::size_t i = 1; i + 1 < tokens.size(); ++i) {
        if (tokens[i].exact == "y" || tokens[i].exact == "e" || tokens[i].exact == "i") {
            tokens[i].is_optional = true;
            tokens[i].is_initial = false;
        }
    }
}

/// Only words of resources, numbers and letters: "Blue Room 2".
bool is_all_vague(const std::vector<Word>& words) {
    return std::all_of(
               words.begin(),
               words.end(),
               [](const Word& w) {
                   return is_vocabulary(w) || w.is_number || w.letters.size() == 1 ||
                          is_occupation(w.folded) || is_particle(w.folded);
               }
           ) &&
           std::any_of(words.begin(), words.end(), [](const Word& w) {
               return (is_vocabulary(w) && !is_resource_companion(w.folded)) ||
                      is_occupation(w.folded);
           });
}

} // namespace

bool is_vocabulary(const Word& word) {
    return is_resource(word.folded) || is_organisation(word.folded) ||
           is_resource_head(word.folded) || is_resource_companion(word.folded) ||
           is_legal_form(word.folded);
}

/// "Klein & Partner", "Vogel & Söhne".
bool is_partnership(const std::vector<Word>& words) {
    for (std::size_t i = 1; i < words.size(); ++i) {
        const auto& before = words[i - 1].folded;
        const bool joined = before == "&" || before == "und" || before == "and" || before == "et" ||
                            before == "e" || before == "y";
        if (joined && is_partner(words[i].folded)) return true;
    }
    return false;
}

/// "OA DDr. Wolfgang Pichler": whatever stands before a doctor's title is one, too.
std::size_t first_title(const std::vector<Word>& words) {
    for (std::size_t i = 1; i < std::min<std::size_t>(words.size(), 4); ++i)
        if (is_doctorate(words[i].folded) && words[i].dotted && i + 2 < words.size() + 1 &&
            words.size() - i >= 3)
            return i;
    return 0;
}

/// "Beauty by Deborah Stähli": the name of a brand, and whose it is.
std::size_t behind_brand(const std::vector<Word>& words) {
    for (std::size_t i = 1; i + 2 < words.size(); ++i) {
        const auto& word = words[i].folded;
        const bool joins = word == "by" || word == "von" || word == "bei" || word == "with" ||
                           word == "mit" || word == "chez";
        if (joins &&
            std::any_of(
                words.begin(), words.begin() + static_cast<std::ptrdiff_t>(i), is_vocabulary
            ))
            return i + 1;
    }
    return 0;
}

Segment read_segment(const std::vector<Word>& whole) {
    Segment segment;
    if (whole.empty()) return segment;
    const auto from = std::max(first_title(whole), behind_brand(whole));
    const std::vector<Word> words(whole.begin() + static_cast<std::ptrdiff_t>(from), whole.end());
    if (behind_brand(whole) > 0) segment.name.steps.add(Step::Decorated);
    if (is_partnership(words)) {
        segment.kind = NameKind::Organisation;
        return segment;
    }
    if (std::all_of(words.begin(), words.end(), [](const Word& w) {
            return is_placeholder(w.folded);
        }))
        return segment;

    auto end = words.size();
    std::size_t names_before = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto& word = words[i];
        const bool business = is_organisation(word.folded);
        // "Werkstatt Annahme" is the desk of the business, and no name is between.
        const bool desk = business && i + 2 == words.size() && is_resource(words.back().folded);
        const bool resource = desk || is_resource(word.folded);
        if (resource || business) {
            const bool is_last = i + 1 == words.size();
            const bool legal = std::any_of(words.begin(), words.end(), [](const Word& w) {
                return is_legal_form(w.folded);
            });
            if (names_before < 2 || legal || (is_last && resource)) {
                segment.kind = resource ? NameKind::Resource : NameKind::Organisation;
                segment.team_like = word.folded != "meeting" && !word.folded.ends_with("raum") &&
                                    !word.folded.ends_with("zimmer") &&
                                    !word.folded.ends_with("kabine") && resource;
            }
            end = std::min(end, i);
            break;
        }
        if (is_legal_form(word.folded)) segment.kind = NameKind::Organisation;
        if (!word.is_number && !is_title(word.folded)) ++names_before;
    }
    if (segment.kind == NameKind::Empty) {
        if (is_all_vague(words) || (words.size() > 1 && leads_a_resource(words.front().folded))) {
            segment.kind = NameKind::Resource;
            segment.certain =
                words.size() > 1 &&
                std::any_of(words.begin(), words.end(), [](const Word& w) { return w.is_number; });
        }
    }
    if (segment.kind != NameKind::Empty && end < words.size()) {
        std::vector<Word> names;
        std::copy_if(words.begin(), words.end(), std::back_inserter(names), [](const Word& w) {
            return !is_vocabulary(w);
        });
        read_name(names, names.size(), segment);
    } else {
        read_name(words, end, segment);
    }
    for (auto i = end; i < words.size(); ++i)
        segment.rest.push_back(words[i].folded);
    if (segment.kind == NameKind::Empty && !segment.name.tokens.empty())
        segment.kind = NameKind::Person;
    return segment;
}

} // namespace calfleet::matching
