// A storm of 429 for one company: its key rests for as long as it was told to, a second refusal
// stops it until somebody looks, and neither its events nor its neighbours suffer.

#include <boost/json/object.hpp>
#include <gmock/gmock.h>

#include <chrono>
#include <string>

#include "tests/chaos/pusher_fleet.h"
#include "tests/support/requirements.h"
#include "tests/support/wait.h"

namespace calfleet::service_pusher {
namespace {

using namespace std::chrono_literals;
using test_support::eventually;

constexpr int kServices = 4;
/// Jobs of a company that run at the same time: calls that may be on their way when the first one
/// is refused.
constexpr std::size_t kOnTheirWay = 4;

struct Storm {
    const char* name;
    boost::json::object fault;  ///< its headers
    std::chrono::seconds asked; ///< how long the key must rest at least
};

class RateLimitChaos : public testing::TestWithParam<Storm> {
protected:
    void SetUp() override {
        REQUIRE_OR_SKIP("postgres", test_support::postgres_is_missing());
        fleet_ = std::make_unique<PusherFleet>(PusherFleetOptions{
            .companies = 3, .services = kServices});
        // Time is shifted in the tables, of which the simulator's own limiter knows nothing.
        fleet_->simulator().set({{"limiter", false}});
    }

    void begin_storm() {
        boost::json::object fault = GetParam().fault;
        fault["do"] = "rate_limit";
        fault["match"] = {{"key", "user1"}};
        fleet_->simulator().add_fault(fault);
    }
    /// All that company 1 wants waits.
    bool rests() {
        return eventually(30s, [&] {
            return fleet_->count("calfleet.jobs where company_id = 1 and state = 'parked'") ==
                   kServices;
        });
    }
    /// The others' edits reach Cal.com as ever. Whatever company 1 might do wrong meanwhile has the
    /// time to happen.
    void expect_others_unharmed(const std::string& name) {
        fleet_->edit(name, "company_id > 1");
        EXPECT_TRUE(eventually(30s, [&] {
            return fleet_->count("calfleet.jobs where company_id > 1") == 0;
        })) << fleet_->waiting(2);
        EXPECT_EQ(
            fleet_->count("platform.services where company_id > 1 and sync_status = 'synced'"),
            2 * kServices
        );
    }
    std::chrono::seconds frozen_for() const {
        return std::chrono::seconds(fleet_->count(
            "generate_series(1, (select ceil(extract(epoch from frozen_until - now()))::int from "
            "calfleet.rate_buckets where frozen_until > now()))"
        ));
    }
    std::size_t calls() { return fleet_->calls("user1"); }
    bool breaker_is(const std::string& condition) {
        return eventually(30s, [&] {
            return fleet_->count("calfleet.breakers where scope = 'credential' and " + condition) ==
                   1;
        });
    }
    void expect_no_blame() const {
        EXPECT_EQ(fleet_->count("calfleet.jobs where attempts > 0 or crashes > 0"), 0);
        EXPECT_EQ(fleet_->count("calfleet.dead_letters"), 0);
        EXPECT_EQ(fleet_->count("platform.services where sync_status = 'error'"), 0);
    }

    std::unique_ptr<PusherFleet> fleet_;
};

TEST_P(RateLimitChaos, RestsForAsLongAsItWasToldAndHarmsNobody) {
    PusherFleet& fleet = *fleet_;
    begin_storm();
    fleet.start("one");
    fleet.start("other");
    fleet.edit("Edited");
    ASSERT_TRUE(rests()) << fleet.waiting(1) << fleet.log();
    const std::size_t refused = calls();
    EXPECT_LE(refused, kOnTheirWay);
    EXPECT_GE(frozen_for(), GetParam().asked - 10s) << "ten seconds of the test's own";
    EXPECT_LE(frozen_for(), GetParam().asked + 7s);

    // Up to the last seconds, however often somebody wants to.
    fleet.let_pass(frozen_for() - 15s);
    fleet.sql("update calfleet.jobs set run_at = now() where company_id = 1");
    ASSERT_TRUE(eventually(20s, [&] { return fleet.waiting(1) == "parked rate_frozen 0"; }))
        << fleet.waiting(1);
    expect_others_unharmed("Meanwhile");
    EXPECT_GE(frozen_for(), 1s) << "the test was too slow to prove anything";
    EXPECT_EQ(calls(), refused);

    // The same again: somebody else must be using that key.
    fleet.let_pass(30s);
    ASSERT_TRUE(breaker_is("state = 'open'")) << fleet.waiting(1) << fleet.log();
    ASSERT_TRUE(rests()) << fleet.waiting(1);
    const std::size_t refused_again = calls();
    EXPECT_LE(refused_again, refused + kOnTheirWay);
    EXPECT_EQ(fleet.count("calfleet.breakers where state = 'open'"), 1) << "this key's alone";
    fleet.let_pass(25min);
    expect_others_unharmed("While it is stopped");
    EXPECT_EQ(calls(), refused_again);

    // One call finds out that nothing has changed.
    fleet.let_pass(6min);
    ASSERT_TRUE(breaker_is("probe_epoch = 1 and retry_at > now()")) << fleet.waiting(1);
    EXPECT_EQ(calls(), refused_again + 1);
    expect_no_blame();

    fleet.simulator().remove_faults();
    fleet.let_pass(31min);
    ASSERT_TRUE(fleet.settled()) << fleet.waiting(1);
    EXPECT_TRUE(breaker_is("state = 'closed'"));
    fleet.expect_all_pushed();
    fleet.stop();
}

INSTANTIATE_TEST_SUITE_P(
    HeaderForms,
    RateLimitChaos,
    testing::Values(
        Storm{"SecondsToGo", {{"headers", "seconds"}, {"reset_s", 120}}, 125s},
        Storm{"AnInstant", {{"headers", "epoch"}, {"reset_s", 180}}, 185s},
        Storm{"AWordThatIsNoTime", {{"headers", "text"}}, 65s},
        Storm{"NoHeaderAtAll", {{"headers", "none"}}, 65s},
        Storm{
            "RetryAfterLongerThanTheReset",
            {{"headers", "seconds"}, {"reset_s", 30}, {"retry_after", 240}},
            245s}
    ),
    [](const auto& storm) { return std::string(storm.param.name); }
);

} // namespace
} // namespace calfleet::service_pusher
