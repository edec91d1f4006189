#pragma once
// The part of the replay that is about bookings: what was not recorded, what happened at the same
// moment, and what the webhooks' receiver got.

#include <string>
#include <vector>

#include "tests/integration/calcom_sim/replay.h"

namespace calfleet::calcom_sim {

/// Bookings, webhooks and an event type that came to be between recordings.
void add_unrecorded_bookings(const Recordings& recordings, Between& between);

/// Requests of which only the webhooks were recorded, put where they belong.
void add_unanswered_requests(Recordings& recordings);

/// Series of bookings tell no time: each is put where the rows that it changed say.
void place_booking_series(Recordings& recordings);

/// One delivery as its receiver recorded it.
struct RecordedDelivery {
    std::string scenario{};
    std::string caused_by{}; ///< the scenario whose request sent it
    std::string path{};      ///< "/hook/alice"
    std::string secret{};
    std::map<std::string, std::string> headers{}; ///< names in lower case
    std::string body{};
};
std::vector<RecordedDelivery> read_deliveries(const std::string& folder);

/// Scenario -> its differences: trigger, payload, time formats, signature, headers. Deliveries are
/// found by who caused them, where they went and their order.
std::map<std::string, std::vector<std::string>> compare_deliveries(
    const std::vector<RecordedDelivery>& recorded, const SentWebhooks& sent, Aliases& aliases
);

} // namespace calfleet::calcom_sim
