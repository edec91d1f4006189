// A company's event types at Cal.com become its services: from the operator's request through
// Kafka, team-syncer, the outbox and event-type-importer, with the programs as processes.

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/calcom-sim/client/calcom_simulator.h"
#include "tests/fleet/fleet.h"
#include "tests/integration/service_pusher/calcom_world.h"
#include "tests/support/requirements.h"

namespace calfleet::team_syncer {
namespace {

using namespace std::chrono_literals;
using fleet::Fleet;
using test_support::eventually;
using test_support::Process;

/// The first is the key's owner's alone.
constexpr std::string_view kAll =
    "Service 1001 1001 synced active, Together 4201 synced active, Managed 4202 synced active";

class TeamSyncerE2e : public ::testing::Test {
protected:
    void SetUp() override {
        REQUIRE_OR_SKIP("postgres", test_support::postgres_is_missing());
        REQUIRE_OR_SKIP("kafka", test_support::kafka_is_missing());
        simulator_.seed(service_pusher::world_of(1, 1));
        fleet_ = std::make_unique<Fleet>(fleet::FleetOptions{
            .population = {.companies = 1, .staff_per_company = 1}});
        fleet_->postgres().sql(keys_.set_key(CompanyId{1}, "cal_1"));
        fleet_->start("outbox-relay");
        syncer_ = &fleet_->start(
            "team-syncer",
            {{"TEAM_SYNCER_CALCOM_BASE_URL", simulator_.url()},
             {"TEAM_SYNCER_KEY_FILES", keys_.file()}}
        );
        Process& importer = fleet_->start("event-type-importer");
        ASSERT_TRUE(Fleet::wait_assigned(*syncer_, 60s)) << output();
        ASSERT_TRUE(Fleet::wait_assigned(importer, 60s));
    }

    std::string output() const {
        return syncer_->text(Process::Stream::Output) + syncer_->text(Process::Stream::Errors);
    }
    std::string services() const {
        return fleet_->ask("select coalesce(string_agg(concat_ws(' ', name, calcom_event_type_id, "
                           "sync_status, case when is_active then 'active' end), ', ' order by "
                           "calcom_event_type_id), '') from platform.services");
    }

    service_pusher::CompanyKeys keys_;
    test_support::CalcomSimulator simulator_;
    std::unique_ptr<Fleet> fleet_;
    Process* syncer_{nullptr};
};

TEST_F(TeamSyncerE2e, EventTypesAtCalcomBecomeServicesAndGoneOnesAreDeactivated) {
    // Setting the team asks for a sync by itself.
    fleet_->postgres().sql("update platform.companies set calcom_team_id = 42 where id = 1");
    ASSERT_TRUE(eventually(90s, [&] { return services() == kAll; })) << services() << output();
    ASSERT_TRUE(eventually(60s, [&] {
        return fleet_->count("select count(*) from platform.calcom_event_map where "
                             "child_event_type_id = 4203") == 1;
    })) << output();

    simulator_.delete_event_type(4201);
    const auto check =
        fleet_->cli({"sync", "team", "--company", "1", "--check-only", "--wait", "--json"});
    EXPECT_EQ(check.exit.code, 0) << check.err << output();
    EXPECT_NE(check.out.find("1 orphan"), std::string::npos) << check.out;
    EXPECT_EQ(services(), kAll);

    const auto sync = fleet_->cli({"sync", "team", "--all", "--wait"});
    EXPECT_EQ(sync.exit.code, 0) << sync.err << output();
    EXPECT_TRUE(eventually(60s, [&] {
        return services() ==
               "Service 1001 1001 synced active, Together 4201 error, Managed 4202 synced active";
    })) << services();

    const auto children = fleet_->cli({"child-event-types", "list", "--company", "1", "--json"});
    EXPECT_NE(children.out.find("\"child\":4203"), std::string::npos) << children.out;
}

} // namespace
} // namespace calfleet::team_syncer
