#include "common/matching/fold.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace calfleet::matching {
namespace {

bool has(const std::vector<std::string>& forms, const std::string& form) {
    return std::find(forms.begin(), forms.end(), form) != forms.end();
}

TEST(Clean, DropsWhatCannotBeSeenAndUnifiesBlanks) {
    EXPECT_EQ(clean("  Anna\u200b\t M\u00fcller \u202c"), U"anna müller");
    EXPECT_EQ(clean("Ａｎｎａ"), U"anna");
    EXPECT_EQ(clean("İbrahim"), U"ibrahim");
    EXPECT_EQ(clean("💅 Anna"), U"anna");
}

TEST(Clean, SurvivesInvalidUtf8AndCutsLongText) {
    EXPECT_EQ(clean("Anna \xff\xfe M"), U"anna m");
    EXPECT_EQ(clean("\xc3"), U"");
    EXPECT_LE(clean(std::string(100'000, 'a')).size(), kMaxNameCharacters);
}

TEST(LatinForms, KnowTheGermanAndThePlainSpelling) {
    EXPECT_EQ(latin_forms(U"müller", Script::Latin).front(), "mueller");
    EXPECT_TRUE(has(latin_forms(U"müller", Script::Latin), "muller"));
    EXPECT_TRUE(has(latin_forms(U"weiß", Script::Latin), "weiss"));
    EXPECT_TRUE(has(latin_forms(U"øystein", Script::Latin), "oystein"));
    EXPECT_TRUE(has(latin_forms(U"łukasz", Script::Latin), "lukasz"));
    EXPECT_TRUE(has(latin_forms(U"đorđe", Script::Latin), "djordje"));
}

TEST(MayBeSpelled, AcceptsEveryUsualRomanisation) {
    for (const auto* latin : {"shcherbakov", "schtscherbakow", "scerbakov"})
        EXPECT_TRUE(may_be_spelled(U"щербаков", Script::Cyrillic, latin)) << latin;
    for (const auto* latin : {"lee", "yi", "rhee", "i"})
        EXPECT_TRUE(may_be_spelled(U"이", Script::Hangul, latin)) << latin;
    EXPECT_TRUE(may_be_spelled(U"παπαδοπουλοσ", Script::Greek, "papadopoulos"));
}

TEST(MayBeSpelled, RefusesOtherNames) {
    EXPECT_FALSE(may_be_spelled(U"иванов", Script::Cyrillic, "ivanova"));
    EXPECT_FALSE(may_be_spelled(U"мария", Script::Cyrillic, "marina"));
    EXPECT_FALSE(may_be_spelled(U"민정", Script::Hangul, "minjun"));
}

TEST(EditDistance, CountsASwapOfNeighboursOnce) {
    EXPECT_EQ(edit_distance("mueller", "mulelre", 5), 2U);
    EXPECT_EQ(edit_distance("anna", "anan", 2), 1U);
    EXPECT_EQ(edit_distance("anna", "peter", 1), 2U);
    EXPECT_EQ(edit_distance("", "ab", 3), 2U);
}

} // namespace
} // namespace calfleet::matching
