#pragma once
// The /sim/ endpoints: how a test, or a person with curl, rules the simulator.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/calcom-sim/message.h"

namespace calfleet::calcom_sim {

class Simulator;
class Deliveries;

struct AdminAnswer {
    int status{200};
    std::string body{};                 ///< JSON
    std::vector<Outbound> deliveries{}; ///< webhooks to make before this is answered
};

/// Answers at once and never touches what is in flight. Errors are {"error":"..."} with status 400
/// or 404. README.md has the table of endpoints. One thread, the server's.
class Admin {
public:
    Admin(Simulator& simulator, Deliveries& deliveries);

    AdminAnswer answer(std::string_view method, std::string target, const std::string& body);

private:
    using Serve = AdminAnswer (Admin::*)(const Request&, const std::vector<std::string>&);
    struct Endpoint {
        std::string_view method{};
        std::string_view pattern{};
        Serve serve{};
    };
    static const std::vector<Endpoint>& endpoints();

    AdminAnswer get_health(const Request&, const std::vector<std::string>&);
    AdminAnswer get_state(const Request&, const std::vector<std::string>&);
    AdminAnswer put_state(const Request&, const std::vector<std::string>&);
    AdminAnswer post_changes(const Request&, const std::vector<std::string>&);
    AdminAnswer get_settings(const Request&, const std::vector<std::string>&);
    AdminAnswer patch_settings(const Request&, const std::vector<std::string>&);
    AdminAnswer get_clock(const Request&, const std::vector<std::string>&);
    AdminAnswer put_clock(const Request&, const std::vector<std::string>&);
    AdminAnswer get_faults(const Request&, const std::vector<std::string>&);
    AdminAnswer post_fault(const Request&, const std::vector<std::string>&);
    AdminAnswer delete_faults(const Request&, const std::vector<std::string>&);
    AdminAnswer delete_fault(const Request&, const std::vector<std::string>&);
    AdminAnswer get_ledger(const Request&, const std::vector<std::string>&);
    AdminAnswer get_summary(const Request&, const std::vector<std::string>&);
    AdminAnswer delete_ledger(const Request&, const std::vector<std::string>&);
    AdminAnswer get_deliveries(const Request&, const std::vector<std::string>&);
    AdminAnswer post_meetings(const Request&, const std::vector<std::string>&);
    AdminAnswer post_request_reschedule(const Request&, const std::vector<std::string>&);
    AdminAnswer delete_limits(const Request&, const std::vector<std::string>&);
    AdminAnswer patch_key(const Request&, const std::vector<std::string>&);
    AdminAnswer patch_user(const Request&, const std::vector<std::string>&);
    AdminAnswer patch_event_type(const Request&, const std::vector<std::string>&);
    AdminAnswer delete_event_type(const Request&, const std::vector<std::string>&);

    Simulator& simulator_;
    Deliveries& deliveries_;
};

} // namespace calfleet::calcom_sim
