#include "common/core/text.h"
#include "common/log/line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace calfleet::log {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string line_with(std::vector<Field> fields, std::string_view event = "x.y") {
    return make_line(*parse_instant("2026-11-20T08:10:13.315999Z"), "info", "w", event, {}, fields);
}

TEST(LogLine, BeginsWithTimeLevelWorkerAndEvent) {
    EXPECT_EQ(
        line_with({{"topic", "booking-created"}, {"attempt", 3}, {"duration_ms", 1.5}, {"ok", true}}
        ),
        R"({"ts":"2026-11-20T08:10:13.315Z","level":"info","worker":"w","event":"x.y",)"
        R"("topic":"booking-created","attempt":3,"duration_ms":1.5,"ok":true})"
    );
}

TEST(LogLine, TakesEveryKindOfNumberWhole) {
    const std::string line = line_with(
        {{"low", std::numeric_limits<std::int64_t>::min()},
         {"high", std::numeric_limits<std::uint64_t>::max()},
         {"id", JobId{7}},
         {"nan", std::numeric_limits<double>::quiet_NaN()},
         {"inf", -std::numeric_limits<double>::infinity()}}
    );
    EXPECT_THAT(line, HasSubstr("\"low\":-9223372036854775808"));
    EXPECT_THAT(line, HasSubstr("\"high\":18446744073709551615"));
    EXPECT_THAT(line, HasSubstr("\"id\":7"));
    EXPECT_THAT(line, HasSubstr("\"nan\":null,\"inf\":null"));
}

TEST(LogLine, CannotBeEndedOrForgedByAValue) {
    const std::string line = line_with(
        {{"name", "a\"},{\"level\":\"error"}, {"text", "b\nc\r\x1b[31m\x7f"}, {"path", "c:\\d"}}
    );
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_EQ(line.find('\r'), std::string::npos);
    EXPECT_EQ(line.find('\x1b'), std::string::npos);
    EXPECT_THAT(line, HasSubstr(R"("name":"a\"},{\"level\":\"error")"));
    EXPECT_THAT(line, HasSubstr(R"("path":"c:\\d")"));
}

TEST(LogLine, StaysValidUtf8WhateverTheBytes) {
    for (int first = 0; first < 256; ++first) {
        const std::string bytes{static_cast<char>(first), static_cast<char>(0xC3), 'x'};
        const std::string line = line_with({{"v", bytes}});
        EXPECT_TRUE(is_valid_utf8(line)) << first;
        EXPECT_TRUE(line.ends_with("\"}")) << first;
    }
}

TEST(LogLine, CutsLongTextBetweenCharacters) {
    std::string text;
    for (int i = 0; i < 2000; ++i)
        text += "ä";
    const std::string line = line_with({{"v", text}, {"next", 1}});
    EXPECT_LT(line.size(), 1300U);
    EXPECT_TRUE(is_valid_utf8(line));
    EXPECT_THAT(line, HasSubstr("…\",\"next\":1"));
}

TEST(LogLine, FitsIntoOneAtomicPipeWriteAndSaysWhatIsMissing) {
    const std::string text(2000, '"');
    const std::string line = line_with({{"a", text}, {"b", text}, {"c", text}, {"last", 1}});
    EXPECT_LE(line.size(), kMaxLineBytes);
    EXPECT_THAT(line, Not(HasSubstr("\"c\":")));
    EXPECT_THAT(line, HasSubstr(R"("last":1,"truncated":true})"));
}

TEST(LogLine, NeverHasTheSameNameTwiceForWhatEveryLineHas) {
    const std::string line = line_with({{"level", "debug"}, {"event", "forged"}});
    EXPECT_THAT(line, HasSubstr(R"("level_":"debug","event_":"forged")"));
}

TEST(LogLine, EscapesNamesAndEvents) {
    EXPECT_THAT(line_with({}, "a\"b"), HasSubstr(R"("event":"a\"b")"));
}

} // namespace
} // namespace calfleet::log
