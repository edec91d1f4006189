#include "common/core/time.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calfleet {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

std::string again(std::string_view text) {
    const auto instant = parse_instant(text);
    return instant ? format_instant(*instant) : instant.error().message;
}

TEST(Instant, ReadsWhatRfc3339Allows) {
    EXPECT_EQ(again("2026-11-20T08:10:13Z"), "2026-11-20T08:10:13.000000Z");
    EXPECT_EQ(again("2026-11-20T08:10:13.315Z"), "2026-11-20T08:10:13.315000Z");
    EXPECT_EQ(again("2026-11-20t08:10:13z"), "2026-11-20T08:10:13.000000Z");
    EXPECT_EQ(again("2026-11-20 08:10:13+01:00"), "2026-11-20T07:10:13.000000Z");
    EXPECT_EQ(again("2026-11-20T23:30:00-01:30"), "2026-11-21T01:00:00.000000Z");
    EXPECT_EQ(again("2024-02-29T00:00:00Z"), "2024-02-29T00:00:00.000000Z");
    EXPECT_EQ(again("9999-12-31T23:59:59.999999Z"), "9999-12-31T23:59:59.999999Z");
}

TEST(Instant, CutsToMicroseconds) {
    EXPECT_EQ(again("2026-11-20T08:10:13.123456789Z"), "2026-11-20T08:10:13.123456Z");
    EXPECT_EQ(again("2026-11-20T08:10:13.9999999Z"), "2026-11-20T08:10:13.999999Z");
}

TEST(Instant, TakesALeapSecondAsTheNextMinute) {
    EXPECT_EQ(again("2016-12-31T23:59:60Z"), "2017-01-01T00:00:00.000000Z");
}

TEST(Instant, RefusesWhatIsNoTimeAndNamesThePart) {
    const std::pair<const char*, const char*> cases[]{
        {"", "date"},
        {"soon", "date"},
        {"2026-11-20", "'T' between"},
        {"2026-02-29T00:00:00Z", "no such day"},
        {"2026-13-01T00:00:00Z", "no such day"},
        {"1969-12-31T23:59:59Z", "before 1970"},
        {"2026-11-20T24:00:00Z", "time of day"},
        {"2026-11-20T08:60:00Z", "time of day"},
        {"2026-11-20T08:10:61Z", "time of day"},
        {"2026-11-20T08:10Z", "time of day"},
        {"2026-11-20T08:10:13.Z", "fraction"},
        {"2026-11-20T08:10:13.1234567890Z", "fraction"},
        {"2026-11-20T08:10:13", "zone"},
        {"2026-11-20T08:10:13+1:00", "zone"},
        {"2026-11-20T08:10:13+24:00", "zone"},
        {"2026-11-20T08:10:13Z ", "behind the zone"},
        {"+026-11-20T08:10:13Z", "date"}};
    for (const auto& [text, part] : cases) {
        const auto parsed = parse_instant(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_THAT(parsed.error().message, HasSubstr(part)) << text;
    }
}

// An offset or a leap second may carry a valid local time out of the years that can be written.
TEST(Instant, RefusesATimeWhoseOffsetLeavesTheYears1970To9999) {
    EXPECT_FALSE(parse_instant("1970-01-01T00:30:00+01:00"));
    EXPECT_FALSE(parse_instant("9999-12-31T23:59:59-01:00"));
    EXPECT_FALSE(parse_instant("9999-12-31T23:59:60Z"));
}

TEST(Instant, NeverQuotesMoreThanFortyBytesOfTheInput) {
    const auto parsed = parse_instant(std::string(10'000, 'x'));
    ASSERT_FALSE(parsed);
    EXPECT_LT(parsed.error().message.size(), 160U);
}

TEST(Instant, IsWrittenTheSameBeforeAndAfterTheEpochOfADay) {
    EXPECT_EQ(format_instant(Instant{0us}), "1970-01-01T00:00:00.000000Z");
    EXPECT_EQ(format_instant(Instant{86'400s - 1us}), "1970-01-01T23:59:59.999999Z");
    EXPECT_EQ(format_date(Date{std::chrono::days{20'000}}), "2024-10-04");
}

TEST(Humanize, UsesTheTwoLargestUnits) {
    EXPECT_EQ(humanize(0us), "0 ms");
    EXPECT_EQ(humanize(850ms), "850 ms");
    EXPECT_EQ(humanize(3200ms), "3.2 s");
    EXPECT_EQ(humanize(4min + 10s), "4 min 10 s");
    EXPECT_EQ(humanize(3h), "3 h");
    EXPECT_EQ(humanize(3h + 12min + 5s), "3 h 12 min");
    EXPECT_EQ(humanize(52h), "2 d 4 h");
    EXPECT_EQ(humanize(-850ms), "-850 ms");
}

} // namespace
} // namespace calfleet
