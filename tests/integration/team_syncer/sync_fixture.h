#pragma once
// team-syncer in this process, between a real database and the Cal.com simulator.

#include "workers/team-syncer/children_job.h"
#include "workers/team-syncer/sync_job.h"

#include "common/calcom/gate.h"
#include "common/metrics/registry.h"

#include <memory>
#include <string>

#include "tests/calcom-sim/client/calcom_simulator.h"
#include "tests/integration/jobs/job_fixture.h"
#include "tests/integration/postgres/database.h"
#include "tests/integration/service_pusher/calcom_world.h"

namespace calfleet::team_syncer {

/// Company 1 has the team 42 (key of anna, 101) with the sub-team 43; anna is a member of team 77,
/// too, which is somebody else's. Company 2 is there and has no team. Nothing runs before sync().
///
/// Team 42: anna 101 (owner), bruno 102, carl 103, dora 104 (invited); collective 4201 of anna and
/// bruno; managed 4202 with the children 4203 (bruno) and 4204 (carl). Team 43: anna; round robin
/// 4301. Team 77: 7701. Staff of company 1: 11 Anna Albrecht, 12 Bruno Brandt (both with their
/// addresses), 13 Dora Dietz (name only).
class SyncTest : public postgres::PostgresTest {
protected:
    void prepare() override;
    void TearDown() override;

    test_support::CalcomSimulator& simulator() { return *simulator_; }
    const service_pusher::CompanyKeys& keys() const { return keys_; }
    void sql(const std::string& text) const { database().run(text); }
    std::string ask(const std::string& text) const { return database().ask(text); }

    /// As the intake does for one event of company 1.
    void request(events::SyncMode mode, std::optional<std::int64_t> team = std::nullopt);
    void start();
    /// Until no job is open; the children's, too.
    bool settled(std::chrono::milliseconds within = std::chrono::seconds(20));
    /// request() and settled().
    void sync(events::SyncMode mode = events::SyncMode::Sync);
    /// Jobs that wait are due, buckets and breakers forget.
    void let_pass() const;

    /// "created 4201, deleted 4301": event-type-updated events of the outbox, which is then empty.
    std::string told();
    /// The sentence of the last report, and its outcome in front.
    std::string report() const;
    /// "101 linked 11 email" of team 42, one after the other.
    std::string links() const;
    executor::CountingObserver& seen() { return executor_->seen; }

private:
    service_pusher::CompanyKeys keys_;
    std::unique_ptr<test_support::CalcomSimulator> simulator_;
    metrics::Registry registry_{"team-syncer"};
    Metrics metrics_;
    std::unique_ptr<calcom::Gate> gate_;
    std::unique_ptr<SyncJobs> syncs_;
    std::unique_ptr<ChildrenJobs> children_;
    std::unique_ptr<executor::RunningExecutor> executor_;
    bool started_{false};
};

/// What anna's key sees.
boost::json::value sync_world();

} // namespace calfleet::team_syncer
