#include "common/core/phone_number.h"

#include <gtest/gtest.h>

#include <string>

namespace calfleet {
namespace {

TEST(PhoneNumber, IsTheSameInAllItsSpellings) {
    for (const std::string_view text :
         {"+49 151 12345678",
          "+49 (0)151 12345678",
          "+4901511 2345678",
          "0049-151-12345678",
          "0151/12345678",
          "(0151) 1234 5678",
          "49 151 12345678",
          "tel:+4915112345678",
          "+49 151 12345678 ext. 12",
          "+49 151 12345678;ext=12",
          "＋４９ 151 12345678"})
        EXPECT_EQ(canonical_phone(text, "DE"), "4915112345678") << text;
}

TEST(PhoneNumber, FollowsTheRulesOfItsCountry) {
    EXPECT_EQ(canonical_phone("06 12 34 56 78", "FR"), "33612345678");
    EXPECT_EQ(canonical_phone("612 345 678", "ES"), "34612345678");
    EXPECT_EQ(canonical_phone("06 1234 5678", "IT"), "390612345678");
    EXPECT_EQ(canonical_phone("+39 06 1234 5678", "DE"), "390612345678");
    EXPECT_EQ(canonical_phone("06 30 123 4567", "HU"), "36301234567");
    EXPECT_EQ(canonical_phone("(212) 555-0143", "US"), "12125550143");
    EXPECT_EQ(canonical_phone("1 212 555 0143", "US"), "12125550143");
    EXPECT_EQ(canonical_phone("011 49 151 12345678", "US"), "4915112345678");
    EXPECT_EQ(canonical_phone("8 912 345-67-89", "RU"), "79123456789");
    EXPECT_EQ(canonical_phone("+7 912 345-67-89", "RU"), "79123456789");
    EXPECT_EQ(canonical_phone("020 7946 0000", "GB"), "442079460000");
}

TEST(PhoneNumber, KeepsItsDigitsWhereNobodyKnowsTheCountry) {
    EXPECT_EQ(canonical_phone("0151 12345678", ""), "015112345678");
    EXPECT_EQ(canonical_phone("0049 151 12345678", ""), "4915112345678");
    EXPECT_EQ(canonical_phone("0151 12345678", "ZZ"), "015112345678");
    EXPECT_EQ(canonical_phone("+999 123", "DE"), "999123");
}

TEST(PhoneNumber, IsNoneWithoutDigitsOrWithTooMany) {
    for (const std::string_view text : {"", "+", "none", "-", "1234567890123456"})
        EXPECT_EQ(canonical_phone(text, ""), "") << text;
    EXPECT_TRUE(is_international_phone(" +1 2"));
    EXPECT_FALSE(is_international_phone("0049 1"));
}

} // namespace
} // namespace calfleet
