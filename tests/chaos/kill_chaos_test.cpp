// Promise: kill -9 at any moment loses nothing and does nothing twice, and another member takes
// over.

#include <random>

#include "tests/chaos/chaos_fixture.h"

namespace calfleet::fleet {
namespace {

using namespace std::chrono_literals;

class KillChaos : public ChaosFixture {};

class KillAtPoint : public ChaosFixture, public ::testing::WithParamInterface<const char*> {};

TEST_P(KillAtPoint, LosesNothingAndDoesNothingTwice) {
    fleet_->publish(next_story(150));
    auto& victim = start_mapper({{"CALFLEET_CRASH", GetParam()}});
    const auto end = victim.wait_exit(60s);
    ASSERT_TRUE(end.has_value()) << "the point " << GetParam() << " was not reached";
    EXPECT_EQ(end->signal, SIGKILL);
    start_mapper();
    expect_exact_effects();
}

// K1 polled, K2 inbox row written, K3 effect written, K4 before COMMIT, K5 committed, K6 position
// hinted to Kafka.
INSTANTIATE_TEST_SUITE_P(
    IntakePoints,
    KillAtPoint,
    ::testing::Values(
        "K1:1", "K1:3", "K2:1", "K2:3", "K3:1", "K3:3", "K4:1", "K4:3", "K5:1", "K5:3", "K6:1"
    ),
    [](const auto& point) {
        std::string name = point.param;
        name[2] = 'x';
        return name;
    }
);

TEST_F(KillChaos, AMemberKilledInItsRevocationCallbackLosesNothing) {
    fleet_->publish(next_story(150));
    auto& victim = start_mapper({{"CALFLEET_CRASH", "K7:1"}});
    ASSERT_TRUE(Fleet::wait_assigned(victim, 60s));
    start_mapper(); // its joining takes partitions from the victim
    const auto end = victim.wait_exit(60s);
    ASSERT_TRUE(end.has_value());
    EXPECT_EQ(end->signal, SIGKILL);
    expect_exact_effects();
}

TEST_F(KillChaos, MembersKilledAtRandomMomentsUnderLoadLoseNothing) {
    std::mt19937_64 random(test_support::seed());
    start_mapper();
    start_mapper();
    for (int round = 0; round < 5; ++round) {
        fleet_->publish(next_story(200));
        const auto seen = fleet_->count("select count(*) from calfleet.inbox");
        const auto wanted = seen + static_cast<std::int64_t>(random() % 150);
        test_support::eventually(20s, [&] {
            return fleet_->count("select count(*) from calfleet.inbox") >= wanted;
        });
        fleet_->processes()[fleet_->processes().size() - 2]->signal(SIGKILL);
        start_mapper();
    }
    expect_exact_effects();
}

TEST_F(KillChaos, ASurvivorTakesOverWithin15Seconds) {
    auto& victim = fleet_->start("host-mapper"); // with the default settings, as its survivor
    ASSERT_TRUE(Fleet::wait_assigned(victim, 60s));
    auto& survivor = fleet_->start("host-mapper");
    ASSERT_TRUE(Fleet::wait_assigned(survivor, 60s));
    fleet_->publish(next_story(50));
    victim.signal(SIGKILL);
    fleet_->publish(next_story(50));
    expect_exact_effects(15s);
}

TEST_F(KillChaos, AStoppedProcessThatWakesUpLaterCannotWrite) {
    auto& zombie = start_mapper();
    ASSERT_TRUE(Fleet::wait_assigned(zombie, 60s));
    zombie.signal(SIGSTOP);
    fleet_->publish(next_story(100));
    auto& successor = start_mapper();
    ASSERT_TRUE(Fleet::wait_assigned(successor, 60s));
    expect_exact_effects();
    zombie.signal(SIGCONT);
    fleet_->publish(next_story(100));
    expect_exact_effects();
}

TEST_F(KillChaos, SigtermUnderLoadExitsWithZeroAndLosesNothing) {
    auto& leaving = start_mapper();
    ASSERT_TRUE(Fleet::wait_assigned(leaving, 60s));
    fleet_->publish(next_story(400));
    leaving.signal(SIGTERM);
    const auto end = leaving.wait_exit(45s);
    ASSERT_TRUE(end.has_value()) << "still there 45 s after SIGTERM";
    EXPECT_EQ(end->code, 0);
    EXPECT_EQ(end->signal, 0);
    start_mapper();
    expect_exact_effects();
}

} // namespace
} // namespace calfleet::fleet
