#pragma once
// The recorded requests, sent again to a simulator at the recorded times.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/calcom-sim/simulator.h"
#include "tests/integration/calcom_sim/comparison.h"
#include "tests/integration/calcom_sim/recordings.h"

namespace calfleet::calcom_sim {

/// The recordings' data set before the first request: users, teams, keys, schedules. Taken from the
/// answers that show it; what none of them shows is written down in the source.
boost::json::object recorded_world(const Recordings& recordings);

/// The body's "data" of a recorded answer. Throws std::runtime_error when there is no such
/// scenario.
const boost::json::value& recorded_data(const Recordings& recordings, std::string_view scenario);

/// Puts a series that holds no time itself just before a scenario, or at an instant.
void place_before(Recordings& recordings, const std::string& series, const std::string& scenario);
void place_at(Recordings& recordings, const std::string& series, Instant at);

/// A row from the object that an answer shows: for what was made without being recorded. Nothing
/// where a recorded request has made it.
void adopt_event_type(Simulator& simulator, const boost::json::object& shown);

/// What happened between two recordings and was not recorded: done to the world just before the
/// scenario of this name.
using Between = std::map<std::string, std::function<void(Simulator&)>>;

/// Scenario -> the webhooks that its requests sent, in order.
using SentWebhooks = std::map<std::string, std::vector<Outbound>>;

/// Replays everything in order. One thread.
class Replay {
public:
    Replay(Recordings recordings, Between between);

    /// Scenario -> its differences, empty when there are none. A series is one scenario.
    std::map<std::string, std::vector<std::string>> run();
    /// After run(). Webhooks go nowhere: they are only kept.
    const SentWebhooks& sent() const { return sent_; }
    Aliases& aliases() { return aliases_; }

private:
    void run_one(const Recorded& recorded);
    void run_series(const RecordedSeries& series);
    void run_at_once(const RecordedSeries& series);
    SimulatedAnswer send(const RecordedRequest& request, Instant at);
    RawRequest raw_request(const RecordedRequest& request) const;
    void keep_deliveries(Exchange& exchange);

    Recordings recordings_;
    Between between_;
    Simulator simulator_;
    Aliases aliases_{};
    std::string scenario_{}; ///< the one that is being replayed
    SentWebhooks sent_{};
    std::map<std::string, std::vector<std::string>> found_{};
};

} // namespace calfleet::calcom_sim
