// Promise: outages of PostgreSQL and Kafka, cut connections and rebalances cost time, nothing else.

#include "tests/chaos/chaos_fixture.h"
#include "tests/support/tcp_gate.h"

namespace calfleet::fleet {
namespace {

using namespace std::chrono_literals;
using test_support::TcpGate;

/// As the adapter sends it. The executor's claims commit as well, so some cuts hit those: hence
/// several.
constexpr const char* kCommit = "commit";
constexpr int kCuts = 5;

class OutageChaos : public ChaosFixture {
protected:
    void SetUp() override {
        ChaosFixture::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        gate_ = std::make_unique<TcpGate>("127.0.0.1", fleet_->postgres().port());
    }
    void TearDown() override {
        ChaosFixture::TearDown();
        if (fleet_) fleet_->set_database_port(0);
    }

    std::unique_ptr<TcpGate> gate_;
};

TEST_F(OutageChaos, PostgresThatCrashesEveryFewSecondsCostsNoEvent) {
    start_mapper();
    start_mapper();
    for (int crash = 0; crash < 5; ++crash) {
        fleet_->publish(next_story(150));
        const auto seen = fleet_->count("select count(*) from calfleet.inbox");
        test_support::eventually(5s, [&] {
            return fleet_->count("select count(*) from calfleet.inbox") > seen;
        });
        fleet_->postgres().restart_immediate();
    }
    expect_exact_effects();
    EXPECT_EQ(fleet_->count("select count(*) from calfleet.dead_letters"), 0)
        << "an outage must not fill the dead letters";
}

TEST_F(OutageChaos, ACommitThatNeverReachedTheServerIsDoneAgain) {
    fleet_->set_database_port(gate_->port());
    auto& worker = start_mapper({{"HOST_MAPPER_LANES", "1"}});
    ASSERT_TRUE(Fleet::wait_assigned(worker, 60s));
    for (int cut = 1; cut <= kCuts; ++cut) {
        gate_->cut_on_pattern(kCommit, TcpGate::Cut::Before);
        fleet_->publish(next_story(60));
        ASSERT_TRUE(test_support::eventually(30s, [&] { return gate_->cuts() >= cut; }));
        expect_exact_effects();
    }
}

TEST_F(OutageChaos, ACommitWhoseAnswerWasLostIsNotDoneAgain) {
    fleet_->set_database_port(gate_->port());
    auto& worker = start_mapper({{"HOST_MAPPER_LANES", "1"}});
    ASSERT_TRUE(Fleet::wait_assigned(worker, 60s));
    for (int cut = 1; cut <= kCuts; ++cut) {
        gate_->cut_on_pattern(kCommit, TcpGate::Cut::After);
        fleet_->publish(next_story(60));
        ASSERT_TRUE(test_support::eventually(30s, [&] { return gate_->cuts() >= cut; }));
        expect_exact_effects();
    }
}

TEST_F(OutageChaos, ADatabaseThatFallsSilentIsWaitedFor) {
    fleet_->set_database_port(gate_->port());
    auto& worker = start_mapper();
    ASSERT_TRUE(Fleet::wait_assigned(worker, 60s));
    gate_->set(TcpGate::Mode::BlackHole);
    fleet_->publish(next_story(100));
    ASSERT_TRUE(
        worker.wait_for_line("batch\\.waiting|executor\\.waiting|task\\.failed|kafka\\.error", 40s)
            .has_value()
    ) << "nobody noticed that the database is silent";
    gate_->cut_all();
    gate_->set(TcpGate::Mode::Pass);
    expect_exact_effects();
}

TEST_F(OutageChaos, ABrokerThatIsKilledAndRestartedLosesNothing) {
    start_mapper();
    for (int crash = 0; crash < 2; ++crash) {
        fleet_->publish(next_story(200));
        fleet_->kafka().kill9();
        fleet_->kafka().restart();
        fleet_->publish(next_story(100));
    }
    expect_exact_effects();
}

TEST_F(OutageChaos, ARebalanceStormLosesAndReordersNothing) {
    auto& steady = start_mapper();
    ASSERT_TRUE(Fleet::wait_assigned(steady, 60s));
    test_support::Process* guest = nullptr;
    for (int change = 0; change < 10; ++change) {
        fleet_->publish(next_story(60));
        if (guest == nullptr) {
            guest = &start_mapper();
            Fleet::wait_assigned(*guest, 10s);
        } else {
            guest->signal(SIGTERM);
            ASSERT_TRUE(guest->wait_exit(45s).has_value());
            guest = nullptr;
        }
    }
    expect_exact_effects();
}

} // namespace
} // namespace calfleet::fleet
