#pragma once
// A simulator without sockets for unit tests: two users, one team, and a clock that stands still.

#include "common/core/clock.h"

#include <boost/json/value.hpp>

#include <map>
#include <string>

#include "tests/calcom-sim/simulator.h"

namespace calfleet::calcom_sim {

struct Said {
    int status{};
    std::map<std::string, std::string> headers{}; ///< names as sent
    std::string text{};

    /// Parsed; null when it is empty.
    json::value body() const;
    /// body()["data"].
    json::value data() const;
};

/// Users 101 alice (OWNER of team 11) and 102 bob (MEMBER of it), keys "cal_alice" and "cal_bob";
/// ids of event types begin at 7001.
class Api {
public:
    Api();

    Said send(
        const std::string& method,
        const std::string& target,
        const std::string& body = {},
        const std::string& version = "2024-06-14"
    );
    Said get(const std::string& target) { return send("GET", target); }
    Said patch(const std::string& target, const std::string& body) {
        return send("PATCH", target, body);
    }
    Said post(const std::string& target, const std::string& body) {
        return send("POST", target, body);
    }
    /// Whose key is sent from now on; "": none.
    Api& as(const std::string& name);

    /// A personal type of whoever is sending; its id.
    Id make_type(const std::string& slug);
    /// A managed type of team 11 assigned to bob; {parent, child}.
    std::pair<Id, Id> make_managed(const std::string& slug);
    /// Throws std::runtime_error when the fault is not understood.
    void fault(const std::string& text);

    ManualClock clock;
    Simulator simulator;
    std::string if_none_match{};
    std::string content_type{"application/json"};

private:
    std::string authorization_{};
};

} // namespace calfleet::calcom_sim
