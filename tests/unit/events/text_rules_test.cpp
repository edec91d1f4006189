#include "common/core/text.h"
#include "common/events/text_rules.h"

#include <gtest/gtest.h>

#include <string>

namespace calfleet::events {
namespace {

// Eight bytes are looked at together: every byte must count at every place.
TEST(TextRules, SeeEveryControlCharacterAtEveryPlace) {
    for (std::size_t size = 1; size <= 20; ++size) {
        for (std::size_t at = 0; at < size; ++at) {
            for (int byte = 0; byte < 128; ++byte) {
                std::string text(size, 'a');
                text[at] = static_cast<char>(byte);
                const bool control = byte < 0x20 || byte == 0x7F;
                ASSERT_EQ(is_free_of_controls(text), !control) << size << ' ' << at << ' ' << byte;
                ASSERT_EQ(is_clean(text), !control) << size << ' ' << at << ' ' << byte;
            }
        }
    }
}

TEST(TextRules, SeeC1ControlsBesideGoodCharacters) {
    for (std::size_t at = 0; at <= 12; ++at) {
        std::string text(12, '~');
        EXPECT_FALSE(is_free_of_controls(std::string(text).insert(at, "\xC2\x85"))) << at;
        EXPECT_TRUE(is_clean(std::string(text).insert(at, "\xC2\xA0"))) << at;
        EXPECT_TRUE(is_clean(std::string(text).insert(at, "Ж漢😀"))) << at;
        EXPECT_FALSE(is_clean(std::string(text).insert(at, "\xC2"))) << at;
        EXPECT_FALSE(is_clean(std::string(text).insert(at, "\xED\xA0\x80"))) << at;
    }
}

TEST(TextRules, KnowATraceparent) {
    const std::string good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    EXPECT_TRUE(is_traceparent(good));
    EXPECT_FALSE(is_traceparent(good + "0"));
    EXPECT_FALSE(is_traceparent("ff" + good.substr(2)));
    EXPECT_FALSE(is_traceparent("00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
}

} // namespace
} // namespace calfleet::events
