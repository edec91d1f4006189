#pragma once
// A small world on both sides: companies with sealed keys in PostgreSQL, accounts with event types
// at the simulator.

#include "common/core/ids.h"
#include "common/sealing/key.h"

#include <boost/json/value.hpp>

#include <filesystem>
#include <string>

#include "tests/calcom-sim/client/calcom_simulator.h"
#include "tests/support/wait.h"

namespace calfleet::service_pusher {

/// Key files and sealed keys, as the operator's tool would make them.
class CompanyKeys {
public:
    CompanyKeys();
    /// What KEY_FILES names.
    std::string file() const { return (directory_.path() / "kek").string(); }
    /// SQL that gives the company this key, in place of the one it has.
    std::string set_key(CompanyId company, const std::string& api_key) const;

private:
    test_support::TemporaryDirectory directory_{"keys"};
    sealing::Key kek_;
    sealing::Key pepper_;
};

/// Company N has the account "userN" (user 100 + N, key cal_N) with the personal event types
/// 1000 * N + 1 ... 1000 * N + `event_types`, each "Service <id>", 30 minutes. Company 1 also has
/// team 42 with a collective event type 4201 and a managed one 4202 with the child 4203 of its
/// member "guest" (user 900), who has the personal event type 9001.
boost::json::value world_of(int companies, int event_types);

/// SQL: companies 1 to `companies`, active, without keys and services.
std::string companies_sql(int companies);
/// SQL: the services of those event types, as they are at Cal.com: service 1000 * N + i sells event
/// type 1000 * N + i.
std::string services_sql(int companies, int event_types);

/// What the event type is called there; "" when it does not exist.
std::string title_at(test_support::CalcomSimulator& simulator, int event_type);

} // namespace calfleet::service_pusher
