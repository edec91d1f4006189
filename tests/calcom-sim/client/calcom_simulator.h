#pragma once
// A Cal.com simulator as a process of a test: starts it, seeds it, makes it misbehave, reads its
// ledger.

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/wait.h"

namespace calfleet::test_support {

/// An answer of the simulator, of its API or of its /sim/ endpoints.
struct SimulatorAnswer {
    int status{};
    std::vector<std::pair<std::string, std::string>> headers{}; ///< names in lower case
    std::string text{};

    /// Parsed; null when the body is empty. Throws when it is not JSON.
    boost::json::value json() const;
    /// The first of this name (lower case), or "".
    std::string header(const std::string& name) const;
};

/// Which ledger entries: empty parts fit all.
struct LedgerFilter {
    std::uint64_t after{};
    std::string key{};
    std::string method{};
    std::string path{}; ///< prefix
};

/// Runs the program calcom-sim of this build on free ports; it dies with the test. Everything
/// throws std::runtime_error when the simulator is away or refuses, with its words: a test can't go
/// on without it. One thread at a time.
class CalcomSimulator {
public:
    /// `arguments` are added to the command line ("--no-limiter", "--tls-cert", ...); a port in
    /// them replaces the free one.
    explicit CalcomSimulator(std::vector<std::string> arguments = {});
    ~CalcomSimulator();
    CalcomSimulator(const CalcomSimulator&) = delete;
    CalcomSimulator& operator=(const CalcomSimulator&) = delete;

    std::uint16_t port() const { return port_; }
    std::uint16_t admin_port() const { return admin_port_; }
    /// "http://127.0.0.1:<port>", or https: what a client gets as base URL.
    std::string url() const;
    pid_t pid() const { return process_->pid(); }
    Process& process() { return *process_; }

    /// SIGKILL: connections are refused until start().
    void kill();
    /// Again, on the same ports, with an empty world: a simulator's state lives in its memory. To
    /// keep it, take state() before and give it to seed() after.
    void start();
    /// Alive but deaf (SIGSTOP), and well again.
    void freeze();
    void thaw();

    /// The whole world, in the format of --seed-file.
    void seed(const boost::json::value& state);
    boost::json::object state();
    /// What is different now from a state() of before, a line each; empty: nothing. The README says
    /// how lines look.
    std::vector<std::string> changes_since(const boost::json::object& state);
    void set(const boost::json::object& settings);
    /// {"now":"2026-11-20T08:10:00Z","rate":60,"advanceMs":...}, all optional.
    void set_clock(const boost::json::object& clock);

    /// Switches a fault on; its id. The README's table has the words.
    std::string add_fault(const boost::json::object& fault);
    void remove_fault(const std::string& id);
    void remove_faults();
    /// How many requests the fault has hit.
    std::int64_t hits(const std::string& fault_id);

    void revoke_key(const std::string& name);
    void restore_key(const std::string& name);
    void lock_user(std::int64_t id, bool locked = true);
    /// Out of band: no request in the ledger, and also what the API can't write, such as "price".
    boost::json::object edit_event_type(std::int64_t id, const boost::json::object& fields);
    void delete_event_type(std::int64_t id);
    /// Windows, blocks and the memory of excesses begin anew.
    void forget_limits();

    /// Entries as /sim/ledger gives them, in order of arrival.
    boost::json::array ledger(const LedgerFilter& filter = {});
    std::uint64_t requests();
    /// Per key name: requests, statuses, mostInWindow, mostAdmittedInWindow.
    boost::json::object ledger_summary(std::chrono::milliseconds window = std::chrono::seconds(60));
    void clear_ledger();
    boost::json::array deliveries();

    /// One request to the API on a connection of its own (plain HTTP only).
    SimulatorAnswer call(
        const std::string& method,
        const std::string& target,
        const std::vector<std::pair<std::string, std::string>>& headers = {},
        const std::string& body = {}
    );
    /// The same to a /sim/ endpoint, whatever the status.
    SimulatorAnswer
    admin(const std::string& method, const std::string& target, const std::string& body = {});

private:
    boost::json::value
    order(const std::string& method, const std::string& target, const std::string& body = {});

    TemporaryDirectory directory_{"calcom-sim"};
    std::vector<std::string> arguments_;
    std::unique_ptr<Process> process_{};
    std::uint16_t port_{};
    std::uint16_t admin_port_{};
    bool tls_{};
};

} // namespace calfleet::test_support
