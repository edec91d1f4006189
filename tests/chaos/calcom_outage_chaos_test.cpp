// Ten minutes of 5xx, compressed: the fleet stops calling, asks now and then with one call, blames
// no event, and goes on by itself.

#include <boost/json/object.hpp>
#include <gmock/gmock.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

#include "tests/chaos/pusher_fleet.h"
#include "tests/support/requirements.h"
#include "tests/support/wait.h"

namespace calfleet::service_pusher {
namespace {

using namespace std::chrono_literals;
using test_support::eventually;

constexpr int kCompanies = 6;
constexpr int kServices = 5;
constexpr std::int64_t kJobs = kCompanies * kServices;

class CalcomOutageChaos : public testing::TestWithParam<int> {
protected:
    void SetUp() override { REQUIRE_OR_SKIP("postgres", test_support::postgres_is_missing()); }
};

TEST_P(CalcomOutageChaos, OpensOneBreakerForTheFleetAndEndsByItself) {
    PusherFleet fleet({.companies = kCompanies, .services = kServices});
    fleet.simulator().set({{"limiter", false}});
    const std::string fault =
        fleet.simulator().add_fault({{"do", "status"}, {"status", GetParam()}, {"shape", "html"}});
    fleet.start("one");
    fleet.start("other");
    fleet.edit("During the outage");
    const std::string host_is = "calfleet.breakers where scope = 'host' and ";
    const auto at_rest = [&] {
        return eventually(30s, [&] {
            return fleet.count("calfleet.jobs where state = 'parked' and run_at > now()") == kJobs;
        });
    };
    // For a second a process believes what it saw of the breakers last.
    ASSERT_TRUE(eventually(30s, [&] {
        return fleet.count(host_is + "opened_at < now() - interval '1200 ms'") == 1;
    })) << fleet.log();
    ASSERT_TRUE(at_rest()) << fleet.log();
    const std::uint64_t until_opened = fleet.simulator().requests();
    EXPECT_LE(until_opened, kJobs) << "nobody called twice to learn that it is down";

    for (int minute = 0; minute < 10; ++minute) {
        fleet.let_pass(60s);
        ASSERT_TRUE(at_rest()) << "minute " << minute << fleet.log();
        EXPECT_EQ(fleet.count("calfleet.jobs where attempts > 0 or crashes > 0"), 0);
    }
    const std::uint64_t probes = fleet.simulator().requests() - until_opened;
    std::printf(
        "%d: %zu calls until it opened, %zu probes in ten minutes\n",
        GetParam(),
        until_opened,
        probes
    );
    EXPECT_GE(probes, 1U) << "or nobody would ever find out";
    EXPECT_LE(probes, 4U) << "after 1, 2, 4 and 5 minutes";
    EXPECT_EQ(fleet.said(R"("event":"breaker.opened","scope":"host")"), 1U) << fleet.log();
    EXPECT_EQ(fleet.count("calfleet.dead_letters"), 0);
    EXPECT_EQ(fleet.count("platform.services where sync_status = 'pending'"), kJobs);

    fleet.simulator().remove_fault(fault);
    ASSERT_TRUE(fleet.settled()) << fleet.waiting(1) << fleet.log();
    EXPECT_EQ(fleet.said(R"("event":"breaker.opened","scope":"host")"), 1U) << fleet.log();
    EXPECT_EQ(fleet.said(R"("event":"breaker.closed","scope":"host")"), 1U) << fleet.log();
    EXPECT_EQ(fleet.count("platform.service_sync_history where outcome = 'failed'"), 0);
    fleet.expect_all_pushed();
    fleet.stop();
}

INSTANTIATE_TEST_SUITE_P(
    Statuses, CalcomOutageChaos, testing::Values(500, 503), testing::PrintToStringParamName()
);

} // namespace
} // namespace calfleet::service_pusher
