// What a lane does after each end of a try: nobody is blamed for what is not theirs, and nothing
// goes on for ever.

#include "common/intake/range_step.h"

#include <gtest/gtest.h>

namespace calfleet::intake {
namespace {

using namespace std::chrono_literals;

RangeResult failed(ErrorKind kind) {
    RangeResult result;
    result.end = RangeEnd::Failed;
    result.error = {kind, "why"};
    return result;
}

RangeStep after(ErrorKind kind, const RangeTries& tries) {
    return next_step(failed(kind), was_too_slow({kind, ""}, 0ms, 1s), tries);
}

RangeStep after_race(std::size_t records, int races) {
    RangeResult result;
    result.end = RangeEnd::Raced;
    return next_step(result, false, {.records = records, .races = races});
}

TEST(RangeStep, HalvesForWhatARecordMayHaveCausedAndPutsTheLastOneAside) {
    for (const ErrorKind kind : {ErrorKind::Invalid, ErrorKind::Conflict}) {
        EXPECT_EQ(after(kind, {.records = 2}), RangeStep::Halve);
        EXPECT_EQ(after(kind, {.records = 1}), RangeStep::PutAside);
        EXPECT_EQ(after(kind, {.records = 1, .aside = true}), RangeStep::PutAsideBare);
        EXPECT_EQ(after(kind, {.records = 1, .aside = true, .bare = true}), RangeStep::Wait);
    }
}

TEST(RangeStep, HalvesATimeoutAndBlamesNobody) {
    EXPECT_EQ(after(ErrorKind::Timeout, {.records = 2}), RangeStep::Halve);
    EXPECT_EQ(after(ErrorKind::Timeout, {.records = 1}), RangeStep::Wait);
    EXPECT_EQ(after(ErrorKind::Timeout, {.records = 1, .aside = true}), RangeStep::Wait);
}

TEST(RangeStep, TakesALostConnectionForATimeoutWhenTheTryRanThatLong) {
    const Error lost = unavailable("the connection was lost");
    EXPECT_FALSE(was_too_slow(lost, 999ms, 1s));
    EXPECT_TRUE(was_too_slow(lost, 1s, 1s));
    EXPECT_FALSE(was_too_slow(invalid("no"), 1h, 1s));
}

TEST(RangeStep, WaitsForEverythingThatIsTheSameForEveryRecord) {
    for (const ErrorKind kind :
         {ErrorKind::Unavailable, ErrorKind::InDoubt, ErrorKind::Forbidden, ErrorKind::Bug})
        for (const std::size_t records : {1u, 1000u})
            EXPECT_EQ(after(kind, {.records = records}), RangeStep::Wait);
}

TEST(RangeStep, EndsEveryRace) {
    EXPECT_EQ(after_race(1000, 1), RangeStep::Wait);
    EXPECT_EQ(after_race(1000, kRacesOfRange), RangeStep::Halve);
    EXPECT_EQ(after_race(1, kRacesOfRange), RangeStep::Wait);
    EXPECT_EQ(after_race(1, kRacesOfRecord), RangeStep::PutAside);
}

} // namespace
} // namespace calfleet::intake
