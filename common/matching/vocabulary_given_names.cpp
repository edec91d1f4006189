// Forms of given names across languages, and the given names that must not pass for each other's
// typing errors.
#include "common/matching/vocabulary.h"
#include "common/matching/word_tables.h"

#include <algorithm>

namespace calfleet::matching {
namespace {

// kGivenNameForms has the full forms on the left; kShortForms has one short form there, and full
// forms on the right. Its groups are numbered behind those of kGivenNameForms.

std::uint16_t number_of_short_form(std::uint16_t membership) {
    return static_cast<std::uint16_t>(2 * kGivenNameForms.size + (membership ^ 1U));
}

void add_members(const GroupTable& table, std::string_view word, std::vector<std::string>& forms) {
    for (const std::uint16_t membership : table.groups_of(word))
        for (const std::uint16_t number : table.members_of(membership / 2))
            forms.emplace_back(table.words[number]);
}

} // namespace

bool same_given_name(std::string_view a, std::string_view b) {
    const auto mine = given_name_groups(a);
    if (mine.empty()) return false;
    const auto theirs = given_name_groups(b);
    return std::any_of(mine.begin(), mine.end(), [&](std::uint16_t one) {
        return std::any_of(theirs.begin(), theirs.end(), [&](std::uint16_t other) {
            return one / 2 == other / 2 && ((one | other) & 1U) != 0;
        });
    });
}

std::vector<std::uint16_t> given_name_groups(std::string_view word) {
    const auto full = kGivenNameForms.groups_of(word);
    std::vector<std::uint16_t> groups(full.begin(), full.end());
    for (const std::uint16_t membership : kShortForms.groups_of(word))
        groups.push_back(number_of_short_form(membership));
    return groups;
}

std::vector<std::string> given_name_forms(std::string_view word) {
    std::vector<std::string> forms;
    add_members(kGivenNameForms, word, forms);
    add_members(kShortForms, word, forms);
    return forms;
}

bool is_known_given_name(std::string_view word) {
    return kGivenNames.contains(word) || kGivenNameForms.words.contains(word) ||
           kShortForms.words.contains(word);
}

} // namespace calfleet::matching
