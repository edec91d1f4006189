// Edits of services reach Cal.com, with a real broker, a real database and the programs as
// processes; the simulator's ledger is the judge.

#include <boost/json/object.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/calcom-sim/client/calcom_simulator.h"
#include "tests/fleet/fleet.h"
#include "tests/integration/service_pusher/calcom_world.h"
#include "tests/support/requirements.h"

namespace calfleet::service_pusher {
namespace {

using namespace std::chrono_literals;
using fleet::Fleet;
using test_support::eventually;
using test_support::Process;

constexpr int kCompanies = 2;
constexpr int kEventTypes = 3;

/// One fleet for the file: starting servers takes longer than most tests.
class ServicePusherE2e : public ::testing::Test {
protected:
    static void TearDownTestSuite() {
        fleet_.reset();
        simulator_.reset();
        keys_.reset();
    }

    void SetUp() override {
        REQUIRE_OR_SKIP("postgres", test_support::postgres_is_missing());
        REQUIRE_OR_SKIP("kafka", test_support::kafka_is_missing());
        if (fleet_) return simulator_->clear_ledger();
        keys_ = std::make_unique<CompanyKeys>();
        simulator_ = std::make_unique<test_support::CalcomSimulator>();
        simulator_->seed(world_of(kCompanies, kEventTypes));
        fleet_ = std::make_unique<Fleet>(fleet::FleetOptions{
            .population = {.companies = kCompanies, .staff_per_company = 1}});
        for (int company = 1; company <= kCompanies; ++company)
            sql(keys_->set_key(CompanyId{company}, "cal_" + std::to_string(company)));
        sql(services_sql(kCompanies, kEventTypes));
        fleet_->start("outbox-relay");
        pusher_ = &start_pusher();
        ASSERT_TRUE(Fleet::wait_assigned(*pusher_, 60s)) << output(*pusher_);
    }

    static Process& start_pusher(std::map<std::string, std::string> more = {}) {
        std::map<std::string, std::string> settings{
            {"SERVICE_PUSHER_CALCOM_BASE_URL", simulator_->url()},
            {"SERVICE_PUSHER_KEY_FILES", keys_->file()},
            {"SERVICE_PUSHER_SESSION_TIMEOUT", "6s"}};
        more.merge(settings);
        return fleet_->start("service-pusher", more);
    }
    static std::string output(Process& process) {
        return process.text(Process::Stream::Output) + process.text(Process::Stream::Errors);
    }
    static void sql(const std::string& text) { fleet_->postgres().sql(text); }
    static bool all_synced() {
        return fleet_->count("select count(*) from platform.services where sync_status <> 'synced' "
                             "or pushed_version is distinct from version") == 0;
    }
    static std::string title_of(int event_type) { return title_at(*simulator_, event_type); }
    static std::size_t refused() {
        std::size_t refusals = 0;
        const auto ledger = simulator_->ledger();
        for (const auto& entry : ledger)
            if (entry.as_object().at("status").to_number<int>() == 429) ++refusals;
        return refusals;
    }

    static inline std::unique_ptr<CompanyKeys> keys_;
    static inline std::unique_ptr<test_support::CalcomSimulator> simulator_;
    static inline std::unique_ptr<Fleet> fleet_;
    static inline Process* pusher_{nullptr};
};

TEST_F(ServicePusherE2e, ServicesThatAreNewReachCalcomAndAreSynced) {
    ASSERT_TRUE(eventually(60s, all_synced)) << output(*pusher_);
    EXPECT_EQ(simulator_->ledger({.after = 0, .key = {}, .method = "PATCH", .path = {}}).size(), 0U)
        << "Cal.com had them already";
}

TEST_F(ServicePusherE2e, AnEditByAnySqlClientReachesCalcom) {
    sql("update platform.services set name = 'Haircut', duration_minutes = 45 where id = 2002");
    ASSERT_TRUE(eventually(60s, all_synced)) << output(*pusher_);
    EXPECT_EQ(title_of(2002), "Haircut");
    EXPECT_EQ(
        simulator_
            ->ledger({.after = 0, .key = "user2", .method = "PATCH", .path = "/v2/event-types/2002"}
            )
            .size(),
        1U
    );
    EXPECT_EQ(fleet_->count("select count(*) from calfleet.jobs"), 0);
}

TEST_F(ServicePusherE2e, AThousandEditsOfOneServiceAreAFewCallsAndNoRefusal) {
    sql("do $$ begin for i in 1..1000 loop update platform.services set name = 'Name ' || i where "
        "id = 1001; end loop; end $$");
    ASSERT_TRUE(eventually(90s, all_synced)) << output(*pusher_);
    EXPECT_EQ(title_of(1001), "Name 1000");
    EXPECT_LE(
        simulator_->ledger({.after = 0, .key = "user1", .method = "PATCH", .path = {}}).size(), 20U
    );
    EXPECT_EQ(refused(), 0U);
}

TEST_F(ServicePusherE2e, AKilledWorkerIsFollowedByAnother) {
    simulator_->set({{"latencyMs", 3000}});
    sql("update platform.services set name = 'After the kill' where id in (1002, 2001)");
    const auto asked_for = [](const char* path) {
        return !simulator_->ledger({.after = 0, .key = {}, .method = {}, .path = path}).empty();
    };
    ASSERT_TRUE(eventually(30s, [&] {
        return asked_for("/v2/event-types/1002") && asked_for("/v2/event-types/2001");
    }));
    pusher_->signal(SIGKILL);
    simulator_->set({{"latencyMs", 0}});
    pusher_ = &start_pusher();
    ASSERT_TRUE(eventually(90s, all_synced)) << output(*pusher_);
    EXPECT_EQ(title_of(1002), "After the kill");
    EXPECT_EQ(title_of(2001), "After the kill");
    EXPECT_EQ(fleet_->count("select count(*) from calfleet.dead_letters"), 0);
}

TEST_F(ServicePusherE2e, ASigtermIsAnsweredWithAnOrderlyEnd) {
    const auto exit = pusher_->stop(45s);
    EXPECT_EQ(exit, (test_support::Exit{0, 0})) << output(*pusher_);
    EXPECT_EQ(fleet_->count("select count(*) from calfleet.jobs where state = 'running'"), 0);
    pusher_ = &start_pusher();
    ASSERT_TRUE(Fleet::wait_assigned(*pusher_, 60s)) << output(*pusher_);
}

TEST_F(ServicePusherE2e, AWrongConfigurationNamesEveryProblemAndExits78) {
    auto& worker = start_pusher(
        {{"SERVICE_PUSHER_CALCOM_BASE_URL", "https://calcom.example.net"},
         {"SERVICE_PUSHER_KEY_FILES", ""},
         {"SERVICE_PUSHER_JOBS_IN_FLIGHT", "5000"}}
    );
    const auto exit = worker.wait_exit(10s);
    ASSERT_TRUE(exit.has_value());
    EXPECT_EQ(exit->code, 78);
    const std::string errors = worker.text(Process::Stream::Errors);
    EXPECT_NE(errors.find("3 problems"), std::string::npos) << errors;
    auto& keyless = start_pusher({{"SERVICE_PUSHER_KEY_FILES", "/nonexistent/key"}});
    const auto refusal = keyless.wait_exit(10s);
    ASSERT_TRUE(refusal.has_value());
    EXPECT_EQ(refusal->code, 78);
    EXPECT_NE(
        keyless.text(Process::Stream::Output).find("worker.misconfigured"), std::string::npos
    );
}

} // namespace
} // namespace calfleet::service_pusher
