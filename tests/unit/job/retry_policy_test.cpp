#include "common/job/retry_policy.h"

#include <gtest/gtest.h>

#include <chrono>

using namespace std::chrono_literals;

namespace calfleet::job {
namespace {

const Instant kMade = Instant{std::chrono::sys_days{std::chrono::year{2026} / 11 / 20}};

Job job_after(int attempts, int crashes = 0) {
    Job job;
    job.id = JobId{7};
    job.kind = "event";
    job.company = CompanyId{17};
    job.entity = "booking-1";
    job.attempts = attempts;
    job.crashes = crashes;
    job.created_at = kMade;
    job.deadline_at = kMade + 72h;
    return job;
}

Reason reason() {
    return {"database", "the database answered too late"};
}

Job overdue_after(int attempts) {
    Job job = job_after(attempts);
    job.age = 100h;
    job.overdue = true;
    return job;
}

Decision decide(const Outcome& outcome, const Job& job) {
    Random random(1);
    return settle(outcome, job, random);
}

template <class T>
T expect(const Decision& decision) {
    EXPECT_TRUE(std::holds_alternative<T>(decision)) << "decision number " << decision.index();
    return std::holds_alternative<T>(decision) ? std::get<T>(decision) : T{};
}

struct Pause {
    int attempts_before;
    std::chrono::seconds at_least;
};

class RetrySchedule : public testing::TestWithParam<Pause> {};

TEST_P(RetrySchedule, WaitsAtLeastItsPauseAndAtMostAFifthMore) {
    Random random(42);
    for (int i = 0; i < 2'000; ++i) {
        const auto again =
            expect<TryAgain>(settle(Retry{reason()}, job_after(GetParam().attempts_before), random)
            );
        EXPECT_GE(again.delay, GetParam().at_least);
        EXPECT_LE(again.delay, GetParam().at_least * 6 / 5);
    }
}

INSTANTIATE_TEST_SUITE_P(
    OneFiveFifteenMinutes,
    RetrySchedule,
    testing::Values(Pause{0, 60s}, Pause{1, 300s}, Pause{2, 900s})
);

TEST(RetryPolicy, BuriesTheFourthFailureUnderItsOwnReason) {
    const auto dead = expect<Bury>(decide(Retry{reason()}, job_after(3)));
    EXPECT_EQ(dead.attempts, 4);
    EXPECT_EQ(dead.reason.code, "database");
    EXPECT_EQ(dead.reason.text, reason().text);
}

TEST(RetryPolicy, SpreadsTheRetriesOfABurst) {
    Random random(3);
    const auto first = retry_delay(1, random);
    const auto second = retry_delay(1, random);
    EXPECT_NE(first, second);
}

TEST(RetryPolicy, HasNoDelayBeyondItsSchedule) {
    Random random(3);
    EXPECT_FALSE(retry_delay(4, random));
    EXPECT_FALSE(retry_delay(0, random));
}

TEST(RetryPolicy, RemovesWhatIsCompleted) {
    EXPECT_FALSE(expect<Finished>(decide(Completed{}, job_after(2))).discarded);
}

TEST(RetryPolicy, RemovesWhatIsDiscardedAndSaysWhy) {
    const auto end =
        expect<Finished>(decide(Discard{{"endpoint_off", "switched off"}}, job_after(0)));
    EXPECT_TRUE(end.discarded);
    ASSERT_TRUE(end.reason);
    EXPECT_EQ(end.reason->code, "endpoint_off");
}

TEST(RetryPolicy, CompletesEvenPastTheDeadline) {
    expect<Finished>(decide(Completed{}, overdue_after(0)));
}

TEST(RetryPolicy, BuriesADeadLetterAtOnceAndCountsIt) {
    const auto dead = expect<Bury>(decide(DeadLetter{{"schema", "no uid"}}, job_after(1)));
    EXPECT_EQ(dead.attempts, 2);
    EXPECT_EQ(dead.reason.code, "schema");
}

TEST(RetryPolicy, TriesAJobThatWaitedForLongAsOftenAsAnyOther) {
    EXPECT_GE(expect<TryAgain>(decide(Retry{reason()}, overdue_after(0))).delay, 60s);
    const auto dead = expect<Bury>(decide(Retry{reason()}, overdue_after(3)));
    EXPECT_EQ(dead.reason.code, "database") << "its own reason, not that it is late";
}

TEST(Snooze, UsesNoAttemptHoweverOften) {
    for (const int attempts : {0, 3, 100})
        EXPECT_EQ(expect<Wait>(decide(Snooze{10s, reason()}, job_after(attempts))).delay, 10s);
}

TEST(Snooze, IsParkedOnlyWhenLong) {
    EXPECT_FALSE(expect<Wait>(decide(Snooze{600ms, reason()}, job_after(0))).parked);
    EXPECT_TRUE(expect<Wait>(decide(Snooze{60s, reason()}, job_after(0))).parked);
}

TEST(Snooze, NeverSpins) {
    EXPECT_EQ(expect<Wait>(decide(Snooze{0ms, reason()}, job_after(0))).delay, kShortestSnooze);
    EXPECT_EQ(expect<Wait>(decide(Snooze{-5s, reason()}, job_after(0))).delay, kShortestSnooze);
}

TEST(Snooze, LastsForAsLongAsItTakesWhenNobodyIsToBlame) {
    for (const int attempts : {0, 3, 100}) {
        const auto wait = expect<Wait>(decide(Snooze{24h, reason()}, overdue_after(attempts)));
        EXPECT_EQ(wait.delay, 24h);
    }
}

TEST(Snooze, OfUnknownBlameComesLessAndLessOften) {
    const Snooze late{5s, reason(), Blame::Unknown};
    Job job = job_after(0);
    job.age = 1s;
    EXPECT_EQ(expect<Wait>(decide(late, job)).delay, 5s);
    job.age = 8min;
    EXPECT_EQ(expect<Wait>(decide(late, job)).delay, 1min);
    job.age = 71h;
    EXPECT_EQ(expect<Wait>(decide(late, job)).delay, kLongestUnknownSnooze);
}

TEST(Snooze, OfUnknownBlameIsAFailureFromTheDeadlineOn) {
    const Snooze late{5s, reason(), Blame::Unknown};
    EXPECT_GE(expect<TryAgain>(decide(late, overdue_after(0))).delay, 60s);
    EXPECT_EQ(expect<Bury>(decide(late, overdue_after(3))).reason.code, "database");
}

TEST(CrashCounter, GivesTheJobBackTwice) {
    EXPECT_FALSE(settle_crash(job_after(0, 0)));
    EXPECT_FALSE(settle_crash(job_after(0, 1)));
}

TEST(CrashCounter, BuriesTheThirdCrash) {
    const auto dead = settle_crash(job_after(1, 2));
    ASSERT_TRUE(dead);
    EXPECT_EQ(dead->reason.code, "crash_loop");
    EXPECT_EQ(dead->attempts, 1);
}

TEST(BoundedReason, NeverExceedsItsBytes) {
    std::string long_text;
    for (int i = 0; i < 400; ++i)
        long_text += "ü€";
    const Reason cut = bounded({"x", long_text});
    EXPECT_LE(cut.text.size(), kReasonBytes);
    EXPECT_GT(cut.text.size(), kReasonBytes - 8);
    EXPECT_EQ(bounded({"", "a\nb"}).code, "unnamed");
    EXPECT_EQ(bounded({"", "a\nb"}).text.find('\n'), std::string::npos);
}

} // namespace
} // namespace calfleet::job
