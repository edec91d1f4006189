#pragma once
// Whether the simulator's answer is the recorded one, as far as a client can tell.

#include <boost/json/value.hpp>

#include <map>
#include <string>
#include <vector>

#include "tests/integration/calcom_sim/recordings.h"

namespace calfleet::calcom_sim {

/// Values that a server makes up afresh (uids): the recorded one and the simulator's. Learned when
/// both appear in the same place of an answer, then put into later requests and expectations.
class Aliases {
public:
    void learn(const std::string& recorded, const std::string& simulated);
    /// The text with every recorded value replaced.
    std::string translated(std::string text) const;

private:
    std::map<std::string, std::string> simulated_{};
};

/// What the simulator answered.
struct SimulatedAnswer {
    int status{};
    std::map<std::string, std::string> headers{}; ///< names in lower case
    boost::json::value body{};
};

/// Every difference as one line "data.title: recorded ..., simulated ...". Compared are the status;
/// content type, the names of the rate limit headers and the limit itself, the presence of a
/// request id, an ETag and Retry-After; and the body: the same properties everywhere, the same
/// values where a server does not make them up. Lists of things with ids are compared without
/// regard to their order, which the real one does not promise.
std::vector<std::string>
differences(const RecordedAnswer& recorded, const SimulatedAnswer& simulated, Aliases& aliases);

} // namespace calfleet::calcom_sim
