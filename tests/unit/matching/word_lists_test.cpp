// The word lists of common/matching/data: how a list is read, and that the ones that are there are
// good.
#include "common/matching/data/word_list.h"
#include "common/matching/fold.h"
#include "common/matching/vocabulary.h"
#include "common/matching/word_tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace calfleet::matching {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace fs = std::filesystem;

constexpr std::string_view kHeader = "# what: w\n# source: s\n# licence: l\n# date: 2026-12-01\n";

constexpr const char* kGivenNameLists[] = {
    "english_short_forms",
    "female_given_names",
    "given_name_forms",
    "given_names",
    "male_given_names",
    "shared_given_names",
    "short_forms"};

WordList read(const std::string& entries) {
    return read_word_list("data/some.txt", std::string{kHeader} + entries);
}

const std::map<std::string, WordList>& lists() {
    static const auto kLists = [] {
        std::map<std::string, WordList> found;
        const fs::path folder = fs::path{CALFLEET_SOURCE_DIR} / "common/matching/data";
        for (const auto& file : fs::directory_iterator(folder)) {
            if (file.path().extension() != ".txt" || file.path().stem() == "CMakeLists") continue;
            std::ifstream in{file.path(), std::ios::binary};
            const std::string text{std::istreambuf_iterator<char>{in}, {}};
            found.emplace(
                file.path().stem().string(), read_word_list(file.path().filename().string(), text)
            );
        }
        return found;
    }();
    return kLists;
}

/// On both sides.
std::set<std::string> words_of(const std::string& name) {
    std::set<std::string> words;
    for (const auto& entry : lists().at(name).entries) {
        words.insert(entry.left.begin(), entry.left.end());
        words.insert(entry.right.begin(), entry.right.end());
    }
    return words;
}

std::vector<std::string> in_both(const std::string& one, const std::string& other) {
    const auto a = words_of(one);
    const auto b = words_of(other);
    std::vector<std::string> both;
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
    return both;
}

std::string text_of(const std::string& path) {
    std::ifstream in{fs::path{CALFLEET_SOURCE_DIR} / path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

TEST(WordListFile, HoldsWordsOrGroups) {
    const auto words = read("adam\neva\n");
    EXPECT_THAT(words.complaints, IsEmpty());
    EXPECT_FALSE(words.has_groups);
    ASSERT_EQ(words.entries.size(), 2U);
    EXPECT_THAT(words.entries[1].left, ElementsAre("eva"));
    EXPECT_EQ(words.entries[1].line, 6U);

    const auto groups = read("anna ana: anni\nbjoern bjorn:\n");
    EXPECT_THAT(groups.complaints, IsEmpty());
    EXPECT_TRUE(groups.has_groups);
    EXPECT_THAT(groups.entries.at(0).left, ElementsAre("anna", "ana"));
    EXPECT_THAT(groups.entries.at(0).right, ElementsAre("anni"));
    EXPECT_THAT(groups.entries.at(1).right, IsEmpty());
}

TEST(WordListFile, SaysWhichLineIsWrongAndWhatToDo) {
    const auto complaint = [](const std::string& entries) {
        const auto complaints = read(entries).complaints;
        return complaints.empty() ? "" : complaints.front();
    };
    EXPECT_THAT(
        complaint("Eva\n"), AllOf(HasSubstr("data/some.txt:5: \"Eva\""), HasSubstr("small"))
    );
    EXPECT_THAT(complaint("jörg\n"), HasSubstr(":5: \"jörg\" has a Latin letter beyond ASCII"));
    EXPECT_THAT(complaint("eva\nadam\n"), AllOf(HasSubstr(":6:"), HasSubstr("LC_ALL=C sort -u")));
    EXPECT_THAT(complaint("adam\nadam\n"), HasSubstr(":6: is not behind"));
    EXPECT_THAT(complaint("adam eva\n"), HasSubstr(":5: has a blank"));
    EXPECT_THAT(complaint("adam\n\neva\n"), HasSubstr(":6: is empty"));
    EXPECT_THAT(complaint("adam\n# eva\n"), HasSubstr(":6: is a comment"));
    EXPECT_THAT(complaint("adam\neva: evi\n"), HasSubstr(":6: has a colon unlike"));
    EXPECT_THAT(complaint("adam:\neva\n"), HasSubstr(":6: has no colon"));
    EXPECT_THAT(complaint("adam:adi\n"), HasSubstr(":5: has no blank behind the colon"));
    EXPECT_THAT(complaint("adam:  adi\n"), HasSubstr(":5: \"\" two blanks"));
    EXPECT_THAT(complaint("adam: adi adi\n"), HasSubstr(":5: \"adi\" stands twice"));
    EXPECT_THAT(complaint("adam"), HasSubstr("line break"));
    EXPECT_THAT(complaint(""), HasSubstr("has no entry"));
    EXPECT_THAT(complaint(std::string(61, 'a') + "\n"), HasSubstr("too long"));
}

TEST(WordListFile, MustSayWhatItIsAndWhereItComesFrom) {
    for (const std::string field : {"what", "source", "licence", "date"}) {
        std::string text = std::string{kHeader} + "adam\n";
        text.replace(text.find("# " + field), 2, "# no ");
        EXPECT_THAT(
            read_word_list("some.txt", text).complaints,
            ElementsAre(HasSubstr("needs the lines \"# what: \""))
        ) << field;
    }
}

TEST(WordListFile, GivesItsTableItsName) {
    EXPECT_EQ(table_name("/x/data/role_words.txt"), "kRoleWords");
    EXPECT_EQ(table_name("titles.txt"), "kTitles");
}

TEST(WordLists, AreWellFormed) {
    EXPECT_GE(lists().size(), 30U);
    for (const auto& [name, list] : lists())
        EXPECT_THAT(list.complaints, IsEmpty());
}

/// Every program that matches names carries them.
TEST(WordLists, StaySmall) {
    std::size_t bytes = 0;
    for (const auto& [name, list] : lists())
        bytes += text_of("common/matching/data/" + name + ".txt").size();
    EXPECT_LT(bytes, 400U * 1024);
}

TEST(WordLists, AreAllInTheReadmeAndInTheBuild) {
    const std::string readme = text_of("common/matching/data/README.md");
    const std::string build = text_of("common/matching/CMakeLists.txt");
    for (const auto& [name, list] : lists()) {
        EXPECT_NE(readme.find("`" + name + ".txt`"), std::string::npos) << name;
        EXPECT_NE(build.find(name), std::string::npos) << name;
    }
}

/// A word that is not as clean() and native_spelling() give it is never found.
TEST(WordLists, HoldFoldedWords) {
    for (const auto& [name, list] : lists()) {
        for (const auto& entry : list.entries) {
            auto words = entry.left;
            words.insert(words.end(), entry.right.begin(), entry.right.end());
            for (const auto& word : words)
                EXPECT_EQ(to_utf8(clean(word)), word) << list.path << ":" << entry.line;
        }
    }
    for (const std::string name :
         {"names_without_vowels", "japanese_family_names", "japanese_given_names"}) {
        for (const auto& entry : lists().at(name).entries) {
            const auto letters = clean(entry.left.front());
            EXPECT_EQ(
                to_utf8(native_spelling(letters, script_of(letters.front()))), entry.left.front()
            ) << name
              << ".txt:" << entry.line;
        }
    }
}

/// Each pair of lists says of a word what cannot be true at once, but for the words that are named.
TEST(WordLists, DoNotContradictEachOther) {
    const auto doubtful = words_of("titles_or_names");
    const auto is_doubtful = [&](const std::string& word) { return doubtful.contains(word); };
    for (const char* names : kGivenNameLists)
        for (const auto& word : in_both("titles", names))
            EXPECT_TRUE(is_doubtful(word)) << word << " belongs to titles_or_names, too";
    for (const char* names : {"ambiguous_titles", "vietnamese_family_names"})
        for (const auto& word : in_both("titles", names))
            EXPECT_TRUE(is_doubtful(word)) << word << " belongs to titles_or_names, too";
    EXPECT_EQ(in_both("titles_or_names", "titles").size(), doubtful.size());
    EXPECT_THAT(in_both("degrees", "dotted_degrees"), IsEmpty())
        << "with dots only, or also without";
    for (const char* names :
         {"female_given_names", "given_names", "male_given_names", "shared_given_names"})
        EXPECT_THAT(in_both("vietnamese_family_names", names), IsEmpty())
            << "nearly always the family: it tells Nguyen Thi Lan from Lan Nguyen Thi";
    EXPECT_THAT(in_both("resources", "resource_heads"), ElementsAre("office")) << "a name, or not";
    for (const char* names : kGivenNameLists) {
        // Md Rahman is a Mohammed, A. Rahman MD a doctor; Na is a Chinese name and Nan a Nancy, n/a
        // and NaN are none.
        for (const auto& word : in_both("degrees", names))
            EXPECT_EQ(word, "md") << "belongs to dotted_degrees";
        for (const auto& word : in_both("placeholders", names))
            EXPECT_TRUE(word == "na" || word == "nan") << word;
        EXPECT_THAT(in_both("legal_forms", names), IsEmpty());
        EXPECT_THAT(in_both("resources", names), IsEmpty()) << "belongs to resource_heads";
    }
}

TEST(WordTables, FindEveryWordOfTheirListAndNoOther) {
    for (const auto& word : words_of("titles"))
        EXPECT_TRUE(kTitles.contains(word)) << word;
    EXPECT_EQ(kTitles.size, words_of("titles").size());
    EXPECT_FALSE(kTitles.contains(""));
    EXPECT_FALSE(kTitles.contains("anna"));
    EXPECT_FALSE(kTitles.contains("\xff"));
}

TEST(WordTables, KnowTheMembersOfTheirGroups) {
    for (const auto& entry : lists().at("given_name_forms").entries) {
        for (const auto* side : {&entry.left, &entry.right}) {
            for (const auto& word : *side) {
                const auto groups = kGivenNameForms.groups_of(word);
                EXPECT_TRUE(std::any_of(groups.begin(), groups.end(), [&](auto group) {
                    const bool is_left = (group & 1U) != 0;
                    return is_left == (side == &entry.left) &&
                           kGivenNameForms.name_of(group / 2) == entry.left.front();
                })) << word;
            }
        }
    }
    EXPECT_TRUE(kGivenNameForms.groups_of("nobody").empty());
}

} // namespace
} // namespace calfleet::matching
