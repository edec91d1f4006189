// What has work and makes no progress is named, and nothing else is.
#include "common/core/progress_watch.h"

#include <gtest/gtest.h>

namespace calfleet {
namespace {

using namespace std::chrono_literals;

const Monotonic kStart{1000h};

TEST(ProgressWatch, StandsStillOnlyWithWorkAndWithoutProgress) {
    ProgressWatch watch;
    watch.look(true, 7, kStart);
    EXPECT_FALSE(watch.stalled(kStart + 60s));
    EXPECT_TRUE(watch.stalled(kStart + 61s));
    EXPECT_EQ(watch.still_for(kStart + 61s), 61s);
}

TEST(ProgressWatch, AnyChangeOfTheMarkIsProgressAlsoBackwards) {
    ProgressWatch watch;
    watch.look(true, 7, kStart);
    watch.look(true, 3, kStart + 50s); // an operator moved the position back
    EXPECT_FALSE(watch.stalled(kStart + 100s));
    watch.look(true, 3, kStart + 100s);
    EXPECT_TRUE(watch.stalled(kStart + 111s));
}

TEST(ProgressWatch, WhatIsIdleForHoursStartsAnewWithItsNextWork) {
    ProgressWatch watch;
    watch.look(false, 7, kStart);
    watch.look(false, 7, kStart + 5h);
    EXPECT_FALSE(watch.stalled(kStart + 5h));
    watch.look(true, 7, kStart + 6h);
    EXPECT_FALSE(watch.stalled(kStart + 6h + 60s));
    EXPECT_TRUE(watch.stalled(kStart + 6h + 61s));
    watch.look(false, 7, kStart + 7h);
    EXPECT_FALSE(watch.stalled(kStart + 7h));
}

TEST(ProgressWatch, TheTimeBeforeTheFirstLookAndATimeBeforeTheLastCountNothing) {
    ProgressWatch watch;
    EXPECT_FALSE(watch.stalled(kStart));
    watch.look(true, 0, kStart);
    EXPECT_EQ(watch.still_for(kStart - 1h), 0s);
}

TEST(ProgressWatches, NameEachThatStandsStillWithItsLatestReason) {
    ProgressWatches watches;
    watches.look("a/0", true, 1, "first reason", kStart);
    watches.look("a/1", true, 1, "other reason", kStart);
    watches.look("a/2", false, 1, "", kStart);
    watches.look("a/0", true, 1, "later reason", kStart + 30s);
    watches.look("a/1", true, 2, "other reason", kStart + 30s);
    EXPECT_TRUE(watches.stalled(kStart + 60s).empty());
    const auto stalled = watches.stalled(kStart + 75s);
    ASSERT_EQ(stalled.size(), 1U);
    EXPECT_EQ(stalled[0], (Standstill{"a/0", "later reason", 75s}));
    EXPECT_EQ(describe(stalled), "a/0 makes no progress for 75 s: later reason");
    EXPECT_EQ(
        describe(watches.stalled(kStart + 100s)),
        "a/0 makes no progress for 100 s: later reason; and 1 more"
    );
    watches.forget("a/0");
    watches.forget("never seen");
    EXPECT_TRUE(watches.stalled(kStart + 75s).empty());
    EXPECT_EQ(describe({}), "");
}

} // namespace
} // namespace calfleet
