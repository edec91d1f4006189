#include "workers/calfleet/listing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

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
