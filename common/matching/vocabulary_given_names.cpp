// Forms of given names across languages, and the given names that must not pass for each other's
// typing errors.
#include "common/matching/vocabulary.h"
#include "common/matching/word_tables.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace calfleet::matching {
namespace {

/// Lines of the short one, then all that it may stand for.
constexpr const GroupTable* kShortFormLists[] = {&kShortForms, &kEnglishShortForms};

bool is_left(std::uint16_t membership) {
    return (membership & 1U) != 0;
}

/// The number of a full name that has short forms but no line in kGivenNameForms: behind all
/// others.
std::size_t number_of_full(const GroupTable& list, std::size_t word) {
    const std::size_t before = &list == &kShortForms ? 0 : kShortForms.words.size;
    return kGivenNameForms.size + before + word;
}

struct Groups {
    std::vector<std::uint16_t> found;

    void add(std::size_t group, bool is_full) {
        const auto number = static_cast<std::uint16_t>(2 * group + (is_full ? 1 : 0));
        if (std::find(found.begin(), found.end(), number) == found.end()) found.push_back(number);
    }

    /// Those in which the word is a full form.
    bool add_full(std::string_view word, bool as_full) {
        bool any = false;
        for (const std::uint16_t membership : kGivenNameForms.groups_of(word)) {
            if (!is_left(membership)) continue;
            add(membership / 2, as_full);
            any = true;
        }
        return any;
    }

    /// Of the name that stands on the right of the list's line: its own when it has a line in
    /// kGivenNameForms, else its number.
    void add_of_short_form(const GroupTable& list, std::size_t word, bool as_full) {
        if (!add_full(list.words[word], as_full)) add(number_of_full(list, word), as_full);
    }
};

/// Calls with every form of the given name, with some more than once.
template <class Call>
void for_each_form(std::string_view word, Call call) {
    const auto all_of = [&](const GroupTable& list, std::size_t group) {
        for (const std::uint16_t member : list.members_of(group))
            call(list.words[member]);
    };
    for (const std::uint16_t membership : kGivenNameForms.groups_of(word))
        all_of(kGivenNameForms, membership / 2);
    for (const GroupTable* list : kShortFormLists) {
        for (const std::uint16_t membership : list->groups_of(word)) {
            if (is_left(membership))
                all_of(*list, membership / 2);
            else
                call(list->name_of(membership / 2));
        }
    }
}

} // namespace

bool same_given_name(std::string_view a, std::string_view b) {
    const auto mine = given_name_groups(a);
    if (mine.empty()) return false;
    const auto theirs = given_name_groups(b);
    return std::any_of(mine.begin(), mine.end(), [&](std::uint16_t one) {
        return std::any_of(theirs.begin(), theirs.end(), [&](std::uint16_t other) {
            return one / 2 == other / 2 && (is_left(one) || is_left(other));
        });
    });
}

std::vector<std::uint16_t> given_name_groups(std::string_view word) {
    Groups groups;
    for (const std::uint16_t membership : kGivenNameForms.groups_of(word))
        groups.add(membership / 2, is_left(membership));
    for (const GroupTable* list : kShortFormLists) {
        const auto number = list->words.find(word);
        for (const std::uint16_t membership : list->groups_of(word)) {
            if (!is_left(membership)) {
                groups.add_of_short_form(*list, *number, true);
                continue;
            }
            const auto members = list->members_of(membership / 2);
            for (const auto* full = members.begin() + 1; full != members.end(); ++full)
                groups.add_of_short_form(*list, *full, false);
        }
    }
    return std::move(groups.found);
}

std::vector<std::string> given_name_forms(std::string_view word) {
    std::vector<std::string> forms;
    for_each_form(word, [&](std::string_view form) {
        if (std::find(forms.begin(), forms.end(), form) == forms.end()) forms.emplace_back(form);
    });
    return forms;
}

std::uint32_t given_name_beginnings(std::string_view word) {
    std::uint32_t letters = 0;
    for_each_form(word, [&](std::string_view form) {
        if (form.front() >= 'a' && form.front() <= 'z') letters |= 1U << (form.front() - 'a');
    });
    return letters;
}

bool is_short_form(std::string_view word) {
    const auto is_right = [](std::uint16_t membership) { return !is_left(membership); };
    const auto groups = kGivenNameForms.groups_of(word);
    return std::any_of(groups.begin(), groups.end(), is_right) ||
           std::any_of(
               std::begin(kShortFormLists),
               std::end(kShortFormLists),
               [&](const GroupTable* list) {
                   const auto lines = list->groups_of(word);
                   return std::any_of(lines.begin(), lines.end(), is_left);
               }
           );
}

NameGender given_name_gender(std::string_view word) {
    if (kFemaleGivenNames.contains(word)) return NameGender::Female;
    if (kMaleGivenNames.contains(word)) return NameGender::Male;
    return NameGender::Unknown;
}

bool is_known_given_name(std::string_view word) {
    return kFemaleGivenNames.contains(word) || kMaleGivenNames.contains(word) ||
           kSharedGivenNames.contains(word) || kGivenNames.contains(word) ||
           kGivenNameForms.words.contains(word) || kShortForms.words.contains(word) ||
           kEnglishShortForms.words.contains(word);
}

bool is_common_family_name(std::string_view word) {
    return kFamilyNames.contains(word);
}

} // namespace calfleet::matching
