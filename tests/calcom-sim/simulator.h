#pragma once
// The simulated Cal.com without its sockets: a request goes in, an answer comes out.

#include "common/core/clock.h"
#include "common/core/random.h"

#include <memory>
#include <optional>
#include <string>

#include "tests/calcom-sim/faults.h"
#include "tests/calcom-sim/gate.h"
#include "tests/calcom-sim/ledger.h"
#include "tests/calcom-sim/reply.h"
#include "tests/calcom-sim/router.h"
#include "tests/calcom-sim/settings.h"
#include "tests/calcom-sim/sim_clock.h"
#include "tests/calcom-sim/world.h"

namespace calfleet::calcom_sim {

/// A request as it came off a connection.
struct RawRequest {
    std::string method{};
    std::string target{};
    std::string version{};
    std::string authorization{};
    std::string content_type{};
    std::string if_none_match{};
    std::string body{};
    std::string client_address{};
    std::uint64_t connection{};
    std::uint64_t on_connection{};
    bool keep_alive{true};
    bool too_large{}; ///< the body was not read: it is larger than allowed
};

/// One request on its way. Its steps, in this order:
///
///   receive()   looks the faults up and opens the ledger's entry
///               wait misfortune.before
///   execute()   limiter, authentication, route
///               until outcome.next is empty: make outcome.deliveries, wait outcome.pause, and
///               outcome = outcome.next()
///   finish()    gives the bytes; wait Reply::delay and send them as Reply::transport says
///   answered()  closes the ledger's entry
struct Exchange {
    Request request{};
    std::optional<Answer> early{}; ///< decided before the routes: malformed, too large, preflight
    Router::Match match{};
    std::optional<Context> context{};
    std::vector<std::pair<std::string, std::string>> limit_headers{};
    Misfortune misfortune{};
    Outcome outcome{};
    std::uint64_t entry{};
    bool known_id{true}; ///< the request got as far as being given an id
    bool keep_alive{true};
    bool edge{}; ///< answered by what stands before the server
};

/// All state of one simulator. One thread. Modules add their routes in the constructor's list.
class Simulator {
public:
    explicit Simulator(const Clock& clock, std::uint64_t seed = 1);

    /// The exchange must not move until answered(): its context refers to it.
    std::unique_ptr<Exchange> receive(RawRequest raw);
    void execute(Exchange& exchange);
    Reply finish(Exchange& exchange);
    void answered(const Exchange& exchange, bool sent_whole);

    /// All steps at once, waits and deliveries left out: for tests of routes.
    Reply handle(RawRequest raw);

    World& world() { return world_; }
    Settings& settings() { return settings_; }
    /// Takes over changed settings: lag and ledger.
    void settings_changed();
    SimClock& clock() { return clock_; }
    Ledger& ledger() { return ledger_; }
    Faults& faults() { return faults_; }
    Gate& gate() { return gate_; }

private:
    std::string fresh_request_id();

    SimClock clock_;
    Settings settings_{};
    Memory memory_{};
    Random random_;
    World world_;
    Router router_{};
    Gate gate_{};
    Faults faults_{};
    Ledger ledger_;
};

} // namespace calfleet::calcom_sim
