#include "common/config/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calfleet::config {
namespace {

using testing::HasSubstr;

std::optional<Answer>
answer_to(std::vector<std::string_view> arguments, const Environment& environment) {
    Reader reader("relay", "RELAY_", environment);
    reader.integer("LANES", {.help = "parallel lanes", .fallback = 2, .min = 1, .max = 16});
    return answer(reader, "Publishes the outbox.", arguments);
}

TEST(Program, GoesOnWhenNothingIsWrong) {
    EXPECT_FALSE(answer_to({}, {}));
}

TEST(Program, ExitsWith78AndEveryProblemOnStandardError) {
    const auto reply = answer_to({}, {{"RELAY_LANES", "99"}, {"RELAY_LANE", "1"}});
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->exit_code, 78);
    EXPECT_THAT(reply->errors, HasSubstr("relay: configuration has 2 problems\n"));
    EXPECT_TRUE(reply->output.empty());
}

TEST(Program, HelpsEvenWhenTheConfigurationIsWrong) {
    const auto reply = answer_to({"--help"}, {{"RELAY_LANES", "99"}});
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->exit_code, 0);
    EXPECT_THAT(reply->output, HasSubstr("Publishes the outbox."));
    EXPECT_THAT(reply->output, HasSubstr("RELAY_LANES  parallel lanes"));
    EXPECT_THAT(reply->output, HasSubstr("78 bad configuration"));
}

TEST(Program, PrintsTheReadmesTable) {
    EXPECT_THAT(
        answer_to({"--settings-markdown"}, {})->output,
        HasSubstr("| `RELAY_LANES` | integer | `2` | 1 to 16 | parallel lanes |")
    );
}

TEST(Program, PrintsWhatIsInForce) {
    const auto sound = answer_to({"--settings"}, {{"RELAY_LANES", "3"}});
    EXPECT_EQ(sound->exit_code, 0);
    EXPECT_EQ(sound->output, "RELAY_LANES=3\n");
    EXPECT_EQ(answer_to({"--settings"}, {{"RELAY_LANES", "x"}})->exit_code, 78);
}

TEST(Program, RefusesAnUnknownOption) {
    const auto reply = answer_to({"--daemon"}, {});
    EXPECT_EQ(reply->exit_code, 78);
    EXPECT_THAT(reply->errors, HasSubstr("unknown option '--daemon'"));
}

TEST(Program, SaysItsVersion) {
    EXPECT_EQ(answer_to({"--version"}, {})->output, "relay " + std::string(version()) + "\n");
}

} // namespace
} // namespace calfleet::config
