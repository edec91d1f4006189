// What the simulator's ledger and the rows say after pushers were killed, doubled and cut off.

#include "common/core/random.h"

#include <boost/json/object.hpp>
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "tests/chaos/start_worker.h"
#include "tests/integration/service_pusher/pusher_fixture.h"
#include "tests/support/process.h"
#include "tests/support/wait.h"

namespace calfleet::service_pusher {
namespace {

using namespace std::chrono_literals;
using test_support::eventually;
using test_support::Exit;
using test_support::Process;

constexpr int kServices[] = {1001, 1002, 2001, 2002};

class PusherChaos : public PusherTest {
protected:
    void prepare() override {
        PusherTest::prepare();
        // The tests are about order and loss; tokens would only make them slow.
        simulator().set({{"limiter", false}});
    }

    std::unique_ptr<Process> worker(const std::string& owner, const std::string& crash = {}) {
        return chaos::start_worker(
            {.program = "service_pusher_worker",
             .dsn = database().dsn("calfleet_worker"),
             .calcom_url = simulator().url(),
             .key_file = keys().file(),
             .owner = owner,
             .directory = directory_.path(),
             .crash = crash}
        );
    }
    void edit_all(const std::string& name) const {
        sql("update platform.services set name = '" + name +
            "' where id in (1001, 1002, 2001, 2002)");
    }
    /// As if every key had rested: what was postponed is due, buckets are full.
    bool settled_in_time() {
        return eventually(60s, [&] {
            let_pass(60s);
            return ask("select count(*) from calfleet.jobs") == "0";
        });
    }
    void expect_all_synced(const std::string& name) {
        for (const int service : kServices) {
            EXPECT_EQ(status(service), "synced") << service;
            EXPECT_EQ(column(service, "pushed_version = version"), "true") << service;
            EXPECT_EQ(title_at(simulator(), service), name);
        }
        EXPECT_EQ(ask("select count(*) from platform.service_divergences"), "0")
            << "our own work is nobody else's";
        EXPECT_EQ(ask("select count(*) from calfleet.dead_letters"), "0");
    }
    /// No two requests about one event type were on their way at the same time. A request without
    /// an answer ends when its sender died: before the next could begin.
    void expect_never_in_parallel() {
        struct Span {
            std::int64_t from, to;
        };
        std::map<std::string, std::vector<Span>> spans;
        const auto ledger = simulator().ledger();
        for (const auto& value : ledger) {
            const auto& entry = value.as_object();
            const std::string target(entry.at("target").as_string());
            if (target.find("/event-types/") == std::string::npos) continue;
            const auto from = entry.at("arrived_ns").to_number<std::int64_t>();
            const auto* answered = entry.if_contains("answered_ns");
            spans[target].push_back(
                {from, answered != nullptr ? answered->to_number<std::int64_t>() : from}
            );
        }
        EXPECT_FALSE(spans.empty());
        for (auto& [target, of_target] : spans) {
            std::sort(of_target.begin(), of_target.end(), [](const Span& a, const Span& b) {
                return a.from < b.from;
            });
            for (std::size_t i = 1; i < of_target.size(); ++i)
                EXPECT_GE(of_target[i].from, of_target[i - 1].to) << target << ", request " << i;
        }
    }
    std::string log(const std::string& owner) {
        return test_support::read_file(directory_.path() / (owner + ".out"));
    }

    test_support::TemporaryDirectory directory_{"pusher"};
};

class PusherKilledAt : public PusherChaos, public testing::WithParamInterface<const char*> {};

TEST_P(PusherKilledAt, LosesNoEditAndCallsNothingForeign) {
    const std::string point = GetParam();
    if (point == "J12") simulator().add_fault({{"do", "status"}, {"status", 503}, {"count", 3}});
    if (point == "J14") simulator().add_fault({{"do", "delay"}, {"ms", 1500}, {"count", 2}});
    edit_all("First");
    deliver();
    auto victim = worker("victim", point);
    const auto end = victim->wait_exit(40s);
    ASSERT_TRUE(end) << "the point was never passed: " << log("victim");
    ASSERT_EQ(*end, (Exit{0, SIGKILL}));
    // Edited again before anybody found out.
    sql("update platform.services set name = 'Second' where id = 1001");
    edit_all("Second");
    deliver();
    auto heir = worker("heir");
    ASSERT_TRUE(settled_in_time()) << log("heir");
    expect_all_synced("Second");
    expect_never_in_parallel();
    EXPECT_EQ(heir->stop(20s), (Exit{0, 0}));
}

INSTANTIATE_TEST_SUITE_P(
    PusherPoints,
    PusherKilledAt,
    testing::Values(
        "J1",
        "J2",
        "J2:3",
        "J3",
        "J3:2",
        "J4",
        "J5",
        "J5:6",
        "J6",
        "J6:6",
        "J7",
        "J7:6",
        "J8",
        "J8:6",
        "J9",
        "J10",
        "J11",
        "J12",
        "J14"
    ),
    [](const auto& point) {
        std::string name = point.param;
        std::replace(name.begin(), name.end(), ':', 'x');
        return name;
    }
);

TEST_F(PusherChaos, KilledWhileItBuriesLosesNeitherTheLetterNorTheError) {
    simulator().add_fault(
        {{"do", "status"},
         {"status", 400},
         {"shape", "refusal"},
         {"message", "title is wrong"},
         {"match", {{"method", "PATCH"}}}}
    );
    sql("update platform.services set name = 'Haircut' where id = 1001");
    deliver();
    auto victim = worker("victim", "J13");
    ASSERT_EQ(victim->wait_exit(40s), (Exit{0, SIGKILL})) << log("victim");
    auto heir = worker("heir");
    ASSERT_TRUE(settled_in_time()) << log("heir");
    EXPECT_EQ(ask("select count(*) from calfleet.dead_letters"), "1");
    EXPECT_EQ(status(1001), "error");
    EXPECT_EQ(heir->stop(20s), (Exit{0, 0}));
}

TEST_F(PusherChaos, TwoWorkersNeverPushOneServiceAtTheSameTime) {
    simulator().set({{"latencyMs", 30}, {"latencyJitterMs", 30}});
    std::vector<std::unique_ptr<Process>> workers;
    for (int i = 0; i < 3; ++i)
        workers.push_back(worker("worker" + std::to_string(i)));
    for (int round = 1; round <= 25; ++round) {
        edit_all("Round " + std::to_string(round));
        deliver();
        let_pass(5s);
    }
    ASSERT_TRUE(settled_in_time()) << log("worker0");
    expect_all_synced("Round 25");
    expect_never_in_parallel();
    for (auto& one : workers)
        EXPECT_EQ(one->stop(20s), (Exit{0, 0}));
}

TEST_F(PusherChaos, RandomKillsUnderEditsEndWithTheLatestStateEverywhere) {
    simulator().set({{"latencyMs", 20}, {"latencyJitterMs", 40}});
    Random random(test_support::seed());
    for (int life = 0; life < 6; ++life) {
        auto one = worker("one" + std::to_string(life));
        auto other = worker("other" + std::to_string(life));
        for (int round = 0; round < 4; ++round) {
            edit_all("Life " + std::to_string(life) + "." + std::to_string(round));
            deliver();
            let_pass(5s);
            (void)one->wait_exit(std::chrono::milliseconds(random.below(300)));
        }
        one->signal(SIGKILL);
        other->signal(SIGKILL);
    }
    auto heir = worker("heir");
    ASSERT_TRUE(settled_in_time()) << log("heir");
    expect_all_synced("Life 5.3");
    expect_never_in_parallel();
}

TEST_F(PusherChaos, ASimulatorThatDiesAndComesBackCostsNoAttempt) {
    auto one = worker("one");
    const auto world = simulator().state();
    simulator().kill();
    edit_all("During the outage");
    deliver();
    // Ten minutes, compressed: what waits is due again each time somebody looks.
    for (int minute = 0; minute < 10; ++minute) {
        ASSERT_TRUE(eventually(20s, [&] {
            return ask("select count(*) from calfleet.jobs where state = 'parked'") == "4";
        })) << log("one");
        let_pass(60s);
    }
    EXPECT_EQ(ask("select coalesce(sum(attempts), 0) from calfleet.jobs"), "0");
    simulator().start();
    simulator().seed(world);
    ASSERT_TRUE(settled_in_time()) << log("one");
    expect_all_synced("During the outage");
    EXPECT_EQ(one->stop(20s), (Exit{0, 0}));
}

TEST_F(PusherChaos, ATermSignalEndsInTimeAndCostsNothing) {
    simulator().set({{"latencyMs", 1000}});
    edit_all("Before the term");
    deliver();
    auto leaver = worker("leaver");
    ASSERT_TRUE(eventually(20s, [&] { return simulator().requests() >= 2; }));
    EXPECT_EQ(leaver->stop(20s), (Exit{0, 0}));
    EXPECT_EQ(
        ask("select count(*) from calfleet.jobs where state = 'running' or attempts > 0 or crashes "
            "> 0"),
        "0"
    );
    auto heir = worker("heir");
    ASSERT_TRUE(settled_in_time()) << log("heir");
    expect_all_synced("Before the term");
}

} // namespace
} // namespace calfleet::service_pusher
