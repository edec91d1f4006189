#include "common/core/text.h"
#include "common/json/parser.h"
#include "common/json/writer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

namespace calfleet::json {
namespace {

TEST(JsonWriter, WritesNestedObjectsAndArrays) {
    Writer json;
    json.begin_object()
        .field("id", 7)
        .field("name", "Ana")
        .key("list")
        .begin_array()
        .value(1)
        .value(true);
    json.begin_object()
        .end_object()
        .null()
        .end_array()
        .field("none", std::optional<int>{})
        .end_object();
    EXPECT_EQ(json.view(), R"({"id":7,"name":"Ana","list":[1,true,{},null],"none":null})");
    EXPECT_EQ(json.take().size(), 57U);
    EXPECT_EQ(json.view(), "");
}

TEST(JsonWriter, TellsNumbersTextAndTruthApart) {
    Writer json;
    json.begin_array()
        .value(std::int64_t{-5})
        .value(std::numeric_limits<std::uint64_t>::max())
        .value(2.5);
    json.value(std::numeric_limits<double>::infinity()).value("true").value(false).end_array();
    EXPECT_EQ(json.view(), R"([-5,18446744073709551615,2.5,null,"true",false])");
}

// Found by json_fuzz: as digits alone it was an integer of more than 64 bits.
TEST(JsonWriter, ABigDoubleCanBeReadAgain) {
    Parser parser;
    for (const std::string_view number :
         {"-111111111111111111111e0", "1e15", "18446744073709551616.0", "-1.5e300"}) {
        const auto read = parser.parse(number);
        ASSERT_TRUE(read) << number;
        const double wanted = *read->as_double();
        Writer json;
        json.value(wanted);
        Parser second;
        const auto again = second.parse(json.view());
        ASSERT_TRUE(again) << json.view();
        EXPECT_EQ(again->as_double(), wanted) << json.view();
    }
}

TEST(JsonWriter, EscapesWhateverBytesItIsGiven) {
    std::string all;
    for (int byte = 0; byte < 256; ++byte)
        all.push_back(static_cast<char>(byte));
    Writer json;
    json.value(all);
    EXPECT_TRUE(is_valid_utf8(json.view()));
    EXPECT_EQ(json.view().find('\n'), std::string_view::npos);
    Parser parser;
    const auto root = parser.parse(json.view());
    ASSERT_TRUE(root) << root.error().message;
    EXPECT_EQ(root->as_text()->substr(0, 0x80), all.substr(0, 0x80));
}

TEST(JsonWriter, KeepsGoodCharactersBesideBrokenOnes) {
    Writer json;
    json.value("ä\xFF€\xE2\x82😀\xC3");
    EXPECT_EQ(json.view(), "\"ä\uFFFD€\uFFFD\uFFFD😀\uFFFD\"");
}

TEST(JsonWriter, WritesAParsedDocumentAgainWithoutLoss) {
    static constexpr std::string_view kText =
        R"({"a":[1,-2,18446744073709551615,0.1,1e+300,"x\"\\\u0001ä"],"b":{},"a":null,"c":[[],true]})";
    Parser parser;
    const auto root = parser.parse(kText);
    ASSERT_TRUE(root);
    EXPECT_EQ(Writer().value(*root).view(), kText);
}

} // namespace
} // namespace calfleet::json
