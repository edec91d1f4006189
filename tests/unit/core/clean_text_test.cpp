#include "common/core/clean_text.h"
#include "common/core/text.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace calfleet {
namespace {

TEST(CleanText, MakesOneLine) {
    EXPECT_EQ(clean_line("Rosa\tFeld"), "Rosa Feld");
    EXPECT_EQ(clean_line("Rosa \r\n\r\n Feld"), "Rosa Feld");
    EXPECT_EQ(
        clean_line("a\xC2\x85"
                   "b\xE2\x80\xA8"
                   "c\xE2\x80\xA9"
                   "d\ve\ff"),
        "a b c d e f"
    );
    EXPECT_EQ(clean_line("  Rosa  Feld  "), "Rosa  Feld");
    EXPECT_EQ(clean_line(std::string_view("Ro\0sa\x7F\x1B\xC2\x9F", 9)), "Rosa");
    EXPECT_EQ(clean_line("\r\n\t"), "");
    EXPECT_EQ(clean_line("Ж\t漢 😀"), "Ж 漢 😀");
}

TEST(CleanText, KeepsTheLinesOfADescription) {
    EXPECT_EQ(
        clean_lines("\n one\r\n\ttwo\rthree\xE2\x80\xA8 four\n\n"), "one\n\ttwo\nthree\n four"
    );
    EXPECT_EQ(clean_lines(std::string_view("a\0b\x07", 4)), "ab");
}

TEST(CleanText, IsCleanAfterwardsAndNeverLonger) {
    std::mt19937 random(7);
    const std::string_view pieces[]{
        "a", " ", "\t", "\r\n", "\n", "\xC2\x85", "\xE2\x80\xA8", "ü", "\x01", "😀"};
    for (int i = 0; i < 20'000; ++i) {
        std::string text;
        for (auto parts = random() % 24; parts > 0; --parts)
            text += pieces[random() % std::size(pieces)];
        const std::string clean = clean_line(text);
        ASSERT_TRUE(is_clean_line(clean)) << i;
        ASSERT_LE(clean.size(), text.size());
        ASSERT_EQ(clean_line(clean), clean);
        ASSERT_EQ(is_clean_line(text), clean == text) << i;
        ASSERT_TRUE(is_valid_utf8(clean));
        ASSERT_EQ(clean_lines(clean_lines(text)), clean_lines(text));
    }
}

} // namespace
} // namespace calfleet
