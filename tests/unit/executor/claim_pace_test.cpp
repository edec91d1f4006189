#include "common/executor/claim_pace.h"

#include <gtest/gtest.h>

namespace calfleet::executor {
namespace {

using namespace std::chrono_literals;

constexpr ClaimPace::Settings kSettings{
    .in_flight = 64, .claim_limit = 32, .pace = 10ms, .idle_min = 20ms, .idle_max = 1000ms};
const Monotonic kStart{1h};

TEST(ClaimPace, TakesWhatThereIsRoomForAndNoMoreThanOneClaimMay) {
    ClaimPace pace(kSettings);
    EXPECT_EQ(pace.next(0, kStart).limit, 32);
    EXPECT_EQ(pace.next(50, kStart).limit, 14);
}

TEST(ClaimPace, WaitsForRoomWhenEveryPlaceIsTaken) {
    ClaimPace pace(kSettings);
    for (const std::size_t running : {64U, 70U}) {
        const auto next = pace.next(running, kStart);
        EXPECT_EQ(next.limit, 0);
        EXPECT_EQ(next.wait, 1000ms);
    }
}

TEST(ClaimPace, MakesNoClaimForAFewPlacesRightAfterAnother) {
    ClaimPace pace(kSettings);
    EXPECT_EQ(pace.next(57, kStart).limit, 7);
    const auto soon = pace.next(57, kStart + 3500us);
    EXPECT_EQ(soon.limit, 0);
    EXPECT_EQ(soon.wait, 7ms);
    EXPECT_EQ(pace.next(56, kStart + 3500us).limit, 8) << "an eighth of the places is worth one";
    EXPECT_EQ(pace.next(57, kStart + 13500us).limit, 7);
}

TEST(ClaimPace, PausesLongerAndLongerWhileNothingIsDue) {
    ClaimPace pace(kSettings);
    pace.next(0, kStart);
    std::chrono::milliseconds pause{0};
    for (const auto expected : {40ms, 80ms, 160ms, 320ms, 640ms, 1000ms, 1000ms}) {
        pause = pace.claimed(0, false);
        EXPECT_EQ(pause, expected);
    }
    EXPECT_EQ(pace.claimed(3, false), 20ms) << "something was due";
}

TEST(ClaimPace, GoesOnAtOnceAfterAFullClaimAndWhenAJobHasEnded) {
    ClaimPace pace(kSettings);
    EXPECT_EQ(pace.next(60, kStart).limit, 4);
    EXPECT_EQ(pace.claimed(4, false), 0ms);
    EXPECT_EQ(pace.claimed(0, true), 0ms);
}

} // namespace
} // namespace calfleet::executor
