#include "common/config/duration.h"

#include <gtest/gtest.h>

namespace calfleet::config {
namespace {

using std::chrono::milliseconds;

TEST(Duration, ReadsEveryUnit) {
    EXPECT_EQ(*parse_duration("500ms"), milliseconds{500});
    EXPECT_EQ(*parse_duration("30s"), milliseconds{30'000});
    EXPECT_EQ(*parse_duration("5m"), milliseconds{300'000});
    EXPECT_EQ(*parse_duration("12h"), milliseconds{43'200'000});
    EXPECT_EQ(*parse_duration("7d"), milliseconds{604'800'000});
    EXPECT_EQ(*parse_duration("0s"), milliseconds{0});
}

TEST(Duration, RefusesWhatIsNoDurationAndSaysWhatIsExpected) {
    for (const char* text : {"", "30", "s", "-5s", "5 s", "1m30s", "5w", "1.5s", "0x5s", "5S"}) {
        const auto parsed = parse_duration(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().kind, ErrorKind::Invalid);
        EXPECT_NE(parsed.error().message.find("expected like 500ms"), std::string::npos) << text;
    }
}

TEST(Duration, RefusesWhatWouldOverflow) {
    EXPECT_FALSE(parse_duration("9223372036854775807d"));
    EXPECT_FALSE(parse_duration("9223372036854775808ms"));
    EXPECT_FALSE(parse_duration("3651d"));
    EXPECT_TRUE(parse_duration("3650d"));
}

TEST(Duration, IsWrittenAsTheShortestTextThatReadsBack) {
    EXPECT_EQ(format_duration(milliseconds{0}), "0s");
    EXPECT_EQ(format_duration(milliseconds{1500}), "1500ms");
    EXPECT_EQ(format_duration(milliseconds{90'000}), "90s");
    EXPECT_EQ(format_duration(milliseconds{86'400'000}), "1d");
    for (const int ms : {1, 999, 1000, 60'000, 61'000, 3'600'000, 90'000'000})
        EXPECT_EQ(*parse_duration(format_duration(milliseconds{ms})), milliseconds{ms});
}

} // namespace
} // namespace calfleet::config
