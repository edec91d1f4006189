// A company with ten thousand changes in the queue is its own trouble, not its neighbour's.

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <numeric>
#include <string>
#include <vector>

#include "tests/chaos/pusher_fleet.h"
#include "tests/support/requirements.h"
#include "tests/support/wait.h"

namespace calfleet::service_pusher {
namespace {

using namespace std::chrono_literals;
using test_support::eventually;

constexpr int kBacklog = 10'000;
constexpr int kEdits = 10; ///< of each round
constexpr int kRounds = 2; ///< alone, beside, alone, beside: what slows the machine slows both
constexpr int kFirst = 100'000;
constexpr const char* kBusy = "company_id = 1";
constexpr const char* kQuiet = "id = 2001";

double median(std::vector<double> values) {
    std::nth_element(
        values.begin(),
        values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
        values.end()
    );
    return values[values.size() / 2];
}

double sum(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0);
}

class FairnessChaos : public testing::Test {
protected:
    void SetUp() override { REQUIRE_OR_SKIP("postgres", test_support::postgres_is_missing()); }

    /// Company 1 has ten thousand services more, company 2 the usual one.
    static void enlarge(PusherFleet& fleet) {
        boost::json::object world = world_of(2, 1).as_object();
        auto& types = world.at("eventTypes").as_array();
        for (int i = 1; i <= kBacklog; ++i)
            types.push_back(
                {{"id", kFirst + i},
                 {"ownerId", 101},
                 {"title", "Old"},
                 {"slug", "old-" + std::to_string(i)},
                 {"lengthInMinutes", 30}}
            );
        fleet.simulator().seed(world);
        // The buckets are filled by hand all the time, which the simulator would not understand.
        fleet.simulator().set({{"limiter", false}, {"latencyMs", 50}});
        const std::string id = std::to_string(kFirst) + " + n";
        fleet.sql(
            "insert into platform.services (id, company_id, name, duration_minutes, "
            "calcom_event_type_id) overriding system value select " +
            id + ", 1, 'New ' || n, 30, " + id + " from generate_series(1, " +
            std::to_string(kBacklog) + ") n"
        );
    }
    /// Milliseconds from the edit's commit to Cal.com's answer to the change.
    static double time_of_edit(PusherFleet& fleet, int number) {
        // The quiet one has a full bucket whenever it comes. Its neighbour has one every other
        // time: then it calls as much as it can, else its jobs are in flight and wait for tokens.
        const std::string whose = number % 2 == 0 ? "(1, 2)" : "(2)";
        fleet.sql(
            "update calfleet.rate_buckets set tat = '-infinity' where fingerprint in (select "
            "fingerprint from calfleet.calcom_credentials where company_id in " +
            whose + ")"
        );
        const std::uint64_t before = fleet.simulator().requests();
        fleet.edit("Edit " + std::to_string(number), kQuiet);
        const auto asked = std::chrono::steady_clock::now().time_since_epoch();
        EXPECT_TRUE(eventually(30s, [&] {
            return fleet.count("calfleet.jobs where company_id = 2") == 0;
        })) << fleet.waiting(2);
        const auto patches = fleet.simulator().ledger(
            {.after = before, .key = "user2", .method = "PATCH", .path = {}}
        );
        EXPECT_EQ(patches.size(), 1U);
        if (patches.empty()) return 0;
        const auto answered = patches[0].as_object().at("answered_ns").to_number<std::int64_t>();
        return std::chrono::duration<double, std::milli>(std::chrono::nanoseconds(answered) - asked)
            .count();
    }
    /// Nothing of the busy company is left, and nothing of it runs.
    static void clear_backlog(PusherFleet& fleet) {
        ASSERT_TRUE(eventually(30s, [&] {
            fleet.sql("delete from calfleet.jobs where company_id = 1 and state <> 'running'");
            return fleet.count("calfleet.jobs") == 0;
        }));
    }
};

TEST_F(FairnessChaos, TenThousandChangesOfOneCompanyDoNotDoubleTheTimeOfAnother) {
    PusherFleet fleet({.companies = 2, .services = 1});
    enlarge(fleet);
    fleet.start("worker");
    int number = 0;
    time_of_edit(fleet, ++number); // connections and prepared statements
    std::vector<double> alone, beside;
    for (int round = 0; round < kRounds; ++round) {
        for (int i = 0; i < kEdits; ++i)
            alone.push_back(time_of_edit(fleet, ++number));
        EXPECT_GT(fleet.queue(kBusy), static_cast<std::size_t>(kBacklog) * 9 / 10);
        ASSERT_TRUE(eventually(30s, [&] { return fleet.calls("user1") > 8U * (round + 1); }));
        for (int i = 0; i < kEdits; ++i)
            beside.push_back(time_of_edit(fleet, ++number));
        EXPECT_GT(fleet.count("calfleet.jobs where company_id = 1"), kBacklog * 8 / 10);
        clear_backlog(fleet);
    }
    std::printf(
        "an edit alone: median %.0f ms, sum %.0f ms; beside %d: median %.0f ms, sum %.0f ms\n",
        median(alone),
        sum(alone),
        kBacklog,
        median(beside),
        sum(beside)
    );
    EXPECT_LE(median(beside), 2 * median(alone));
    EXPECT_LE(sum(beside), 2 * sum(alone));
    EXPECT_EQ(fleet.count("calfleet.dead_letters"), 0);
}

} // namespace
} // namespace calfleet::service_pusher
