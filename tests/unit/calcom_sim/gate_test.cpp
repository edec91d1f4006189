#include "common/core/random.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <deque>

#include "tests/unit/calcom_sim/api.h"

namespace calfleet::calcom_sim {
namespace {

using std::chrono::seconds;

constexpr Instant kStart{seconds(1'000'000)};
const std::vector<Limit> kThree{
    {.name = "default", .requests = 3, .window = seconds(60), .block = seconds(60)}};

std::string value_of(const Throttle& throttle, std::string_view name) {
    for (const auto& [known, value] : throttle.headers)
        if (known == name) return value;
    return "none";
}

TEST(CalcomLimiter, RefusesTheRequestAfterTheLimitAndSaysHowLong) {
    Limiter limiter;
    for (const char* left : {"2", "1", "0"}) {
        const Throttle passed = limiter.count("k", kThree, kStart);
        EXPECT_FALSE(passed.refused);
        EXPECT_EQ(value_of(passed, "X-RateLimit-Remaining-Default"), left);
        EXPECT_EQ(value_of(passed, "X-RateLimit-Limit-Default"), "3");
        EXPECT_EQ(value_of(passed, "X-RateLimit-Reset-Default"), "60");
    }
    const Throttle refused = limiter.count("k", kThree, kStart + seconds(10));
    EXPECT_TRUE(refused.refused);
    EXPECT_TRUE(refused.block_began);
    EXPECT_EQ(value_of(refused, "X-RateLimit-Reset-Default"), "60");
    EXPECT_FALSE(limiter.count("other", kThree, kStart + seconds(10)).refused);
}

TEST(CalcomLimiter, BeginsAWindowWithItsFirstRequestAndDoesNotSlideIt) {
    Limiter limiter;
    EXPECT_FALSE(limiter.count("k", kThree, kStart).refused);
    EXPECT_FALSE(limiter.count("k", kThree, kStart + seconds(59)).refused);
    const Throttle next = limiter.count("k", kThree, kStart + seconds(60));
    EXPECT_EQ(value_of(next, "X-RateLimit-Remaining-Default"), "2");
    EXPECT_EQ(value_of(next, "X-RateLimit-Reset-Default"), "60");
}

TEST(CalcomLimiter, DoesNotProlongABlockByRequestsDuringIt) {
    Limiter limiter;
    for (int request = 0; request < 4; ++request)
        limiter.count("k", kThree, kStart);
    EXPECT_TRUE(limiter.count("k", kThree, kStart + seconds(59)).refused);
    EXPECT_FALSE(limiter.count("k", kThree, kStart + seconds(60)).refused);
}

TEST(CalcomLimiter, CountsRequestsDuringABlockInTheWindowBesideIt) {
    Limiter limiter;
    // A window from 0 to 60, blocked from 50 to 110.
    limiter.count("k", kThree, kStart);
    for (int request = 0; request < 3; ++request)
        limiter.count("k", kThree, kStart + seconds(50));
    // Two knocks at 70 begin a window that ends at 130.
    for (int request = 0; request < 2; ++request)
        EXPECT_TRUE(limiter.count("k", kThree, kStart + seconds(70)).refused);
    const Throttle after = limiter.count("k", kThree, kStart + seconds(110));
    EXPECT_FALSE(after.refused);
    EXPECT_EQ(value_of(after, "X-RateLimit-Remaining-Default"), "0");
    EXPECT_EQ(value_of(after, "X-RateLimit-Reset-Default"), "20");
    const Throttle again = limiter.count("k", kThree, kStart + seconds(111));
    EXPECT_TRUE(again.refused);
    EXPECT_TRUE(again.block_began);
    EXPECT_EQ(value_of(again, "X-RateLimit-Reset-Default"), "60");
}

TEST(CalcomLimiter, BlocksAnewWithTheFirstRequestAfterABlockThatWasKnockedAt) {
    Limiter limiter;
    for (int request = 0; request < 4; ++request)
        limiter.count("k", kThree, kStart);
    // The window ends a moment before the block does.
    const Instant late = kStart + seconds(60) - Microseconds(1);
    EXPECT_TRUE(limiter.count("k", kThree, late).refused);
    const std::vector<Limit> short_window{
        {.name = "default", .requests = 3, .window = seconds(30), .block = seconds(60)}};
    for (int request = 0; request < 4; ++request)
        limiter.count("s", short_window, kStart);
    for (int request = 0; request < 5; ++request)
        EXPECT_TRUE(limiter.count("s", short_window, kStart + seconds(55)).refused);
    EXPECT_TRUE(limiter.count("s", short_window, kStart + seconds(61)).refused);
    EXPECT_TRUE(limiter.count("s", short_window, kStart + seconds(100)).refused);
    EXPECT_FALSE(limiter.count("s", short_window, kStart + seconds(131)).refused);
}

TEST(CalcomLimiter, BeginsAnewForALimitThatIsChanged) {
    Limiter limiter;
    for (int request = 0; request < 4; ++request)
        limiter.count("k", kThree, kStart);
    std::vector<Limit> wider = kThree;
    wider[0].requests = 5;
    EXPECT_EQ(value_of(limiter.count("k", wider, kStart), "X-RateLimit-Remaining-Default"), "4");
    EXPECT_TRUE(limiter.count("k", kThree, kStart).refused);
}

TEST(CalcomLimiter, RefusesOnlyWhenAllLimitsAreExceeded) {
    const std::vector<Limit> limits{
        {.name = "short", .requests = 1, .window = seconds(10), .block = seconds(20)},
        {.name = "long", .requests = 2, .window = seconds(60), .block = seconds(60)}};
    Limiter limiter;
    EXPECT_FALSE(limiter.count("k", limits, kStart).refused);
    const Throttle second = limiter.count("k", limits, kStart);
    EXPECT_FALSE(second.refused);
    EXPECT_EQ(value_of(second, "X-RateLimit-Reset-Short"), "20");
    EXPECT_EQ(value_of(second, "X-RateLimit-Remaining-Long"), "0");
    EXPECT_TRUE(limiter.count("k", limits, kStart).refused);
}

// What a client needs to know: the fixed window is never stricter than the sliding one.
TEST(CalcomLimiter, NeverRefusesWhoStaysWithinTheLimitInEverySlidingWindow) {
    const std::vector<Limit> usual{Limit{}};
    Random dice(7);
    Limiter limiter;
    std::deque<Instant> sent;
    Instant now = kStart;
    for (int request = 0; request < 20'000; ++request) {
        now += std::chrono::milliseconds(dice.below(900));
        while (!sent.empty() && sent.front() <= now - seconds(60))
            sent.pop_front();
        if (sent.size() == 120) now = sent.front() + seconds(60);
        sent.push_back(now);
        ASSERT_FALSE(limiter.count("k", usual, now).refused) << request;
    }
}

TEST(CalcomGate, AnswersAnUnknownKeyBeforeItCounts) {
    Api api;
    const Said said = api.as("nobody").get("/v2/me");
    EXPECT_EQ(said.status, 401);
    EXPECT_EQ(said.body().at("error").at("message"), "CustomThrottlerGuard - Invalid API Key");
    EXPECT_FALSE(said.headers.contains("X-RateLimit-Limit-Default"));
}

TEST(CalcomGate, TakesAnotherSchemeForAnAccessTokenWithTheLimitOfOne) {
    Api api;
    const auto said = [&](const std::string& method, const std::string& target) {
        const Reply reply = api.simulator.handle(
            {.method = method,
             .target = target,
             .version = "2024-06-14",
             .authorization = "Basic YWxpY2U6c2VjcmV0",
             .client_address = "127.0.0.1"}
        );
        EXPECT_NE(reply.head.find("X-RateLimit-Limit-Default: 500"), std::string::npos);
        return reply;
    };
    EXPECT_EQ(
        json::parse(said("GET", "/v2/me").body).at("error").at("message"), "Invalid Access Token."
    );
    EXPECT_EQ(
        json::parse(said("GET", "/v2/event-types/7001").body).at("error").at("message"),
        "PermissionsGuard - no oAuth client found for access token=Basic YWxpY2U6c2VjcmV0"
    );
}

TEST(CalcomGate, TakesAKeyWithoutAScheme) {
    Api api;
    const Reply reply =
        api.simulator.handle({.method = "GET", .target = "/v2/me", .authorization = "cal_alice"});
    EXPECT_NE(reply.head.find("200 OK"), std::string::npos);
    EXPECT_NE(reply.head.find("X-RateLimit-Limit-Default: 120"), std::string::npos);
}

TEST(CalcomGate, CountsAnExpiredKeyAndRefusesIt) {
    Api api;
    const Said said = api.as("old").get("/v2/me");
    EXPECT_EQ(said.status, 401);
    EXPECT_EQ(said.headers.at("X-RateLimit-Remaining-Default"), "119");
}

TEST(CalcomGate, TreatsARevokedKeyAsUnknownUntilItIsRestored) {
    Api api;
    api.simulator.world().key_named("alice")->revoked = true;
    EXPECT_EQ(api.get("/v2/me").status, 401);
    api.simulator.world().key_named("alice")->revoked = false;
    EXPECT_EQ(api.get("/v2/me").status, 200);
}

TEST(CalcomGate, AsksAnonymousCallersForAKeyInTwoDifferentWays) {
    Api api;
    EXPECT_EQ(api.as("").get("/v2/me").status, 401);
    EXPECT_EQ(api.as("").get("/v2/event-types/7001").status, 403);
    EXPECT_EQ(api.as("").get("/v2/teams/11/event-types").status, 200);
}

TEST(CalcomGate, AnswersTheRequestAboveTheLimitWithAStringAsDetailsAndNoRetryAfter) {
    Api api;
    api.simulator.settings().key_limit.requests = 1;
    EXPECT_EQ(api.get("/v2/me").status, 200);
    const Said refused = api.get("/v2/me");
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.body().at("error").at("code"), "ThrottlerException");
    EXPECT_TRUE(refused.body().at("error").at("details").is_string());
    EXPECT_FALSE(refused.headers.contains("Retry-After"));
}

TEST(CalcomGate, LocksAnAccountWhoseKeysWereBlockedFiveTimesInHalfAnHour) {
    Api api;
    api.simulator.settings().key_limit.requests = 1;
    for (int block = 0; block < 5; ++block) {
        api.get("/v2/me");
        EXPECT_EQ(api.get("/v2/me").status, 429) << "block " << block;
        api.clock.advance(std::chrono::minutes(2));
    }
    EXPECT_EQ(api.get("/v2/me").status, 403);
    EXPECT_EQ(api.as("bob").get("/v2/me").status, 200);
}

TEST(CalcomGate, DoesNotCountRoutesThatDoNotExist) {
    Api api;
    const Said unknown = api.get("/v2/teams/11/members");
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(unknown.body().at("error").at("message"), "Cannot GET /v2/teams/11/members");
    EXPECT_EQ(api.get("/v2/me").headers.at("X-RateLimit-Remaining-Default"), "119");
}

} // namespace
} // namespace calfleet::calcom_sim
