#pragma once
// What became different between two dumps of the world.

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace calfleet::calcom_sim {

/// One line for each difference, in the order of the document: "eventTypes[7001].title: \"A\"
/// became
/// \"B\"", "eventTypes[7002]: gone", "bookings[k3J9]: new". Rows are named by their id, uid or
/// name. What every write moves, changed or not, is not looked at: touched and lastIds. Both are
/// documents as dump_state() gives them.
std::vector<std::string>
state_changes(const boost::json::object& before, const boost::json::object& after);

} // namespace calfleet::calcom_sim
