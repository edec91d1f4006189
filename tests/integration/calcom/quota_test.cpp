// The rates of keys on a real PostgreSQL: no crowd exceeds them.

#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "tests/integration/calcom/quota_fixture.h"

namespace calfleet::calcom {
namespace {

using namespace std::chrono_literals;
using postgres::Access;
using postgres::Transaction;
using std::chrono::milliseconds;

TEST_F(QuotaTest, GivesALaneItsShareOfTheBurstAtOnce) {
    Process process(database(), "a");
    EXPECT_EQ(process.leaves(20, call(1, CallLane::Interactive)), 4);
    EXPECT_EQ(process.leaves(20, call(2, CallLane::Sync)), 3);
    EXPECT_EQ(process.leaves(20, call(3, CallLane::Bulk)), 2);
    EXPECT_EQ(process.leaves(20, call(4, CallLane::Reconcile)), 2);
}

TEST_F(QuotaTest, LeavesTheLastDropsToTheMoreUrgent) {
    Process process(database(), "a");
    EXPECT_EQ(process.leaves(20, call(1, CallLane::Reconcile)), 2);
    EXPECT_EQ(process.leaves(20, call(1, CallLane::Bulk)), 0);
    EXPECT_EQ(process.leaves(20, call(1, CallLane::Sync)), 1);
    EXPECT_EQ(process.leaves(20, call(1, CallLane::Interactive)), 1);
    EXPECT_EQ(process.leaves(20, call(1, CallLane::Interactive)), 0);
}

TEST_F(QuotaTest, ServesTheLanesOfOneBatchInTheirOrder) {
    Process process(database(), "a");
    std::vector<CallRequest> calls(8, call(1, CallLane::Bulk));
    calls.insert(calls.end(), 8, call(1, CallLane::Interactive));
    const auto verdicts = process.admit(calls);
    const auto granted = [&](std::size_t from) {
        return std::count_if(
            verdicts.begin() + static_cast<std::ptrdiff_t>(from),
            verdicts.begin() + static_cast<std::ptrdiff_t>(from) + 8,
            [](const auto& v) { return std::holds_alternative<Ticket>(v); }
        );
    };
    EXPECT_EQ(granted(8), 4); // interactive
    EXPECT_EQ(granted(0), 0); // bulk: fewer than its reserve were left
}

TEST_F(QuotaTest, NumbersTheGrantsOfAKeyAndSaysWhenTheNextOneComes) {
    Process process(database(), "a");
    std::vector<std::int64_t> numbers;
    milliseconds longest{0}, shortest{1h};
    for (const Verdict& verdict : process.admit(std::vector(8, call(1)))) {
        if (const auto* ticket = std::get_if<Ticket>(&verdict)) {
            EXPECT_EQ(ticket->fingerprint, fingerprint_of(1));
            numbers.push_back(ticket->grant);
            continue;
        }
        const auto& wait = std::get<NotNow>(verdict);
        EXPECT_EQ(wait.why, NotNowWhy::Bucket);
        longest = std::max(longest, wait.delay);
        shortest = std::min(shortest, wait.delay);
    }
    EXPECT_EQ(numbers, (std::vector<std::int64_t>{1, 2, 3}));
    EXPECT_GE(shortest, 1ms);
    EXPECT_LE(shortest, 1041ms); // a gap of 520 ms, and a jitter of as much
    EXPECT_GE(longest, 2070ms);  // the fifth in the queue comes four gaps later
}

TEST_F(QuotaTest, TellsACompanyWithoutAKeyWhatToDo) {
    Process process(database(), "a");
    const Verdict verdict = process.admit(call(77));
    ASSERT_EQ(why(verdict), NotNowWhy::NoKey);
    EXPECT_EQ(
        std::get<NotNow>(verdict).text, "company 77 has no API key: calfleet company set-key 77"
    );
    const job::Snooze outcome = snooze(std::get<NotNow>(verdict));
    EXPECT_EQ(outcome.reason.code, "no_api_key");
    EXPECT_EQ(outcome.delay, 15min);
}

TEST_F(QuotaTest, KnowsNoKeyThatIsRetiredOrPastItsTime) {
    Process process(database(), "a");
    database().run("update calfleet.calcom_credentials set valid_until = now() where company_id = 1"
    );
    EXPECT_EQ(why(process.admit(call(1))), NotNowWhy::NoKey);
    EXPECT_EQ(process.leaves(1, call(2)), 1);
}

TEST_F(QuotaTest, CountsCompaniesThatShareAKeyTogether) {
    give_key(5, fingerprint_of(4));
    Process process(database(), "a");
    const auto verdicts = process.admit(
        {call(4), call(5), call(4), call(5), call(4), call(5), call(4), call(5), call(4), call(5)}
    );
    std::set<std::int64_t> numbers;
    for (const Verdict& verdict : verdicts)
        if (const auto* ticket = std::get_if<Ticket>(&verdict)) numbers.insert(ticket->grant);
    EXPECT_EQ(numbers.size(), 3U);
}

// Ten minutes of more demand than the key allows. The table's tat is moved back by a second at each
// step; the time that the test itself takes counts as well.
TEST_F(QuotaTest, UsesTheAllowedRateAndNoSixtySecondsSeeTheWholeLimit) {
    Process process(database(), "a");
    std::vector<milliseconds> grants;
    const auto start = system_clock().monotonic();
    milliseconds moved{0}, now{0};
    while (now < 600s) {
        const int leaves = process.leaves(5, call(1));
        now = moved + std::chrono::ceil<milliseconds>(system_clock().monotonic() - start);
        grants.insert(grants.end(), static_cast<std::size_t>(leaves), now);
        database().run("update calfleet.rate_buckets set tat = tat - interval '1 second'");
        moved += 1s;
    }
    EXPECT_GE(grants.size(), 1149U) << "of 1155 that the rate allows";
    for (std::size_t i = 0; i + 119 < grants.size(); ++i)
        ASSERT_GE(grants[i + 119] - grants[i], 60s) << "120 grants within a minute";
}

// For every pair of grants: no more between them than a burst and the rate allow. What holds for
// every span of time holds for sixty seconds. A hundred times the usual speed.
TEST_F(QuotaTest, IsNeverExceededByFourProcessesAtOnceInAnySpanOfTime) {
    constexpr double kRate = 12000; // a minute
    constexpr std::int64_t kBurst = 100;
    QuotaSettings settings;
    settings.buckets.usual_limit = 14400;
    settings.buckets.burst_share = static_cast<double>(kBurst) / 14400;
    database().run(
        "insert into calfleet.rate_buckets (fingerprint, rate_per_minute, limit_per_minute) "
        "select fingerprint, 1000, 14400 from calfleet.calcom_credentials; "
        "alter table calfleet.rate_buckets drop constraint rate_buckets_rate_is_within_limit; "
        "update calfleet.rate_buckets set rate_per_minute = 12000"
    );
    static constexpr postgres::Statement kClock{
        "test.clock", "select extract(epoch from clock_timestamp())::float8"};
    std::mutex mutex;
    std::map<std::int64_t, std::vector<double>> grants; // by company
    const auto work = [&](int number) {
        Process process(database(), "p" + std::to_string(number), settings);
        Random random(static_cast<std::uint64_t>(number));
        // At least a second, and enough tries on a machine with better things to do.
        const auto until = system_clock().monotonic() + 1s;
        for (int round = 0; round < 150 || system_clock().monotonic() < until; ++round) {
            std::vector<CallRequest> calls;
            for (std::uint64_t n = 1 + random.below(8); n > 0; --n)
                calls.push_back(
                    call(static_cast<std::int64_t>(1 + random.below(3)), CallLane::Interactive)
                );
            double before = 0;
            const auto verdicts = process.session.transact(Access::runtime(), [&](Transaction& t) {
                auto given = process.quota.admit(t, calls);
                before = t.exec(kClock)[0].number(0);
                return given;
            });
            ASSERT_TRUE(verdicts) << verdicts.error().message;
            const std::lock_guard lock(mutex);
            for (std::size_t i = 0; i < calls.size(); ++i)
                if (std::holds_alternative<Ticket>((*verdicts)[i]))
                    grants[calls[i].company.value].push_back(before);
        }
    };
    std::vector<std::thread> processes;
    for (int i = 0; i < 4; ++i)
        processes.emplace_back(work, i);
    for (std::thread& process : processes)
        process.join();
    for (auto& [company, times] : grants) {
        std::sort(times.begin(), times.end());
        EXPECT_GT(times.size(), 150U) << "company " << company << ": too little was tried";
        // At any instant each process has one batch that was granted and is not seen yet: 8 each.
        const double slack = 32;
        for (std::size_t i = 0; i < times.size(); ++i)
            for (std::size_t j = i; j < times.size(); ++j)
                ASSERT_LE(
                    static_cast<double>(j - i + 1),
                    static_cast<double>(kBurst) + (times[j] - times[i]) * kRate / 60 + slack
                ) << "company "
                  << company << ", grants " << i << " to " << j;
    }
    EXPECT_EQ(grants.size(), 3U);
}

TEST_F(QuotaTest, FreezesAKeyAfterA429AndOpensItsBreakerAfterTheSecond) {
    Process one(database(), "a");
    Process other(database(), "b");
    one.report(call(1), one.admit(call(1)), ended(CallEnd::Refused));
    EXPECT_EQ(why(other.admit(call(1))), NotNowWhy::Frozen);
    EXPECT_EQ(other.leaves(1, call(2)), 1); // nobody else's business
    EXPECT_EQ(
        ask("select refusals || ' ' || rate_per_minute from calfleet.rate_buckets where refusals > "
            "0"),
        "1 80.85"
    );
    let_pass(66s);
    one.report(call(1), one.admit(call(1)), ended(CallEnd::Refused));
    let_pass(66s);
    const Verdict verdict = other.admit(call(1));
    EXPECT_EQ(why(verdict), NotNowWhy::CredentialBreaker);
    EXPECT_GT(std::get<NotNow>(verdict).delay, 28min);
}

/// Cal.com's own counting: a window begins with its first call; the 121st in it would be refused.
struct RemoteWindow {
    static constexpr std::int64_t kLimit = 120;
    milliseconds ends{0};
    std::int64_t calls{0};
    std::int64_t most{0};

    CallReport count(milliseconds now) {
        if (now >= ends) *this = {.ends = now + 60s, .most = most};
        most = std::max(most, ++calls);
        return answered(kLimit - calls, std::chrono::ceil<std::chrono::seconds>(ends - now));
    }
};

// The fleet is away for four seconds of every minute, as when it is restarted: what the remote's
// window has left is used up all the same, and never more than that.
TEST_F(QuotaTest, UsesNinetyFiveOfAHundredOfTheRemotesLimitAlsoAcrossPauses) {
    Process process(database(), "a");
    RemoteWindow window;
    const auto start = system_clock().monotonic();
    const auto elapsed = [&] {
        return std::chrono::ceil<milliseconds>(system_clock().monotonic() - start);
    };
    std::int64_t calls = 0;
    milliseconds moved{0};
    while (moved + elapsed() < 600s) {
        const std::vector wanted(5, call(1));
        const bool away = (moved + elapsed()) % 60s >= 20s && (moved + elapsed()) % 60s < 24s;
        for (const Verdict& verdict : away ? std::vector<Verdict>{} : process.admit(wanted)) {
            const auto* ticket = std::get_if<Ticket>(&verdict);
            if (ticket == nullptr) continue;
            ++calls;
            process.quota.note(call(1), *ticket, window.count(moved + elapsed()));
        }
        process.write();
        database().run("update calfleet.rate_buckets set tat = tat - interval '1 second', "
                       "ceiling_until = ceiling_until - interval '1 second'");
        moved += 1s;
    }
    EXPECT_GE(calls, 1140) << "of 1200 in ten minutes";
    EXPECT_LE(window.most, RemoteWindow::kLimit);
    EXPECT_EQ(ask("select rate_per_minute from calfleet.rate_buckets where grants > 0"), "115.5");
}

TEST_F(QuotaTest, StopsWhereTheRemotesOwnCountSaysSoUntilItsWindowEnds) {
    Process process(database(), "a");
    const Verdict first = process.admit(call(1));
    process.report(call(1), first, answered(5, 30s)); // somebody else used 114
    EXPECT_EQ(process.leaves(9, call(1)), 2);         // 5 less the 3 that may be on their way
    const Verdict verdict = process.admit(call(1));
    EXPECT_EQ(why(verdict), NotNowWhy::Ceiling);
    EXPECT_GT(std::get<NotNow>(verdict).delay, 25s);
    let_pass(32s);
    EXPECT_EQ(process.leaves(9, call(1)), 3);
}

TEST_F(QuotaTest, WritesGoodNewsOnceASecondAndBadNewsAtOnce) {
    Process process(database(), "a");
    EXPECT_FALSE(process.quota.has_news());
    const CallRequest urgent = call(1, CallLane::Interactive);
    const auto note = [&](const CallReport& report) {
        process.quota.note(urgent, std::get<Ticket>(process.admit(urgent)), report);
    };
    note(answered(110, 50s));
    EXPECT_FALSE(process.quota.has_news());
    process.clock.advance(1s);
    EXPECT_TRUE(process.quota.has_news());
    process.write();
    EXPECT_FALSE(process.quota.has_news());
    note(ended(CallEnd::Failed));
    EXPECT_TRUE(process.quota.has_news());
    process.write();
    note(answered(5, 50s));
    EXPECT_TRUE(process.quota.has_news());
}

TEST_F(QuotaTest, LosesNothingWhenAWriteFails) {
    Process process(database(), "a");
    process.quota.note(call(1), std::get<Ticket>(process.admit(call(1))), ended(CallEnd::Refused));
    auto news = process.quota.take_news();
    const auto failed = process.session.transact(Access::runtime(), [&](Transaction& t) {
        process.quota.write(t, *news);
        throw postgres::Abort({ErrorKind::Unavailable, "the connection is lost"});
    });
    ASSERT_FALSE(failed);
    process.quota.give_back(std::move(news));
    EXPECT_TRUE(process.quota.has_news());
    process.write();
    EXPECT_EQ(why(process.admit(call(1))), NotNowWhy::Frozen);
}

} // namespace
} // namespace calfleet::calcom
