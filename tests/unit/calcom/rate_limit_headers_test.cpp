#include "common/calcom/rate_limit_headers.h"

#include <gtest/gtest.h>

namespace calfleet::calcom {
namespace {

using namespace std::chrono_literals;

const Instant kNow = parse_instant("2026-11-20T08:09:40Z").value();

std::optional<std::chrono::milliseconds> reset_of(std::string value) {
    const auto limits = parse_rate_limits({{"X-RateLimit-Reset-Default", std::move(value)}}, kNow);
    return limits.limits.empty() ? std::nullopt : limits.limits[0].reset_in;
}

TEST(RateLimitHeaders, AreReadByPrefixInAnyCaseWithTheLimitersName) {
    const auto limits = parse_rate_limits(
        {{"Date", "Fri, 20 Nov 2026 08:09:40 GMT"},
         {"x-ratelimit-LIMIT-default", "120"},
         {"X-RateLimit-Remaining-Default", " 97 "},
         {"X-RATELIMIT-RESET-DEFAULT", "41"}},
        kNow
    );
    ASSERT_EQ(limits.limits.size(), 1U);
    EXPECT_EQ(limits.limits[0].name, "default");
    EXPECT_EQ(limits.limits[0].limit, 120);
    EXPECT_EQ(limits.limits[0].remaining, 97);
    EXPECT_EQ(limits.limits[0].reset_in, 41s);
    EXPECT_EQ(limits.remaining(), 97);
}

TEST(RateLimitHeaders, OfSeveralLimitsTheRoomiestCountsBecauseAllMustBeExceeded) {
    const auto limits = parse_rate_limits(
        {{"X-RateLimit-Remaining-Short", "0"},
         {"X-RateLimit-Reset-Short", "16"},
         {"X-RateLimit-Remaining-Long", "991"},
         {"X-RateLimit-Reset-Long", "70"}},
        kNow
    );
    EXPECT_EQ(limits.remaining(), 991);
    EXPECT_EQ(limits.freeze(), 70s);
}

TEST(RateLimitHeaders, WorkWithoutSuffixAndWithoutX) {
    const auto limits = parse_rate_limits({{"RateLimit-Remaining", "3"}}, kNow);
    EXPECT_EQ(limits.remaining(), 3);
    EXPECT_EQ(limits.limits[0].name, "");
}

TEST(RateLimitHeaders, TakeAResetAsSecondsEpochOrDate) {
    EXPECT_EQ(reset_of("41"), 41s);
    EXPECT_EQ(reset_of("41.5"), 41500ms);
    EXPECT_EQ(reset_of("41s"), 41s);
    EXPECT_EQ(reset_of("0"), 0s);
    const auto epoch = std::chrono::duration_cast<std::chrono::seconds>(kNow.time_since_epoch());
    EXPECT_EQ(reset_of(std::to_string(epoch.count() + 30)), 30s);
    EXPECT_EQ(reset_of(std::to_string(epoch.count() * 1000 + 1500)), 1500ms);
    EXPECT_EQ(reset_of("2026-11-20T08:10:00Z"), 20s);
    EXPECT_EQ(reset_of("Fri, 20 Nov 2026 08:10:00 GMT"), 20s);
}

TEST(RateLimitHeaders, AreBoundedWhateverTheServerSays) {
    EXPECT_EQ(reset_of("999999"), kLongestReset);
    EXPECT_EQ(reset_of("1e300"), kLongestReset);
    EXPECT_EQ(reset_of("-5"), 0s);
    EXPECT_EQ(reset_of("2026-11-20T08:00:00Z"), 0s);
    http::Headers many;
    for (int i = 0; i < 100; ++i)
        many.push_back({"X-RateLimit-Limit-" + std::to_string(i), "1"});
    EXPECT_EQ(parse_rate_limits(many, kNow).limits.size(), kMostLimits);
}

TEST(RateLimitHeaders, ThatCannotBeReadArePassedOver) {
    for (const char* value : {"", "soon", "12 apples", "Fri, 20 Foo 2026 08:10:00 GMT", "nan"})
        EXPECT_EQ(reset_of(value), std::nullopt) << value;
    EXPECT_TRUE(parse_rate_limits({{"X-RateLimit-Remaining-Default", "-1"}}, kNow).empty());
    EXPECT_TRUE(parse_rate_limits({{"X-RateLimit-Other-Default", "1"}}, kNow).empty());
}

TEST(RateLimitHeaders, FreezeAKeyForAMinuteAtLeastAndAnHourAtMost) {
    EXPECT_EQ(RateLimits{}.freeze(), kLeastFreeze);
    EXPECT_EQ(parse_rate_limits({{"X-RateLimit-Reset-Short", "20"}}, kNow).freeze(), kLeastFreeze);
    EXPECT_EQ(parse_rate_limits({{"Retry-After", "90"}}, kNow).freeze(), 90s);
    EXPECT_EQ(parse_rate_limits({{"Retry-After", "99999"}}, kNow).freeze(), kLongestReset);
}

} // namespace
} // namespace calfleet::calcom
