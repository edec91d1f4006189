#include "common/core/random.h"
#include "common/core/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calfleet {
namespace {

using testing::ElementsAre;

TEST(Utf8, AcceptsTheFirstAndLastCharacterOfEveryLength) {
    for (const char* text :
         {"",
          "\x7f",
          "\xC2\x80",
          "\xDF\xBF",
          "\xE0\xA0\x80",
          "\xED\x9F\xBF",
          "\xEE\x80\x80",
          "\xEF\xBF\xBF",
          "\xF0\x90\x80\x80",
          "\xF4\x8F\xBF\xBF"})
        EXPECT_TRUE(is_valid_utf8(text)) << text;
    EXPECT_TRUE(is_valid_utf8(std::string_view("\0", 1)));
}

TEST(Utf8, RefusesOverlongFormsSurrogatesAndCutCharacters) {
    for (const char* text :
         {"\x80",
          "\xBF",
          "\xC0\x80",
          "\xC1\xBF",
          "\xE0\x9F\xBF",
          "\xED\xA0\x80",
          "\xED\xBF\xBF",
          "\xF0\x8F\xBF\xBF",
          "\xF4\x90\x80\x80",
          "\xF5\x80\x80\x80",
          "\xFF",
          "\xC3",
          "\xE2\x82",
          "\xF0\x9F\x98",
          "\xC3(",
          "a\xE2(\xA1"})
        EXPECT_FALSE(is_valid_utf8(text)) << text;
}

TEST(Printable, IsValidUtf8WithoutControlCharactersWhateverTheBytes) {
    Random random(20261121);
    for (int i = 0; i < 2000; ++i) {
        std::string bytes(random.below(40), '\0');
        for (char& byte : bytes)
            byte = static_cast<char>(random.below(256));
        const std::string shown = printable(bytes, 30);
        ASSERT_TRUE(is_valid_utf8(shown));
        ASSERT_LE(shown.size(), 30U + 3U);
        for (const char c : shown)
            ASSERT_FALSE(static_cast<unsigned char>(c) < 0x20 || c == 0x7F);
    }
}

TEST(Printable, LeavesReadableTextAloneAndCutsBetweenCharacters) {
    EXPECT_EQ(printable("Jürgen Weiß"), "Jürgen Weiß");
    EXPECT_EQ(printable("äöü", 4), "äö…");
    EXPECT_EQ(printable("äöü", 5), "äö…");
    EXPECT_EQ(printable("äöü", 6), "äöü");
    EXPECT_EQ(printable("a\nb\xff"), "a\uFFFDb\uFFFD");
    EXPECT_EQ(printable("\xC2\x85"), "\uFFFD") << "NEL, a C1 control";
}

TEST(Trim, TakesBlanksFromBothEndsOnly) {
    EXPECT_EQ(trim("  a b\t\r\n"), "a b");
    EXPECT_EQ(trim(" \n "), "");
    EXPECT_EQ(trim(""), "");
}

TEST(Split, KeepsEmptyParts) {
    EXPECT_THAT(split("", ','), ElementsAre(""));
    EXPECT_THAT(split(",a,,b,", ','), ElementsAre("", "a", "", "b", ""));
}

TEST(ParseNumber, TakesTheWholeTextOrNothing) {
    EXPECT_EQ(parse_int64("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
    for (const char* text : {"", " 1", "1 ", "+1", "0x1", "9223372036854775808", "1.0", "--1"})
        EXPECT_FALSE(parse_int64(text)) << text;
    EXPECT_EQ(parse_double("2.5e-1"), 0.25);
    for (const char* text : {"", "nan", "inf", "-inf", "1e999", "1,5", "1.5x"})
        EXPECT_FALSE(parse_double(text)) << text;
}

TEST(Nearest, FindsTheClosestNameWithinThreeEdits) {
    const std::vector<std::string_view> names{"LANES", "LEASE", "LINGER"};
    EXPECT_EQ(nearest("LANE", names), "LANES");
    EXPECT_EQ(nearest("LESE", names), "LEASE");
    EXPECT_EQ(nearest("COMPLETELY_DIFFERENT", names), "");
    EXPECT_EQ(nearest("x", {}), "");
}

TEST(Nearest, IsCheapForVeryLongWords) {
    EXPECT_EQ(nearest(std::string(1'000'000, 'x'), {"LANES"}), "");
}

} // namespace
} // namespace calfleet
