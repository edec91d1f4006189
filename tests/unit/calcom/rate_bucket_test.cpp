// What the remote's answers do to a key's bucket, row by row.

#include "common/calcom/rate_bucket.h"

#include <gtest/gtest.h>

#include <cmath>

namespace calfleet::calcom {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

const Instant kNow = Instant{} + std::chrono::hours{24 * 365 * 57};

BucketState fresh() {
    BucketState state;
    state.rate_changed_at = kNow;
    return state;
}

BucketNews news_of(std::initializer_list<BucketAnswer> answers) {
    BucketNews news;
    for (const BucketAnswer& answer : answers)
        add(news, answer, 0ms);
    return news;
}

BucketAnswer answer(std::int64_t grant, std::int64_t remaining, milliseconds reset_in = 40s) {
    return {.grant = grant, .limit = 120, .remaining = remaining, .reset_in = reset_in};
}

BucketAnswer refusal(milliseconds freeze = 60s) {
    return {.grant = 1, .refused_for = freeze};
}

TEST(BucketLimits, StayBelowTheRemotesLimitInAnySixtySeconds) {
    EXPECT_DOUBLE_EQ(most_rate(120), 115.5);
    EXPECT_EQ(burst(120), 4);
    for (std::int64_t limit = 2; limit <= 120; ++limit)
        EXPECT_LE(std::floor(most_rate(limit) + static_cast<double>(burst(limit))), limit);
    // A generous limit is not used: nobody promised that it stays.
    EXPECT_DOUBLE_EQ(most_rate(500), 115.5);
    EXPECT_EQ(burst(500), 4);
    EXPECT_DOUBLE_EQ(most_rate(1), 1);
    EXPECT_EQ(burst(1), 1);
}

TEST(BucketCeiling, IsWhatTheRemoteHasLeftLessWhatMayBeOnItsWay) {
    const auto change = apply(fresh(), news_of({answer(7, 113)}), kNow);
    EXPECT_EQ(change.state.ceiling, 7 + 113 - 3);
    EXPECT_EQ(change.state.ceiling_until, kNow + 40s);
    EXPECT_FALSE(change.surprised);
}

TEST(BucketCeiling, StandsStillWhileOnlyOurCallsAreCounted) {
    BucketState state = apply(fresh(), news_of({answer(7, 113)}), kNow).state;
    for (std::int64_t more = 1; more < 100; ++more) {
        const auto change = apply(state, news_of({answer(7 + more, 113 - more)}), kNow + 1s * 0);
        EXPECT_FALSE(change.surprised) << more;
        state = change.state;
    }
    EXPECT_EQ(state.ceiling, 117);
    EXPECT_DOUBLE_EQ(state.rate_per_minute, 115.5);
}

TEST(BucketCeiling, TakesTheLowestOfAnswersThatCameInAnyOrder) {
    const auto forwards = news_of({answer(5, 115), answer(6, 90), answer(7, 113)});
    const auto backwards = news_of({answer(7, 113), answer(6, 90), answer(5, 115)});
    EXPECT_EQ(forwards, backwards);
    EXPECT_EQ(forwards.ceiling, 93);
}

TEST(BucketCeiling, FallingFasterThanWeCallLowersTheRateByThirtyPercent) {
    const BucketState state = apply(fresh(), news_of({answer(7, 113)}), kNow).state;
    EXPECT_FALSE(apply(state, news_of({answer(8, 106)}), kNow).surprised); // noise of 6
    const auto change = apply(state, news_of({answer(8, 105)}), kNow);
    EXPECT_TRUE(change.surprised);
    EXPECT_DOUBLE_EQ(change.state.rate_per_minute, 115.5 * 0.7);
    EXPECT_EQ(change.state.ceiling, 110);
    // The next surprise counts from here.
    EXPECT_FALSE(apply(change.state, news_of({answer(9, 101)}), kNow).surprised);
    const auto again = apply(change.state, news_of({answer(9, 90)}), kNow);
    EXPECT_DOUBLE_EQ(again.state.rate_per_minute, 115.5 * 0.7 * 0.7);
}

TEST(BucketCeiling, OfTheNextWindowReplacesTheOld) {
    const BucketState state = apply(fresh(), news_of({answer(7, 3, 2s)}), kNow).state;
    const auto change = apply(state, news_of({answer(8, 119, 60s)}), kNow);
    EXPECT_EQ(change.state.ceiling, 124);
    EXPECT_FALSE(change.surprised);
    // An answer of the former window that comes late changes nothing.
    EXPECT_EQ(apply(change.state, news_of({answer(7, 2, 2s)}), kNow).state.ceiling, 124);
}

TEST(BucketCeiling, LapsesWithItsWindow) {
    const BucketState state = apply(fresh(), news_of({answer(7, 1, 5s)}), kNow).state;
    const auto change = apply(state, news_of({answer(9, 100, 5s)}), kNow + 10s);
    EXPECT_EQ(change.state.ceiling, 106);
}

TEST(BucketCeiling, IsNotSetByNonsense) {
    EXPECT_EQ(apply(fresh(), news_of({answer(7, -1)}), kNow).state, fresh());
    EXPECT_EQ(apply(fresh(), news_of({answer(7, 100, -5s)}), kNow).state, fresh());
    EXPECT_EQ(
        apply(fresh(), news_of({{.grant = 7, .limit = 0, .remaining = 5}}), kNow).state, fresh()
    );
}

TEST(BucketRate, RisesFivePercentForEveryTenQuietMinutesUpToItsLimit) {
    BucketState state = fresh();
    state.rate_per_minute = 70;
    EXPECT_DOUBLE_EQ(apply(state, {}, kNow + 9min + 59s).state.rate_per_minute, 70);
    EXPECT_NEAR(apply(state, {}, kNow + 10min).state.rate_per_minute, 73.5, 1e-9);
    EXPECT_NEAR(apply(state, {}, kNow + 25min).state.rate_per_minute, 77.175, 1e-9);
    EXPECT_DOUBLE_EQ(apply(state, {}, kNow + 24h).state.rate_per_minute, 115.5);
    // Minutes that did not count yet are kept for the next time.
    EXPECT_EQ(apply(state, {}, kNow + 25min).state.rate_changed_at, kNow + 20min);
}

TEST(BucketRate, NeverFallsBelowItsLeast) {
    BucketState state = fresh();
    for (int day = 0; day < 50; ++day)
        state = apply(state, news_of({refusal()}), kNow + day * 1h).state;
    EXPECT_GE(state.rate_per_minute, 5);
}

TEST(BucketRate, FollowsASmallerLimit) {
    const auto change = apply(
        fresh(), news_of({{.grant = 1, .limit = 30, .remaining = 29, .reset_in = 60s}}), kNow
    );
    EXPECT_EQ(change.state.limit_per_minute, 30);
    EXPECT_DOUBLE_EQ(change.state.rate_per_minute, 28.875);
}

TEST(BucketRefusal, FreezesForWhatTheRemoteAsksAndFiveSecondsMoreAtLeastAMinute) {
    EXPECT_EQ(apply(fresh(), news_of({refusal(10s)}), kNow).state.frozen_until, kNow + 65s);
    EXPECT_EQ(apply(fresh(), news_of({refusal(90s)}), kNow).state.frozen_until, kNow + 95s);
    const auto change = apply(fresh(), news_of({refusal()}), kNow);
    EXPECT_EQ(change.state.refusals, 1);
    EXPECT_DOUBLE_EQ(change.state.rate_per_minute, 115.5 * 0.7);
    EXPECT_FALSE(change.refused_again);
}

TEST(BucketRefusal, OfCallsThatWereOnTheirWayTogetherIsOne) {
    const BucketState first = apply(fresh(), news_of({refusal(), refusal()}), kNow).state;
    const auto second = apply(first, news_of({refusal(70s)}), kNow + 1s);
    EXPECT_FALSE(second.refused_again);
    EXPECT_EQ(second.state.refusals, 1);
    EXPECT_EQ(second.state.frozen_until, kNow + 76s);
}

TEST(BucketRefusal, WithinHalfAnHourOfTheLastIsWorse) {
    const BucketState first = apply(fresh(), news_of({refusal()}), kNow).state;
    EXPECT_TRUE(apply(first, news_of({refusal()}), kNow + 29min).refused_again);
    EXPECT_FALSE(apply(first, news_of({refusal()}), kNow + 30min).refused_again);
}

TEST(BucketNewsOf, AnOldAnswerAreWorthLess) {
    BucketNews news;
    add(news, answer(7, 113, 40s), 30s);
    EXPECT_EQ(news.ceiling_for, 10s);
    add(news, refusal(60s), 30s);
    EXPECT_EQ(news.refused_for, 35s);
    const BucketNews later = aged(news, 20s);
    EXPECT_EQ(later.ceiling_for, -10s);
    EXPECT_EQ(apply(fresh(), aged(news_of({answer(7, 5)}), 50s), kNow).state, fresh());
}

} // namespace
} // namespace calfleet::calcom
