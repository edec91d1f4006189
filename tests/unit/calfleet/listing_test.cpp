#include "workers/calfleet/listing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <utility>
#include <vector>

namespace calfleet::cli {
namespace {

std::string table(const Listing& listing) {
    std::ostringstream out;
    print_table(listing, out);
    return out.str();
}

std::string json(const Listing& listing) {
    std::ostringstream out;
    print_json(listing, out);
    return out.str();
}

TEST(Listing, AlignsTextLeftAndNumbersRight) {
    EXPECT_EQ(
        table(
            {.columns = {"id", "name", "mean_score"},
             .rows = {{std::int64_t{7}, "Ana", 75.5}, {std::int64_t{1234}, "Bo", Cell{}}}}
        ),
        "  id  name  mean score\n"
        "----  ----  ----------\n"
        "   7  Ana        75.50\n"
        "1234  Bo             -\n"
    );
}

TEST(Listing, AlignsByTheColumnsATerminalUsesAndNotByBytes) {
    EXPECT_EQ(display_width("Jürgen"), 6);
    EXPECT_EQ(display_width("Ju\u0308rgen"), 6) << "a combining mark takes no column";
    EXPECT_EQ(display_width("田中"), 4);
    EXPECT_EQ(display_width("👩"), 2);
    EXPECT_EQ(
        table({.columns = {"name", "x"}, .rows = {{"Weiß", "a"}, {"田中", "b"}, {"Ann", "c"}}}),
        "name  x\n"
        "----  -\n"
        "Weiß  a\n"
        "田中  b\n"
        "Ann   c\n"
    );
}

TEST(Listing, LeavesNoBlanksAtTheEndOfALine) {
    const std::string text =
        table({.columns = {"a", "b"}, .rows = {{"1", "long value"}, {"2", "x"}}});
    EXPECT_EQ(text.find(" \n"), std::string::npos) << text;
}

TEST(Listing, LetsNoValueMoveTheCursorOrBreakTheTable) {
    const std::string text = table({.columns = {"a"}, .rows = {{"x\n\x1b[2Jy\xff"}}});
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
}

// Each of them hides something, turns the text around or moves the cursor.
const std::vector<std::pair<std::string, std::string>> kTricks{
    {"\x1b", "001b"},                    // ESC
    {"\x7f", "007f"},                    // DEL
    {"\xC2\x85", "0085"},                // C1: next line
    {"\xC2\x9B", "009b"},                // C1: CSI, what ESC [ is
    {"\xC2\xAD", "00ad"},                // soft hyphen
    {"\xD8\x9C", "061c"},                // Arabic letter mark
    {"\xE1\x85\x9F", "115f"},            // Hangul filler
    {"\xE1\xA0\x8E", "180e"},            // Mongolian vowel separator
    {"\xE2\x80\x8B", "200b"},            // zero-width space
    {"\xE2\x80\x8D", "200d"},            // joiner
    {"\xE2\x80\x8F", "200f"},            // right-to-left mark
    {"\xE2\x80\xA8", "2028"},            // line separator
    {"\xE2\x80\xAE", "202e"},            // right-to-left override
    {"\xE2\x81\xA0", "2060"},            // word joiner
    {"\xE2\x81\xA6", "2066"},            // isolate
    {"\xE3\x85\xA4", "3164"},            // Hangul filler
    {"\xEF\xB8\x8F", "fe0f"},            // variation selector
    {"\xEF\xBB\xBF", "feff"},            // byte-order mark
    {"\xEF\xBF\xB9", "fff9"},            // interlinear annotation
    {"\xF3\xA0\x81\x81", "db40\\udc41"}, // tag: A, as a pair in JSON
    {"\xF3\xA0\x84\x80", "db40\\udd00"}, // variation selector 17
};

TEST(Listing, WritesOutInATableWhateverCannotBeSeen) {
    for (const auto& [trick, code] : kTricks) {
        const std::string text = table({.columns = {"a", "b"}, .rows = {{"x" + trick + "y", "z"}}});
        EXPECT_EQ(text.find(trick), std::string::npos) << code;
        EXPECT_NE(text.find("<U+"), std::string::npos) << code << ": " << text;
        const std::string one =
            table({.columns = {"a"}, .rows = {{"x" + trick + "y"}}, .single = true});
        EXPECT_EQ(one.find(trick), std::string::npos) << code;
    }
    EXPECT_EQ(
        table(
            {.columns = {"a"},
             .rows = {{"a\xE2\x80\xAE"
                       "b"}}}
        ),
        "a\n----------\na<U+202E>b\n"
    );
}

TEST(Listing, EscapesInJsonWhateverCannotBeSeen) {
    for (const auto& [trick, code] : kTricks) {
        const std::string text = json({.columns = {"a"}, .rows = {{"x" + trick + "y"}}});
        EXPECT_EQ(text, "[{\"a\":\"x\\u" + code + "y\"}]\n");
    }
}

TEST(Listing, LeavesLettersOfEveryScriptAsTheyAre) {
    for (const std::string text :
         {"Jürgen", "Ju\u0308rgen", "田中", "أحمد", "ידידיה", "प्रिया", "👩", "Ω≈ç√"}) {
        EXPECT_NE(table({.columns = {"a"}, .rows = {{text}}}).find(text), std::string::npos);
        EXPECT_NE(json({.columns = {"a"}, .rows = {{text}}}).find(text), std::string::npos);
    }
}

TEST(Listing, CutsLongValuesBetweenCharactersAndNeverInsideWhatIsWrittenOut) {
    std::string value;
    for (int i = 0; i < 100; ++i)
        value += "\xE2\x80\xAE";
    const std::string text = table({.columns = {"a"}, .rows = {{value}}});
    EXPECT_NE(text.find("<U+202E>…\n"), std::string::npos) << text;
}

TEST(Listing, SaysSoWhenThereIsNothing) {
    EXPECT_EQ(table({.columns = {"a"}, .rows = {}, .empty_text = "no jobs"}), "no jobs\n");
    EXPECT_EQ(json({.columns = {"a"}, .rows = {}, .empty_text = "no jobs"}), "[]\n");
}

TEST(Listing, ShowsASingleThingAsNamesAndValues) {
    const Listing one{
        .columns = {"id", "decided_by"}, .rows = {{std::int64_t{7}, "anna"}}, .single = true};
    EXPECT_EQ(table(one), "id          7\ndecided by  anna\n");
    EXPECT_EQ(json(one), "{\"id\":7,\"decided_by\":\"anna\"}\n");
}

TEST(Listing, KeepsTypesAndAbsentValuesInJson) {
    EXPECT_EQ(
        json(
            {.columns = {"i", "d", "b", "t", "n"},
             .rows = {{std::int64_t{-1}, 0.5, true, "a\"\n", Cell{}}}}
        ),
        "[{\"i\":-1,\"d\":0.5,\"b\":true,\"t\":\"a\\\"\\n\",\"n\":null}]\n"
    );
}

} // namespace
} // namespace calfleet::cli
