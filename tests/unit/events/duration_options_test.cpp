// The lengths among which a booking chooses.

#include "common/events/duration_options.h"

#include <gtest/gtest.h>

namespace calfleet::events {
namespace {

TEST(DurationOptions, AreComparedInOrderAndOnceEach) {
    EXPECT_EQ(duration_options_of("[60,15,30,15]").json, "[15,30,60]");
    EXPECT_EQ(duration_options_of("[60,15]"), duration_options_of("[15,60]"));
    EXPECT_NE(duration_options_of("[]"), duration_options_of("[15]"));
}

TEST(DurationOptions, AllowAnyLengthWhereThereAreNone) {
    EXPECT_TRUE(duration_options_of("[]").allow(35));
    EXPECT_TRUE(duration_options_of("[15,35]").allow(35));
    EXPECT_FALSE(duration_options_of("[15,60]").allow(35));
}

TEST(DurationOptions, ThatAreNoMinutesHaveAnObjection) {
    for (const char* list :
         {"{}", "[0]", "[-5]", R"(["15"])", "[15.5]", "[99999999999]", "[null]", "15", "no JSON"})
        EXPECT_NE(duration_options_of(list).objection, "") << list;
    EXPECT_EQ(duration_options_of("[1]").objection, "");
}

} // namespace
} // namespace calfleet::events
