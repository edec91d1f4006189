#pragma once
// service-pusher in this process, between a real database and the Cal.com simulator.

#include "workers/service-pusher/push_jobs.h"
#include "workers/service-pusher/service_batch.h"

#include "common/calcom/gate.h"
#include "common/metrics/registry.h"

#include <boost/json/object.hpp>

#include <memory>
#include <string>
#include <vector>

#include "tests/calcom-sim/client/calcom_simulator.h"
#include "tests/integration/jobs/job_fixture.h"
#include "tests/integration/postgres/database.h"
#include "tests/integration/service_pusher/calcom_world.h"

namespace calfleet::service_pusher {

/// Two companies with two personal services each; company 1 can reach the team's event types too.
/// Nothing is pushed before start().
class PusherTest : public postgres::PostgresTest {
protected:
    void prepare() override;
    void TearDown() override;

    test_support::CalcomSimulator& simulator() { return *simulator_; }
    const CompanyKeys& keys() const { return keys_; }

    /// SQL as the platform's own programs write it.
    void sql(const std::string& text) const { database().run(text); }
    std::string ask(const std::string& text) const { return database().ask(text); }
    std::string status(int service) const;
    std::string column(int service, const std::string& expression) const;

    /// What the relay and the intake do: every service-changed event of the outbox goes through
    /// one batch. The number of events.
    std::size_t deliver();
    /// A job although no event asked for one, as an operator does.
    void queue(int company, int service);

    void start();
    void stop();
    /// No job is open.
    bool settled(std::chrono::milliseconds within = std::chrono::seconds(20));
    /// deliver(), start() if need be, settled().
    void push();
    /// Parked and postponed jobs, frozen keys, breakers and buckets: as if so much time had passed.
    void let_pass(std::chrono::seconds time) const;

    /// Bodies of the PATCHes that arrived, in order.
    std::vector<std::string> patches();
    std::size_t calls(const std::string& method, const std::string& path = "");
    /// Calls that were answered 401.
    std::size_t refusals();
    executor::CountingObserver& seen() { return executor_->seen; }

private:
    CompanyKeys keys_;
    std::unique_ptr<test_support::CalcomSimulator> simulator_;
    metrics::Registry registry_{"service-pusher"};
    Metrics metrics_;
    std::unique_ptr<calcom::Gate> gate_;
    std::unique_ptr<PushJobs> pushes_;
    std::unique_ptr<executor::RunningExecutor> executor_;
};

} // namespace calfleet::service_pusher
