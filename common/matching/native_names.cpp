#include "common/matching/native_names.h"

#include "common/matching/fold.h"
#include "common/matching/word_tables.h"

#include <algorithm>
#include <unordered_map>

namespace calfleet::matching {
namespace {

using Table = std::unordered_map<std::string, ListedName>;

/// What tokens point at; made when the first name in such a script is read.
const Table& listed_names() {
    static const Table kNames = [] {
        Table table;
        for (const auto* list :
             {&kNamesWithoutVowels, &kJapaneseFamilyNames, &kJapaneseGivenNames}) {
            for (std::size_t group = 0; group < list->size; ++group) {
                auto& name = table[std::string{list->name_of(group)}];
                const auto members = list->members_of(group);
                for (const auto* member = members.begin() + 1; member != members.end(); ++member) {
                    name.spellings.emplace_back(list->words[*member]);
                    name.keys.push_back(loose_key(name.spellings.back()));
                }
            }
        }
        return table;
    }();
    return kNames;
}

bool is_native_of(const GroupTable& list, std::string_view word) {
    const auto groups = list.groups_of(word);
    return std::any_of(groups.begin(), groups.end(), [](auto group) { return (group & 1U) != 0; });
}

} // namespace

const ListedName* listed_name(std::u32string_view native) {
    const auto found = listed_names().find(to_utf8(native));
    return found == listed_names().end() ? nullptr : &found->second;
}

std::vector<std::uint16_t> spelled_natives(std::string_view latin) {
    std::vector<std::uint16_t> natives;
    for (const std::uint16_t group : kNamesWithoutVowels.groups_of(latin))
        natives.push_back(group / 2);
    return natives;
}

NativeName known_native_name(const Token& native, const Token& latin) {
    const bool vowelless = native.script == Script::Arabic || native.script == Script::Hebrew;
    if (native.listed) {
        const bool same =
            std::any_of(latin.forms.begin(), latin.forms.end(), [&](const auto& form) {
                const auto& spellings = native.listed->spellings;
                return std::find(spellings.begin(), spellings.end(), form) != spellings.end();
            });
        if (same) return NativeName::Same;
        return vowelless ? NativeName::Different : NativeName::NotListed;
    }
    // الحسين is not in the list that has حسين: its letters decide.
    const bool has_article = native.native.size() >= 5 && native.native.starts_with(U"ال");
    const bool latin_listed =
        vowelless && !has_article &&
        std::any_of(latin.facts.begin(), latin.facts.end(), [](const auto& facts) {
            return !facts.natives.empty();
        });
    return latin_listed ? NativeName::Different : NativeName::NotListed;
}

bool is_listed_name(std::u32string_view native) {
    const std::string word = to_utf8(native);
    return is_native_of(kNamesWithoutVowels, word) || is_native_of(kJapaneseFamilyNames, word) ||
           is_native_of(kJapaneseGivenNames, word);
}

std::size_t japanese_family_length(std::u32string_view letters) {
    for (std::size_t length = std::min<std::size_t>(3, letters.size() - 1); length >= 1; --length) {
        if (is_native_of(kJapaneseFamilyNames, to_utf8(letters.substr(0, length))) &&
            is_listed_name(letters.substr(length))) {
            return length;
        }
    }
    return 0;
}

} // namespace calfleet::matching
