// The life of a breaker, told with a clock that stands still until it is moved.

#include "common/calcom/breaker.h"

#include <gtest/gtest.h>

namespace calfleet::calcom {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

// One breaker and the database's clock.
struct Story {
    BreakerScope scope{BreakerScope::Host};
    Breaker breaker{};
    Instant now{Instant{} + std::chrono::hours{24 * 365 * 57}};

    BreakerEvent hear(const BreakerNews& news) {
        const BreakerChange change = apply(scope, breaker, news, now);
        breaker = change.breaker;
        return change.event;
    }
    // Calls of one company, of which so many failed.
    BreakerEvent calls(std::int64_t company, int count, int failures) {
        BreakerNews news{.calls = count, .failures = failures, .callers = {CompanyId{company}}};
        if (failures > 0) news.failing = {CompanyId{company}};
        return hear(news);
    }
    BreakerEvent probe(bool good) {
        ++breaker.probe_epoch; // as taking the lease does
        breaker.probe_until = now + 45s;
        BreakerNews news;
        news.probe = {breaker.probe_epoch, good};
        return hear(news);
    }
    std::string says(double dice = 0.999) const {
        const auto said = ask(breaker, now, dice);
        if (const auto* hold = std::get_if<Hold>(&said))
            return "hold " + std::to_string(hold->delay.count());
        return std::holds_alternative<MayProbe>(said) ? "probe" : "go";
    }
    void fail() {
        for (std::int64_t company = 1; company <= 3; ++company)
            calls(company, 10, 10);
    }
};

TEST(HostBreaker, OpensWhenHalfOfTwentyCallsOfThreeCompaniesFail) {
    Story story;
    EXPECT_EQ(story.calls(1, 7, 4), BreakerEvent::None);
    EXPECT_EQ(story.calls(2, 7, 4), BreakerEvent::None);
    EXPECT_EQ(story.calls(3, 5, 3), BreakerEvent::None); // 19 calls
    EXPECT_EQ(story.calls(3, 1, 0), BreakerEvent::Opened);
    EXPECT_EQ(story.breaker.reason, "11 of 20 calls of the last minute failed");
    EXPECT_EQ(story.says(), "hold 60000");
}

TEST(HostBreaker, StaysClosedWhileFewerThanHalfFail) {
    Story story;
    for (std::int64_t company = 1; company <= 5; ++company)
        EXPECT_EQ(story.calls(company, 20, 9), BreakerEvent::None);
    EXPECT_EQ(story.says(), "go");
}

TEST(HostBreaker, IsNotOpenedByOneCompanyWhileOthersCallToo) {
    Story story;
    for (std::int64_t company = 1; company <= 4; ++company)
        story.calls(company, 2, 0);
    EXPECT_EQ(story.calls(5, 200, 200), BreakerEvent::None);
    EXPECT_EQ(story.calls(1, 5, 5), BreakerEvent::None);
    EXPECT_EQ(story.calls(2, 5, 5), BreakerEvent::Opened); // three of them now
}

TEST(HostBreaker, IsNotOpenedByACompanyAloneHoweverQuietTheOthersAre) {
    for (const BreakerScope scope : {BreakerScope::Host, BreakerScope::Operation}) {
        Story story{.scope = scope};
        for (int minute = 0; minute < 10; ++minute, story.now += 30s)
            EXPECT_EQ(story.calls(1, 200, 200), BreakerEvent::None);
        EXPECT_EQ(story.calls(2, 1, 0), BreakerEvent::None);
        EXPECT_EQ(story.says(), "go");
        EXPECT_EQ(story.calls(2, 1, 1), BreakerEvent::Opened);
    }
}

TEST(HostBreaker, ForgetsWhatIsOlderThanAMinute) {
    Story story;
    for (std::int64_t company = 1; company <= 3; ++company)
        story.calls(company, 6, 6); // 18
    story.now += 61s;
    EXPECT_EQ(story.calls(4, 6, 6), BreakerEvent::None);
    EXPECT_EQ(story.breaker.window.callers.size(), 1U);
    story.now += 30s;
    EXPECT_EQ(story.calls(5, 13, 13), BreakerEvent::None); // 19 within the minute
    EXPECT_EQ(story.calls(6, 1, 1), BreakerEvent::Opened);
}

TEST(HostBreaker, CountsRightWhenReportsComeLate) {
    Story story;
    story.calls(1, 10, 0);
    story.now -= 20s; // another process's write waited for a lock
    story.calls(1, 5, 0);
    EXPECT_EQ(story.breaker.window.calls[0], 15);
}

TEST(HostBreaker, DoublesItsPauseAfterEveryBadProbeUpToFiveMinutes) {
    Story story;
    story.fail();
    for (const auto pause : {120s, 240s, 300s, 300s}) {
        story.now = story.breaker.retry_at;
        EXPECT_EQ(story.says(), "probe");
        EXPECT_EQ(story.probe(false), BreakerEvent::ProbeFailed);
        EXPECT_EQ(story.breaker.retry_at, story.now + pause);
    }
}

TEST(HostBreaker, ClosesAfterThreeGoodProbesInARow) {
    Story story;
    story.fail();
    story.now = story.breaker.retry_at;
    EXPECT_EQ(story.probe(true), BreakerEvent::ProbeSucceeded);
    EXPECT_EQ(story.says(), "probe"); // the next at once
    EXPECT_EQ(story.probe(true), BreakerEvent::ProbeSucceeded);
    EXPECT_EQ(story.probe(false), BreakerEvent::ProbeFailed);
    story.now = story.breaker.retry_at;
    EXPECT_EQ(story.probe(true), BreakerEvent::ProbeSucceeded);
    EXPECT_EQ(story.probe(true), BreakerEvent::ProbeSucceeded);
    EXPECT_EQ(story.probe(true), BreakerEvent::Closed);
    EXPECT_FALSE(story.breaker.open);
    EXPECT_EQ(story.breaker.window, CallWindow{});
}

TEST(HostBreaker, LetsCallsInGraduallyForAMinuteAfterItClosed) {
    Story story;
    story.fail();
    story.now = story.breaker.retry_at;
    for (int i = 0; i < 3; ++i)
        story.probe(true);
    EXPECT_EQ(story.says(0.09), "go");
    EXPECT_EQ(story.says(0.11), "hold 5000");
    story.now += 30s;
    EXPECT_EQ(story.says(0.54), "go");
    EXPECT_EQ(story.says(0.56), "hold 5000");
    story.now += 30s;
    EXPECT_EQ(story.says(0.999), "go");
}

TEST(HostBreaker, HearsNothingButItsProbeWhileItIsOpen) {
    Story story;
    story.fail();
    const Breaker before = story.breaker;
    story.calls(1, 50, 0);
    story.calls(2, 50, 50);
    EXPECT_EQ(story.breaker, before);
    BreakerNews old;
    old.probe = {before.probe_epoch - 1, true}; // of somebody whose lease had ended
    story.hear(old);
    EXPECT_EQ(story.breaker, before);
}

TEST(HostBreaker, LetsOthersWaitWhileSomebodyFindsOut) {
    Story story;
    story.fail();
    story.now = story.breaker.retry_at;
    story.breaker.probe_until = story.now + 2s;
    EXPECT_EQ(story.says(), "hold 2000");
    story.breaker.probe_until = story.now + 45s;
    EXPECT_EQ(story.says(), "hold 5000");
    story.now += 45s; // the prober is gone
    EXPECT_EQ(story.says(), "probe");
}

TEST(OperationBreaker, HasTheHostAndTheKindOfCallInItsName) {
    EXPECT_EQ(
        operation_breaker("api.cal.com", "event-type.patch"),
        (BreakerKey{BreakerScope::Operation, "api.cal.com event-type.patch"})
    );
}

struct KeyStory : Story {
    KeyStory() { scope = BreakerScope::Credential; }
    BreakerEvent refused(int strikes = 1) { return hear({.strikes = strikes}); }
};

TEST(CredentialBreaker, OpensOnTheSecondConfirmedRefusal) {
    KeyStory story;
    EXPECT_EQ(story.refused(), BreakerEvent::None);
    EXPECT_EQ(story.says(), "go");
    EXPECT_EQ(story.refused(), BreakerEvent::Opened);
    EXPECT_EQ(story.breaker.reason, "the key was refused");
    EXPECT_EQ(story.says(), "hold 300000");
}

TEST(CredentialBreaker, ForgetsARefusalWhenACallWorkedOrHalfAnHourPassed) {
    KeyStory story;
    story.refused();
    story.hear({.worked = true});
    EXPECT_EQ(story.refused(), BreakerEvent::None);
    story.now += 30min;
    EXPECT_EQ(story.refused(), BreakerEvent::None);
    EXPECT_EQ(story.refused(), BreakerEvent::Opened);
}

TEST(CredentialBreaker, OpensForHalfAnHourOnTheSecond429) {
    KeyStory story;
    EXPECT_EQ(story.hear({.refused_again = true}), BreakerEvent::Opened);
    EXPECT_EQ(story.says(), "hold 1800000");
}

TEST(CredentialBreaker, ClosesOnOneGoodProbeWithoutARamp) {
    KeyStory story;
    story.refused(2);
    story.now = story.breaker.retry_at;
    EXPECT_EQ(story.probe(true), BreakerEvent::Closed);
    EXPECT_EQ(story.says(), "go");
}

TEST(CredentialBreaker, ProbesEveryFiveToThirtyMinutes) {
    KeyStory story;
    story.refused(2);
    for (const auto pause : {10min, 20min, 30min, 30min}) {
        story.now = story.breaker.retry_at;
        story.probe(false);
        EXPECT_EQ(story.breaker.retry_at, story.now + pause);
    }
}

TEST(CredentialBreaker, IgnoresTheHostsTroubles) {
    KeyStory story;
    EXPECT_EQ(story.calls(1, 100, 100), BreakerEvent::None);
}

TEST(FastOpening, WaitsAfterFiveConnectFailuresInARowAndThenLetsOneGo) {
    FastOpen gate;
    auto now = std::chrono::steady_clock::time_point{} + 1h;
    for (int i = 0; i < 4; ++i)
        gate.failed(now);
    EXPECT_EQ(gate.wait(now), std::nullopt);
    gate.failed(now);
    EXPECT_EQ(gate.wait(now), 10s);
    now += 10s;
    EXPECT_EQ(gate.wait(now), std::nullopt);
    gate.going(now);
    EXPECT_EQ(gate.wait(now), 10s); // the others
    now += 1s;
    gate.connected();
    EXPECT_EQ(gate.wait(now), std::nullopt);
}

TEST(FastOpening, StartsAfreshWhenAnythingConnected) {
    FastOpen gate;
    const auto now = std::chrono::steady_clock::time_point{} + 1h;
    for (int i = 0; i < 20; ++i) {
        gate.failed(now);
        if (i % 4 == 3) gate.connected();
        EXPECT_EQ(gate.wait(now), std::nullopt);
    }
}

} // namespace
} // namespace calfleet::calcom
