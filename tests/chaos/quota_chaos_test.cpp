// Whatever the number of processes, and while they are killed: no key is used more than Cal.com
// allows, 95 % of what it allows are used, and nobody waits for somebody else's work. In real time:
// the judge is the arrival times in the simulator's ledger.

#include <boost/json/object.hpp>
#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/chaos/pusher_fleet.h"
#include "tests/support/requirements.h"
#include "tests/support/wait.h"

namespace calfleet::service_pusher {
namespace {

using namespace std::chrono_literals;
using test_support::eventually;

constexpr double kWindowMs = 60'000;
constexpr std::size_t kLimit = 120;   ///< Cal.com's, in each window of a minute
constexpr double kQuietMs = 40'000;   ///< nobody is killed
constexpr double kKillingMs = 35'000; ///< one of each fleet dies, again and again

/// The most in one of Cal.com's windows: each begins with its first call and lasts a minute.
std::size_t most_in_a_window(const std::vector<double>& arrivals) {
    std::size_t most = 0;
    for (auto first = arrivals.begin(); first != arrivals.end();) {
        const auto next = std::lower_bound(first, arrivals.end(), *first + kWindowMs);
        most = std::max(most, static_cast<std::size_t>(next - first));
        first = next;
    }
    return most;
}

class QuotaChaos : public testing::Test {
protected:
    void SetUp() override { REQUIRE_OR_SKIP("postgres", test_support::postgres_is_missing()); }
};

/// More work than two minutes can do, for two keys, one of which two companies share.
std::unique_ptr<PusherFleet> crowd(int processes) {
    auto fleet = std::make_unique<PusherFleet>(PusherFleetOptions{.companies = 3, .services = 200});
    // The third company's services are other event types of the first one's account.
    fleet->sql("delete from platform.services where company_id <> 2 and id % 1000 > 100;"
               "update platform.services set calcom_event_type_id = id - 1900 where company_id = 3;"
               "delete from calfleet.calcom_credentials where company_id = 3");
    fleet->sql(fleet->keys().set_key(CompanyId{3}, "cal_1"));
    fleet->simulator().set({{"latencyMs", 30}, {"latencyJitterMs", 20}});
    fleet->edit("Changed");
    for (int i = 0; i < processes; ++i)
        fleet->start("worker" + std::to_string(i));
    return fleet;
}

/// How much of the limit was used from the key's first call on.
double used_share(const std::vector<double>& arrivals, double for_ms) {
    const double until = arrivals.front() + for_ms;
    const auto calls = std::upper_bound(arrivals.begin(), arrivals.end(), until) - arrivals.begin();
    return static_cast<double>(calls) / (static_cast<double>(kLimit) * for_ms / kWindowMs);
}

double span_of(const std::vector<double>& arrivals) {
    return arrivals.empty() ? 0 : arrivals.back() - arrivals.front();
}

void expect_kept(PusherFleet& fleet, int processes) {
    const auto summary = fleet.simulator().ledger_summary(60s);
    for (const char* key : {"user1", "user2"}) {
        const auto arrivals = fleet.arrivals(key);
        const auto& statuses = summary.at(key).as_object().at("statuses").as_object();
        EXPECT_EQ(statuses.if_contains("429"), nullptr) << processes << ' ' << key;
        EXPECT_EQ(statuses.size(), 1U) << processes << ' ' << key << ": " << statuses;
        const std::size_t most = most_in_a_window(arrivals);
        const double quiet = used_share(arrivals, kQuietMs);
        const double all = used_share(arrivals, kQuietMs + kKillingMs);
        std::printf(
            "%2d processes, %s: at most %zu calls in a window; %.1f %% of the limit used, "
            "%.1f %% with the kills\n",
            processes,
            key,
            most,
            100 * quiet,
            100 * all
        );
        EXPECT_LE(most, kLimit);
        EXPECT_GE(quiet, 0.95) << processes << ' ' << key;
        EXPECT_GE(all, 0.95) << processes << ' ' << key << ", with the kills";
    }
    EXPECT_GT(fleet.count("calfleet.jobs where company_id = 2"), 0) << "work ran out";
    EXPECT_GT(fleet.count("calfleet.jobs where company_id <> 2"), 0) << "work ran out";
    EXPECT_EQ(fleet.count("calfleet.jobs where attempts > 0"), 0);
    EXPECT_EQ(fleet.count("calfleet.dead_letters"), 0);
}

TEST_F(QuotaChaos, OneFourOrTwelveProcessesUseWhatAKeyAllowsAndNeverMoreAlsoWhileTheyAreKilled) {
    const std::vector<int> sizes{1, 4, 12};
    std::vector<std::unique_ptr<PusherFleet>> fleets;
    for (const int size : sizes)
        fleets.push_back(crowd(size));
    const auto lasted = [&](double ms) {
        return std::ranges::all_of(fleets, [&](auto& fleet) {
            return span_of(fleet->arrivals("user1")) >= ms &&
                   span_of(fleet->arrivals("user2")) >= ms;
        });
    };
    ASSERT_TRUE(eventually(90s, [&] { return lasted(kQuietMs); }));
    std::size_t round = 0;
    ASSERT_TRUE(eventually(90s, [&] {
        if (lasted(kQuietMs + kKillingMs)) return true;
        // Every five seconds of work, in the larger fleets another one each time. Who is alone dies
        // once: nobody works while it starts, and what was missed takes half a minute to catch up.
        if (!lasted(kQuietMs + 5000.0 * static_cast<double>(round))) return false;
        for (auto& fleet : fleets)
            if (fleet->size() > 1 || round == 0) fleet->kill_and_replace(round % fleet->size());
        ++round;
        return false;
    }));
    EXPECT_GE(round, 6U);
    for (std::size_t i = 0; i < fleets.size(); ++i)
        expect_kept(*fleets[i], sizes[i]);
}

} // namespace
} // namespace calfleet::service_pusher
