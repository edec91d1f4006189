// What the word lists know, as the matcher asks them.
#include "common/matching/vocabulary.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

namespace calfleet::matching {
namespace {

TEST(GivenNames, KeepTheAmbiguityOfShortForms) {
    for (const std::string_view full : {"alexander", "alexandra", "alejandro", "oleksandr"})
        EXPECT_TRUE(same_given_name("alex", full)) << full;
    EXPECT_TRUE(same_given_name("conny", "cornelia"));
    EXPECT_TRUE(same_given_name("conny", "cornelius"));
    EXPECT_TRUE(same_given_name("cornelius", "conny"));
    EXPECT_TRUE(same_given_name("sascha", "alexandra"));
    EXPECT_TRUE(same_given_name("basti", "sebastian"));
    EXPECT_TRUE(same_given_name("pisti", "istvan"));
    EXPECT_TRUE(same_given_name("ibo", "ibrahim"));
    EXPECT_TRUE(same_given_name("katarzyna", "katharina"));
    EXPECT_TRUE(same_given_name("jonni", "johnathon") || same_given_name("jonnie", "jonathan"));
}

TEST(GivenNames, AreNotTheSameForAShortFormThatTheyShare) {
    EXPECT_FALSE(same_given_name("melanie", "melissa"));
    EXPECT_FALSE(same_given_name("alexander", "alexandra"));
    EXPECT_FALSE(same_given_name("liz", "beth"));
    EXPECT_FALSE(same_given_name("toni", "tonya"));
    EXPECT_FALSE(same_given_name("heike", "heiko"));
    EXPECT_FALSE(same_given_name("andrea", "andreas"));
    EXPECT_FALSE(same_given_name("anke", "anna"));
    EXPECT_FALSE(same_given_name("unknown", "unknown"));
}

TEST(GivenNames, OfAShortFormAreFoundFromEitherSide) {
    const auto forms = given_name_forms("conny");
    EXPECT_NE(std::find(forms.begin(), forms.end(), "cornelius"), forms.end());
    const auto shorts = given_name_forms("cornelius");
    EXPECT_NE(std::find(shorts.begin(), shorts.end(), "conny"), shorts.end());
    EXPECT_EQ(std::find(shorts.begin(), shorts.end(), "cornelia"), shorts.end());
    EXPECT_TRUE(given_name_forms("bretschneider").empty());
}

TEST(GivenNames, ThatExistAreToldFromFamilyNames) {
    for (const std::string_view name :
         {"annelise",
          "heike",
          "heiko",
          "andrea",
          "andreas",
          "joerg",
          "jorg",
          "desislava",
          "golnaz"})
        EXPECT_TRUE(is_known_given_name(name)) << name;
    for (const std::string_view name : {"bretschneider", "mueller", "schneider", "hofmann"})
        EXPECT_FALSE(is_known_given_name(name)) << name;
}

TEST(GivenNames, SayWhetherTheyAreShortForms) {
    for (const std::string_view name : {"alex", "conny", "max", "zsuzsi", "wojtek"})
        EXPECT_TRUE(is_short_form(name)) << name;
    for (const std::string_view name : {"alexander", "maximilian", "zsuzsanna", "heike", "mueller"})
        EXPECT_FALSE(is_short_form(name)) << name;
}

TEST(GivenNames, TellWomenFromMenWhereTheyDo) {
    EXPECT_EQ(given_name_gender("heike"), NameGender::Female);
    EXPECT_EQ(given_name_gender("heiko"), NameGender::Male);
    EXPECT_EQ(given_name_gender("andreas"), NameGender::Male);
    EXPECT_EQ(given_name_gender("andrea"), NameGender::Unknown) << "a man in Italy";
    EXPECT_EQ(given_name_gender("bretschneider"), NameGender::Unknown);
}

TEST(FamilyNames, ThatDifferInALetterAreBothKnown) {
    for (const std::string_view name :
         {"schmid",
          "schmidt",
          "schmitt",
          "hofmann",
          "hoffmann",
          "meier",
          "meyer",
          "maier",
          "mayer",
          "mayr",
          "petrovic",
          "nowak",
          "novak"})
        EXPECT_TRUE(is_common_family_name(name)) << name;
    EXPECT_FALSE(is_common_family_name("schmidd"));
    EXPECT_FALSE(is_common_family_name("hofmannn"));
}

TEST(Words, OfManyLanguagesAreKnown) {
    for (const std::string_view word :
         {"mag", "ddr", "univ", "prof", "mudr", "uzm", "docteur", "doutora", "dott", "inz"})
        EXPECT_TRUE(is_title(word)) << word;
    for (const std::string_view word : {"bsc", "mba", "msc", "fmh", "efz", "dmd", "rn"})
        EXPECT_TRUE(is_degree(word)) << word;
    for (const std::string_view word :
         {"dentalhygienikerin",
          "praxisassistentin",
          "estheticienne",
          "fryzjerka",
          "fizjoterapeutka",
          "kosmeticka",
          "fodrasz",
          "fizyoterapist",
          "enfermera",
          "igienista",
          "kapster",
          "tandlakare",
          "фризьорка",
          "pta"})
        EXPECT_TRUE(is_occupation(word) || is_degree(word)) << word;
    for (const std::string_view word :
         {"fruehschicht", "warteliste", "yogakurs", "rezerwacje", "naptar"})
        EXPECT_TRUE(is_resource(word)) << word;
    for (const std::string_view word :
         {"terminvergabe", "patientenservice", "programari", "ajanvaraus"})
        EXPECT_TRUE(is_role_word(word)) << word;
    EXPECT_TRUE(is_resource_companion("dienstag"));
    EXPECT_FALSE(is_resource("freitag")) << "people are called so";
}

} // namespace
} // namespace calfleet::matching
