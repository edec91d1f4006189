// Breakers on a real PostgreSQL: a whole fleet agrees on them.

#include <mutex>
#include <thread>

#include "tests/integration/calcom/quota_fixture.h"

namespace calfleet::calcom {
namespace {

using namespace std::chrono_literals;

/// Buckets that let ten calls go at once: they are not what is tested here.
QuotaSettings roomy() {
    QuotaSettings settings;
    settings.buckets.burst_share = 10.0 / 120.0;
    return settings;
}

class SharedBreakers : public QuotaTest {
protected:
    // Three companies meet a host that answers nothing.
    void break_host(Process& process, std::string_view operation = "me.get") {
        for (std::int64_t company = 1; company <= 3; ++company)
            for (const Verdict& verdict :
                 process.admit(std::vector(7, call(company, CallLane::Interactive, operation))))
                process.quota.note(
                    call(company, CallLane::Interactive, operation),
                    std::get<Ticket>(verdict),
                    ended(CallEnd::Failed)
                );
        process.write();
    }
    std::string state(std::string_view scope) const {
        return ask(
            "select state from calfleet.breakers where scope = '" + std::string(scope) + "'"
        );
    }
};

TEST_F(SharedBreakers, StopEveryProcessWithinASecond) {
    Process one(database(), "a", roomy());
    Process other(database(), "b", roomy());
    EXPECT_EQ(other.leaves(1, call(4)), 1); // it has looked at the breakers now
    break_host(one);
    EXPECT_EQ(why(one.admit(call(4))), NotNowWhy::HostBreaker);
    other.clock.advance(1s);
    const Verdict verdict = other.admit(call(4));
    ASSERT_EQ(why(verdict), NotNowWhy::HostBreaker);
    EXPECT_GT(std::get<NotNow>(verdict).delay, 55s);
    EXPECT_EQ(
        std::get<NotNow>(verdict).text,
        "the breaker of host api.cal.com is open: 21 of 21 calls of the last minute failed"
    );
    // Known without a transaction from now on.
    ASSERT_TRUE(other.quota.refuse_at_once(call(5)));
    EXPECT_EQ(other.quota.refuse_at_once(call(5))->why, NotNowWhy::HostBreaker);
}

TEST_F(SharedBreakers, LetExactlyOneCallOfTheWholeFleetFindOut) {
    Process breaker(database(), "a", roomy());
    break_host(breaker);
    let_pass(61s);
    std::mutex mutex;
    std::vector<Ticket> probes;
    std::vector<std::thread> processes;
    for (int i = 0; i < 4; ++i)
        processes.emplace_back([&, i] {
            Process process(database(), "p" + std::to_string(i));
            for (int again = 0; again < 5; ++again)
                for (const Verdict& verdict : process.admit({call(4), call(5)}))
                    if (const auto* ticket = std::get_if<Ticket>(&verdict)) {
                        const std::lock_guard lock(mutex);
                        probes.push_back(*ticket);
                    }
        });
    for (std::thread& process : processes)
        process.join();
    ASSERT_EQ(probes.size(), 1U);
    ASSERT_EQ(probes[0].probes.size(), 2U); // the host's, and that of the operation that failed too
    EXPECT_EQ(probes[0].probes[0].breaker.scope, BreakerScope::Host);
}

TEST_F(SharedBreakers, CloseAfterThreeGoodProbesAndLetCallsInGradually) {
    Process process(database(), "a", roomy());
    break_host(process, "event-type.patch");
    let_pass(61s);
    for (int good = 0; good < 3; ++good) {
        process.clock.advance(1s);
        process.report(call(4), process.admit(call(4)), ended(CallEnd::Answered));
    }
    EXPECT_EQ(state("host"), "closed");
    EXPECT_EQ(state("operation"), "open"); // that kind of call was not tried
    process.clock.advance(1s);
    int leaves = 0;
    for (int i = 0; i < 40; ++i)
        leaves += process.leaves(1, call(1 + i % 5, CallLane::Interactive));
    EXPECT_GT(leaves, 0);
    EXPECT_LT(leaves, 20) << "a tenth should go in the first second";
    let_pass(60s);
    process.clock.advance(1s);
    EXPECT_EQ(process.leaves(5, call(4)), 5);
}

TEST_F(SharedBreakers, PauseTwiceAsLongAfterABadProbe) {
    Process process(database(), "a", roomy());
    break_host(process);
    let_pass(61s);
    process.clock.advance(1s);
    process.report(call(4), process.admit(call(4)), ended(CallEnd::NotSent));
    EXPECT_EQ(ask("select pause_seconds from calfleet.breakers where scope = 'host'"), "120");
    process.clock.advance(1s);
    EXPECT_GT(std::get<NotNow>(process.admit(call(4))).delay, 110s);
}

TEST_F(SharedBreakers, GiveTheProbeToSomebodyElseWhenTheProberIsGone) {
    Process gone(database(), "gone", roomy());
    Process other(database(), "b", roomy());
    break_host(gone);
    let_pass(61s);
    gone.clock.advance(1s);
    const Verdict lost = gone.admit(call(4));
    EXPECT_TRUE(std::holds_alternative<Ticket>(lost));
    EXPECT_EQ(why(other.admit(call(4))), NotNowWhy::HostBreaker);
    let_pass(46s); // its lease
    other.clock.advance(1s);
    EXPECT_EQ(other.leaves(1, call(4)), 1);
    // What the first one says now is an echo.
    gone.report(call(4), lost, ended(CallEnd::Failed));
    EXPECT_EQ(ask("select pause_seconds from calfleet.breakers where scope = 'host'"), "60");
}

TEST_F(SharedBreakers, OfAKeyStopItsCompanyAloneUntilOneCallWorks) {
    Process process(database(), "a", roomy());
    for (int strike = 0; strike < 2; ++strike)
        process.report(call(1), process.admit(call(1)), ended(CallEnd::KeyRefused));
    const Verdict verdict = process.admit(call(1));
    ASSERT_EQ(why(verdict), NotNowWhy::CredentialBreaker);
    EXPECT_EQ(
        std::get<NotNow>(verdict).text,
        "the breaker of credential " + fingerprint_of(1) + " is open: the key was refused"
    );
    EXPECT_EQ(process.leaves(1, call(2)), 1);
    let_pass(301s);
    const auto verdicts = process.admit({call(1), call(1)});
    ASSERT_TRUE(std::holds_alternative<Ticket>(verdicts[0]));
    EXPECT_EQ(why(verdicts[1]), NotNowWhy::CredentialBreaker); // one is enough to find out
    process.report(call(1), verdicts[0], ended(CallEnd::Answered));
    EXPECT_EQ(state("credential"), "closed");
    EXPECT_EQ(process.leaves(3, call(1)), 3);
}

TEST_F(SharedBreakers, OfAKeyAreLeftBehindByANewKey) {
    Process process(database(), "a", roomy());
    for (int strike = 0; strike < 2; ++strike)
        process.report(call(1), process.admit(call(1)), ended(CallEnd::KeyRefused));
    give_key(1, "00000000000000aa");
    EXPECT_EQ(process.leaves(1, call(1)), 1);
}

TEST_F(SharedBreakers, AreNotNeededByAProcessThatCannotConnectAtAll) {
    Process process(database(), "a", roomy());
    for (int i = 0; i < 5; ++i)
        process.quota.note(
            call(1), std::get<Ticket>(process.admit(call(1))), ended(CallEnd::NotSent)
        );
    const auto refused = process.quota.refuse_at_once(call(2));
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->why, NotNowWhy::Offline);
    process.clock.advance(10s);
    EXPECT_FALSE(process.quota.refuse_at_once(call(2)));
    EXPECT_EQ(process.leaves(1, call(2)), 1);
    EXPECT_EQ(why(process.admit(call(3))), NotNowWhy::Offline); // one goes, the others wait
}

} // namespace
} // namespace calfleet::calcom
