#include "common/jobs/due_bound.h"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace calfleet::jobs {
namespace {

const Instant kNow = Instant{std::chrono::sys_days{std::chrono::year{2026} / 11 / 20}};
const Monotonic kStart{};

TEST(DueBound, BeginsWithALookAtEverythingAndGoesOnFromThere) {
    DueBound bound;
    EXPECT_EQ(bound.from(kStart + 1s), Instant::min());
    bound.looked(Instant::min(), kNow, kStart + 1s, kStart + 1s + 1ms);
    EXPECT_EQ(bound.from(kStart + 1500ms), kNow - DueBound::kSlack);
    bound.looked(kNow - DueBound::kSlack, kNow + 10s, kStart + 2s, kStart + 2s);
    EXPECT_EQ(bound.from(kStart + 2s), kNow + 10s - DueBound::kSlack);
}

TEST(DueBound, LooksAtEverythingEverySecondWhenThatCostsNothing) {
    DueBound bound;
    bound.looked(Instant::min(), kNow, kStart, kStart + 1ms);
    EXPECT_NE(bound.from(kStart + 1s), Instant::min());
    EXPECT_EQ(bound.from(kStart + 1s + 1ms), Instant::min());
}

TEST(DueBound, LooksAtEverythingTheMoreSeldomTheLongerItTakes) {
    DueBound bound;
    bound.looked(Instant::min(), kNow, kStart, kStart + 2s);
    EXPECT_NE(bound.from(kStart + 90s), Instant::min());
    EXPECT_EQ(bound.from(kStart + 103s), Instant::min());
    bound.looked(Instant::min(), kNow, kStart, kStart + 60s);
    EXPECT_EQ(bound.from(kStart + 60s + DueBound::kSeldomest), Instant::min());
}

TEST(DueBound, GoesBackToWhatALookAtEverythingFound) {
    DueBound bound;
    bound.looked(Instant::min(), kNow, kStart, kStart);
    bound.looked(Instant::min(), kNow - 1h, kStart + 2s, kStart + 2s);
    EXPECT_EQ(bound.from(kStart + 2s), kNow - 1h - DueBound::kSlack);
}

} // namespace
} // namespace calfleet::jobs
