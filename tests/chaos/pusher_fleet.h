#pragma once
// A few service-pusher processes on a database of their own, beside a Cal.com of their own.

#include <boost/json/array.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/calcom-sim/client/calcom_simulator.h"
#include "tests/integration/postgres/database.h"
#include "tests/integration/service_pusher/calcom_world.h"
#include "tests/support/process.h"

namespace calfleet::service_pusher {

struct PusherFleetOptions {
    int companies{2}; ///< at most 9
    int services{2};  ///< of each company; at most 200
};

/// Companies 1 to N with the keys "user1" to "userN" and the services 1000 * N + i, as world_of()
/// has them, all pushed before. No process runs before start(); none outlives the fleet. Not
/// thread-safe.
class PusherFleet {
public:
    explicit PusherFleet(PusherFleetOptions options = {});
    ~PusherFleet();
    PusherFleet(const PusherFleet&) = delete;
    PusherFleet& operator=(const PusherFleet&) = delete;

    test_support::CalcomSimulator& simulator() { return simulator_; }
    const CompanyKeys& keys() const { return keys_; }

    void sql(const std::string& text) const { database_.run(text); }
    std::string ask(const std::string& text) const { return database_.ask(text); }
    std::int64_t count(const std::string& from_where) const;

    /// The services get the name, and jobs, as trigger, relay and intake would see to.
    void edit(const std::string& name, const std::string& where = "true");
    /// Jobs for those of the services that are not in step. Their number.
    std::size_t queue(const std::string& where = "true");

    /// A name per life: owners of leases are never used twice.
    test_support::Process& start(const std::string& owner);
    /// SIGKILL, and a heir in its place.
    void kill_and_replace(std::size_t process);
    std::size_t size() const { return processes_.size(); }
    test_support::Process& process(std::size_t number) { return *processes_.at(number); }
    /// SIGTERM to all; each ends with 0.
    void stop();
    /// Lines of all lives of all processes that contain the text.
    std::size_t said(const std::string& text) const;
    std::string log() const;

    /// As if so much time had passed: jobs that wait, frozen keys, buckets, breakers.
    void let_pass(std::chrono::seconds time) const;
    /// let_pass() again and again until no job is open.
    bool settled(std::chrono::seconds within = std::chrono::seconds{60});

    /// "parked rate_limited 0, ..." of the company's jobs, state, class and attempts, one per
    /// kind and in order.
    std::string waiting(int company) const;
    /// Arrivals of a key's requests in milliseconds of the machine's clock, ascending.
    std::vector<double> arrivals(const std::string& key);
    std::size_t calls(const std::string& key);

    /// Everything is at Cal.com, nobody was blamed.
    void expect_all_pushed();

private:
    postgres::TestDatabase database_;
    CompanyKeys keys_;
    test_support::CalcomSimulator simulator_;
    test_support::TemporaryDirectory directory_{"pusher-fleet"};
    std::vector<std::unique_ptr<test_support::Process>> processes_;
    std::vector<std::string> owners_;
    int lives_{0};
};

} // namespace calfleet::service_pusher
