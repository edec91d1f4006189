#include "common/json/field_table.h"
#include "common/json/parser.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace calfleet::json {
namespace {

std::string refusal(std::string_view text, Limits limits = Limits()) {
    Parser parser;
    const auto result = parser.parse(text, limits);
    return result ? "accepted" : result.error().message;
}

std::string nested(std::size_t depth) {
    return std::string(depth, '[') + "1" + std::string(depth, ']');
}

TEST(JsonParser, ReadsEveryKindOfValue) {
    Parser parser;
    const auto root =
        parser.parse(R"({"t":"\u00e4\n","i":-7,"d":2.5,"b":true,"n":null,"a":[1,"x"],"o":{}})");
    ASSERT_TRUE(root);
    EXPECT_EQ(root->find("t")->as_text(), "ä\n");
    EXPECT_EQ(root->find("i")->as_int64(), -7);
    EXPECT_EQ(root->find("i")->as_double(), -7.0);
    EXPECT_EQ(root->find("d")->as_double(), 2.5);
    EXPECT_EQ(root->find("b")->as_bool(), true);
    EXPECT_TRUE(root->find("n")->is_null());
    EXPECT_TRUE(root->find("a")->is_array());
    EXPECT_TRUE(root->find("o")->is_object());
    EXPECT_FALSE(root->find("absent"));
}

TEST(JsonParser, ConvertsNothingBetweenKinds) {
    Parser parser;
    const auto root = parser.parse(R"(["7",7.0,18446744073709551615,true])");
    ASSERT_TRUE(root);
    for (const Value value : root->elements())
        EXPECT_FALSE(value.as_int64());
    EXPECT_FALSE(root->find("anything"));
    for ([[maybe_unused]] const Member member : root->members())
        ADD_FAILURE() << "an array has no members";
}

TEST(JsonParser, WalksMembersInOrderWithRepeatedKeys) {
    Parser parser;
    const auto root = parser.parse(R"({"b":1,"a":{"x":[1,2]},"b":3})");
    ASSERT_TRUE(root);
    std::string seen;
    for (const auto [key, value] : root->members())
        seen += std::string(key) + std::string(name(value.kind())) + ";";
    EXPECT_EQ(seen, "ban integer;aan object;ban integer;");
}

TEST(JsonParser, AcceptsExactlyTheDepthItWasGiven) {
    EXPECT_EQ(refusal(nested(64)), "accepted");
    EXPECT_EQ(refusal(nested(65)), "not acceptable JSON: nested deeper than 64 levels");
    EXPECT_EQ(refusal(nested(10'000)), "not acceptable JSON: nested deeper than 64 levels");
    EXPECT_EQ(refusal(nested(3), {.max_depth = 3}), "accepted");
    EXPECT_EQ(
        refusal(nested(4), {.max_depth = 3}), "not acceptable JSON: nested deeper than 3 levels"
    );
}

TEST(JsonParser, AcceptsExactlyTheSizeItWasGiven) {
    const std::string text = '"' + std::string(1024 * 1024 - 2, 'x') + '"';
    EXPECT_EQ(refusal(text), "accepted");
    EXPECT_EQ(refusal(text + " "), "1048577 bytes of JSON, at most 1048576 are accepted");
}

TEST(JsonParser, SaysWhatIsWrongAndAtWhichByte) {
    EXPECT_EQ(refusal(""), "not JSON: empty");
    EXPECT_EQ(refusal(" \n"), "not JSON: empty");
    EXPECT_EQ(refusal("\xEF\xBB\xBF{}"), "not JSON: starts with a byte order mark");
    EXPECT_EQ(refusal("hello"), "not JSON: expected a value at byte 0");
    EXPECT_EQ(refusal(R"({"a" 1})"), "not JSON: expected ':' at byte 5");
    EXPECT_EQ(refusal(R"({"a":1,})"), "not JSON: expected a key in quotes at byte 7");
    EXPECT_EQ(refusal(R"([1 2])"), "not JSON: expected ',' or ']' at byte 3");
    EXPECT_EQ(refusal(R"({"a":[1,)"), "not JSON: ends too early (expected a value) at byte 8");
    EXPECT_EQ(refusal(R"({"a":"b)"), "not JSON: ends too early (expected '\"') at byte 7");
    EXPECT_EQ(refusal("{} {}"), "not JSON: text behind the end of the document at byte 3");
    EXPECT_EQ(refusal("[\"\xC3\x28\"]"), "not JSON: invalid UTF-8 at byte 2");
    EXPECT_EQ(
        refusal("[\"a\tb\"]"), "not JSON: a control character must be escaped in text at byte 3"
    );
    EXPECT_EQ(refusal(R"(["\x"])"), "not JSON: unknown or incomplete escape at byte 2");
    EXPECT_EQ(refusal(R"(["\ud800"])"), "not JSON: unknown or incomplete escape at byte 2");
    EXPECT_EQ(refusal("[01]"), "not JSON: a number must not start with 0 at byte 2");
    EXPECT_EQ(refusal("[NaN]"), "not JSON: expected a value at byte 1");
    EXPECT_EQ(refusal("[1e400]"), "not JSON: the number 1e400 is out of range at byte 1");
    EXPECT_EQ(
        refusal("[99999999999999999999]"),
        "not JSON: the number 99999999999999999999 is out of range at byte 1"
    );
}

TEST(JsonParser, AcceptsTheEdgesOfNumbers) {
    EXPECT_EQ(
        refusal("[9223372036854775807,-9223372036854775808,18446744073709551615,1e-400,-0]"),
        "accepted"
    );
}

TEST(JsonParser, ForgetsAFailureAndTheDocumentBefore) {
    Parser parser;
    EXPECT_FALSE(parser.parse("["));
    EXPECT_FALSE(parser.parse(nested(100)));
    const auto root = parser.parse(R"(["again"])");
    ASSERT_TRUE(root);
    EXPECT_EQ((*root->elements().begin()).as_text(), "again");
}

TEST(JsonParser, KeepsNoViewOfTheBytesItWasGiven) {
    Parser parser;
    std::string bytes = R"({"a":"first"})";
    const auto root = parser.parse(bytes);
    bytes.assign(bytes.size(), '#');
    ASSERT_TRUE(root);
    EXPECT_EQ(root->find("a")->as_text(), "first");
}

TEST(FieldTable, FindsEveryNameAndNothingElse) {
    constexpr FieldTable kTable{
        std::array<std::string_view, 5>{"uid", "id", "end", "endTime", "di"}};
    for (std::size_t i = 0; i < 5; ++i)
        EXPECT_EQ(kTable.index_of(kTable.name_of(i)), i);
    for (const std::string_view other : {"", "UID", "i", "dui", "endtime", "endTimes"})
        EXPECT_EQ(kTable.index_of(other), kTable.kUnknown) << other;
}

std::string leniently(std::string_view text) {
    Parser parser;
    const auto root = parser.parse_leniently(text);
    if (!root) return root.error().message;
    const auto found = root->find("x");
    if (!found) return "no x";
    if (const auto content = found->as_text()) return std::string(*content);
    return std::string(name(found->kind()));
}

TEST(JsonParser, ReadsHalfCharactersLeniently) {
    EXPECT_EQ(leniently(R"({"x":"a\ud83d"})"), "a\uFFFD");
    EXPECT_EQ(leniently(R"({"x":"\ude00b"})"), "\uFFFDb");
    EXPECT_EQ(leniently(R"({"x":"\ud83d\ud83d\ude00"})"), "\uFFFD\U0001F600");
    EXPECT_EQ(leniently(R"({"x":"\ud83dA\n"})"), "\uFFFDA\n");
    EXPECT_EQ(leniently("{\"x\":\"a\xF0\x9F\x98\"}"), "a\uFFFD");
    EXPECT_EQ(leniently("{\"x\":\"a\xF0\x9F\"}"), "a\uFFFD");
    EXPECT_EQ(leniently("{\"x\":\"a\xE2\x82\"}"), "a\uFFFD");
    EXPECT_EQ(leniently("{\"x\":\"\xED\xA0\xBD\"}"), "\uFFFD");
    EXPECT_EQ(leniently("{\"x\":\"one\ttwo\n\"}"), "one\ttwo\n");
    // Another encoding is no half character.
    EXPECT_EQ(leniently("{\"x\":\"M\xFCller\"}"), "not JSON: invalid UTF-8 at byte 7");
    EXPECT_EQ(leniently("{\"x\":\"\xC3\x28\"}"), "not JSON: invalid UTF-8 at byte 6");
}

TEST(JsonParser, ReadsNumbersOfAnySizeLeniently) {
    for (const std::string number :
         {"18446744073709551616", "-9223372036854775809", "1e400", "-1e400"})
        EXPECT_EQ(leniently(R"({"x":)" + number + "}"), "a number") << number;
    EXPECT_EQ(leniently(R"({"x":)" + std::string(500, '9') + "}"), "a number");
    EXPECT_EQ(leniently(R"({"x":18446744073709551615})"), "an integer");
}

TEST(JsonParser, TellsTheMistakeBehindWhatItCanMend) {
    EXPECT_EQ(leniently(R"({"x":"\ud83d","y":})"), "not JSON: expected a value at byte 18");
    EXPECT_EQ(leniently(" "), "not JSON: empty");
    EXPECT_EQ(leniently("{\"x\":\"" + std::string(5000, '\x01') + "\"}").substr(0, 9), "not JSON:");
    EXPECT_EQ(
        leniently(R"({"y":"\ud83d","x":)" + nested(64) + "}"),
        "not acceptable JSON: nested deeper than 64 levels"
    );
}

TEST(JsonParser, IsStrictUnlessAsked) {
    EXPECT_NE(refusal(R"({"x":"\ud83d"})"), "accepted");
    EXPECT_NE(refusal(R"({"x":18446744073709551616})"), "accepted");
    EXPECT_NE(refusal("{\"x\":\"\t\"}"), "accepted");
}

} // namespace
} // namespace calfleet::json
