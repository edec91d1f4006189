// Forms of given names across languages, and the common given names that must
// not pass for each other's typos.
#include "common/matching/given_name_lists.h"
#include "common/matching/vocabulary.h"

#include <algorithm>
#include <sstream>
#include <unordered_map>
#include <unordered_set>

namespace calfleet::matching {
namespace {

struct Form {
    std::size_t group;
    bool is_full;
};

struct GivenNames {
    std::unordered_multimap<std::string, Form> forms;
    std::vector<std::vector<std::string>> members;
    std::unordered_set<std::string> known;

    GivenNames() {
        std::istringstream lines{kForms};
        for (std::string line; std::getline(lines, line);) {
            std::istringstream in{line};
            auto& group = members.emplace_back();
            bool is_full = true;
            for (std::string word; in >> word;) {
                if (word == "|") {
                    is_full = false;
                    continue;
                }
                forms.emplace(word, Form{members.size() - 1, is_full});
                group.push_back(word);
                known.insert(word);
            }
        }
        std::istringstream pets{kPetForms};
        for (std::string entry; std::getline(pets, entry, ';');)
            add_pet_form(entry);
        std::istringstream in{kOthers};
        for (std::string word; in >> word;)
            known.insert(word);
    }

    void add_pet_form(const std::string& entry) {
        std::istringstream in{entry};
        auto& group = members.emplace_back();
        for (std::string word; in >> word;) {
            forms.emplace(word, Form{members.size() - 1, !group.empty()});
            group.push_back(word);
            known.insert(word);
        }
    }
};

const GivenNames& given_names() {
    static const GivenNames kNames;
    return kNames;
}

} // namespace

bool same_given_name(std::string_view a, std::string_view b) {
    const auto& forms = given_names().forms;
    const auto [first, last] = forms.equal_range(std::string{a});
    if (first == last) return false;
    const auto [other_first, other_last] = forms.equal_range(std::string{b});
    for (auto mine = first; mine != last; ++mine) {
        for (auto theirs = other_first; theirs != other_last; ++theirs) {
            const bool same_group = mine->second.group == theirs->second.group;
            if (same_group && (mine->second.is_full || theirs->second.is_full)) return true;
        }
    }
    return false;
}

std::vector<std::uint16_t> given_name_groups(std::string_view word) {
    const auto [first, last] = given_names().forms.equal_range(std::string{word});
    std::vector<std::uint16_t> groups;
    for (auto mine = first; mine != last; ++mine)
        groups.push_back(
            static_cast<std::uint16_t>(2 * mine->second.group + (mine->second.is_full ? 1 : 0))
        );
    return groups;
}

std::vector<std::string> given_name_forms(std::string_view word) {
    const auto& names = given_names();
    const auto [first, last] = names.forms.equal_range(std::string{word});
    std::vector<std::string> forms;
    for (auto mine = first; mine != last; ++mine) {
        const auto& members = names.members[mine->second.group];
        forms.insert(forms.end(), members.begin(), members.end());
    }
    return forms;
}

bool is_known_given_name(std::string_view word) {
    return given_names().known.contains(std::string{word});
}

} // namespace calfleet::matching
