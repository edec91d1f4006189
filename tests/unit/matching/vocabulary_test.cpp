// What the word lists know, as the matcher asks them.
#include "common/matching/vocabulary.h"

#include <gtest/gtest.h>

#include <string_view>

namespace calfleet::matching {
namespace {

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
