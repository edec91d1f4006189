// The gate on a real PostgreSQL: rates that no crowd exceeds, breakers that a fleet agrees on.

#include "common/calcom/quota.h"
#include "common/core/clock.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "tests/integration/postgres/database.h"
#include "tests/support/wait.h"

namespace calfleet::calcom {
namespace {

using namespace std::chrono_literals;
using postgres::Access;
using postgres::Session;
using postgres::Transaction;
using std::chrono::milliseconds;

constexpr std::string_view kHost = "api.cal.com";

CallRequest
call(std::int64_t company, CallLane lane = CallLane::Sync, std::string_view operation = "me.get") {
    return {.company = CompanyId{company}, .lane = lane, .operation = operation};
}

// One process of the fleet.
struct Process {
    Process(const postgres::TestDatabase& database, std::string owner, QuotaSettings settings = {})
        : session({.dsn = database.dsn("calfleet_worker")})
        , quota(with(std::move(settings), std::move(owner)), Random(7), clock) {}

    std::vector<Verdict> admit(const std::vector<CallRequest>& calls) {
        auto verdicts = session.transact(Access::runtime(), [&](Transaction& t) {
            return quota.admit(t, calls);
        });
        EXPECT_TRUE(verdicts) << verdicts.error().message;
        return verdicts ? *std::move(verdicts) : std::vector<Verdict>{};
    }
    Verdict admit(const CallRequest& request) { return admit(std::vector{request}).front(); }

    // How many of so many calls at once get leave.
    int leaves(int calls, const CallRequest& request) {
        const auto verdicts = admit(std::vector(static_cast<std::size_t>(calls), request));
        return static_cast<int>(std::count_if(verdicts.begin(), verdicts.end(), [](const auto& v) {
            return std::holds_alternative<Ticket>(v);
        }));
    }

    void report(const CallRequest& request, const Verdict& verdict, const CallReport& report) {
        ASSERT_TRUE(std::holds_alternative<Ticket>(verdict)) << std::get<NotNow>(verdict).text;
        quota.note(request, std::get<Ticket>(verdict), report);
        write();
    }
    void write() {
        auto news = quota.take_news();
        const auto done =
            session.transact(Access::runtime(), [&](Transaction& t) { quota.write(t, *news); });
        EXPECT_TRUE(done) << done.error().message;
        if (!done) quota.give_back(std::move(news));
    }

    static QuotaSettings with(QuotaSettings settings, std::string owner) {
        settings.host = std::string(kHost);
        settings.owner = std::move(owner);
        return settings;
    }

    ManualClock clock{Instant{} + 480000h};
    Session session;
    Quota quota;
};

NotNowWhy why(const Verdict& verdict) {
    const auto* wait = std::get_if<NotNow>(&verdict);
    EXPECT_NE(wait, nullptr) << "got leave";
    return wait != nullptr ? wait->why : NotNowWhy::Bucket;
}

CallReport ended(CallEnd end) {
    return {.end = end};
}

CallReport answered(std::int64_t remaining, milliseconds reset_in) {
    CallReport report;
    report.limits.limits.push_back(
        {.name = "default", .limit = 120, .remaining = remaining, .reset_in = reset_in}
    );
    return report;
}

std::string fingerprint_of(std::int64_t company) {
    std::string digits = std::to_string(company);
    return std::string(16 - digits.size(), '0') + digits;
}

class QuotaTest : public postgres::PostgresTest {
protected:
    void prepare() override {
        database().migrate();
        for (std::int64_t company = 1; company <= 5; ++company)
            give_key(company, fingerprint_of(company));
    }

    void give_key(std::int64_t company, const std::string& fingerprint) const {
        const std::string c = std::to_string(company);
        database().run(
            "insert into platform.companies (id, name) values (" + c +
            ", 'c') on conflict do nothing; "
            "update calfleet.calcom_credentials set state = 'retired', sealed = '', retired_at = "
            "now() "
            "where company_id = " +
            c +
            "; "
            "with dek as (insert into calfleet.sealing_keys (dek_id, company_id, kek_id, wrapped, "
            "is_current) "
            "values (gen_random_uuid(), " +
            c +
            ", '0123456789abcdef', '', false) returning dek_id) "
            "insert into calfleet.calcom_credentials "
            "(credential_id, company_id, purpose, dek_id, sealed, fingerprint, created_by) "
            "select gen_random_uuid(), " +
            c + ", 'api-key', dek_id, '', '" + fingerprint + "', 't' from dek"
        );
    }

    // The database's clock cannot be moved, so the rows are.
    void let_pass(std::chrono::seconds time) const {
        const std::string by = " - interval '" + std::to_string(time.count()) + " seconds'";
        database().run(
            "update calfleet.rate_buckets set tat = tat" + by + ", frozen_until = frozen_until" +
            by + ", refused_at = refused_at" + by + ", ceiling_until = ceiling_until" + by +
            ", rate_changed_at = rate_changed_at" + by +
            "; update calfleet.breakers set retry_at = retry_at" + by +
            ", probe_until = probe_until" + by + ", closed_at = closed_at" + by +
            ", struck_at = struck_at" + by
        );
    }

    std::string ask(const std::string& sql) const { return database().ask(sql); }
};

TEST_F(QuotaTest, GivesALaneItsShareOfTheBurstAtOnce) {
    Process process(database(), "a");
    EXPECT_EQ(process.leaves(20, call(1, CallLane::Interactive)), 10);
    EXPECT_EQ(process.leaves(20, call(2, CallLane::Sync)), 9);
    EXPECT_EQ(process.leaves(20, call(3, CallLane::Bulk)), 6);
    EXPECT_EQ(process.leaves(20, call(4, CallLane::Reconcile)), 5);
}

TEST_F(QuotaTest, LeavesTheLastDropsToTheMoreUrgent) {
    Process process(database(), "a");
    EXPECT_EQ(process.leaves(20, call(1, CallLane::Reconcile)), 5);
    EXPECT_EQ(process.leaves(20, call(1, CallLane::Bulk)), 1);
    EXPECT_EQ(process.leaves(20, call(1, CallLane::Sync)), 3);
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
    EXPECT_EQ(granted(8), 8); // interactive
    EXPECT_EQ(granted(0), 0); // bulk: fewer than its reserve were left
}

TEST_F(QuotaTest, NumbersTheGrantsOfAKeyAndSaysWhenTheNextOneComes) {
    Process process(database(), "a");
    std::vector<std::int64_t> numbers;
    milliseconds longest{0}, shortest{1h};
    for (const Verdict& verdict : process.admit(std::vector(14, call(1)))) {
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
    EXPECT_EQ(numbers, (std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9}));
    EXPECT_GE(shortest, 1ms);
    EXPECT_LE(shortest, 1201ms); // a gap of 600 ms, and a jitter of as much
    EXPECT_GE(longest, 2400ms);  // the fifth in the queue comes four gaps later
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
    EXPECT_EQ(numbers.size(), 9U);
}

// Ten minutes of more demand than the key allows. The table's tat is moved back by a second at each
// step; the time that the test itself takes counts as well.
TEST_F(QuotaTest, UsesTheAllowedRateAndNoSixtySecondsSeeMoreThanElevenTwelfthsOfTheLimit) {
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
    EXPECT_GE(grants.size(), 995U) << "of 1000 that the rate allows";
    for (std::size_t i = 0; i + 110 < grants.size(); ++i)
        EXPECT_GE(grants[i + 110] - grants[i], 60s) << "111 grants within a minute";
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
        const auto until = system_clock().monotonic() + 2s;
        while (system_clock().monotonic() < until) {
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
        EXPECT_GT(times.size(), 400U) << "company " << company << ": too little was tried";
        // A grant is seen a moment after it was made, while others are made: 8 of one batch each.
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
        "1 70"
    );
    let_pass(66s);
    one.report(call(1), one.admit(call(1)), ended(CallEnd::Refused));
    let_pass(66s);
    const Verdict verdict = other.admit(call(1));
    EXPECT_EQ(why(verdict), NotNowWhy::CredentialBreaker);
    EXPECT_GT(std::get<NotNow>(verdict).delay, 28min);
}

TEST_F(QuotaTest, StopsWhereTheRemotesOwnCountSaysSoUntilItsWindowEnds) {
    Process process(database(), "a");
    const Verdict first = process.admit(call(1));
    process.report(call(1), first, answered(7, 30s)); // somebody else used 112
    EXPECT_EQ(process.leaves(9, call(1)), 3);         // 7 less the 4 that may be on their way
    const Verdict verdict = process.admit(call(1));
    EXPECT_EQ(why(verdict), NotNowWhy::Ceiling);
    EXPECT_GT(std::get<NotNow>(verdict).delay, 25s);
    let_pass(32s);
    EXPECT_GT(process.leaves(9, call(1)), 5);
}

TEST_F(QuotaTest, WritesGoodNewsOnceASecondAndBadNewsAtOnce) {
    Process process(database(), "a");
    EXPECT_FALSE(process.quota.has_news());
    const auto note = [&](const CallReport& report) {
        process.quota.note(call(1), std::get<Ticket>(process.admit(call(1))), report);
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
    Process one(database(), "a");
    Process other(database(), "b");
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
    Process breaker(database(), "a");
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
    Process process(database(), "a");
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
    Process process(database(), "a");
    break_host(process);
    let_pass(61s);
    process.clock.advance(1s);
    process.report(call(4), process.admit(call(4)), ended(CallEnd::NotSent));
    EXPECT_EQ(ask("select pause_seconds from calfleet.breakers where scope = 'host'"), "120");
    process.clock.advance(1s);
    EXPECT_GT(std::get<NotNow>(process.admit(call(4))).delay, 110s);
}

TEST_F(SharedBreakers, GiveTheProbeToSomebodyElseWhenTheProberIsGone) {
    Process gone(database(), "gone");
    Process other(database(), "b");
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
    Process process(database(), "a");
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
    Process process(database(), "a");
    for (int strike = 0; strike < 2; ++strike)
        process.report(call(1), process.admit(call(1)), ended(CallEnd::KeyRefused));
    give_key(1, "00000000000000aa");
    EXPECT_EQ(process.leaves(1, call(1)), 1);
}

TEST_F(SharedBreakers, AreNotNeededByAProcessThatCannotConnectAtAll) {
    Process process(database(), "a");
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
