#pragma once
// A story told twice over: its records with repetitions, and everything the audit must find.

#include <map>
#include <string>
#include <vector>

#include "tests/fleet/bookings.h"

namespace calfleet::fleet {

/// Grows over several tellings; the audit always compares all of it.
struct Story {
    std::map<std::string, ExpectedAppointment> expected;
    std::int64_t events{0}; ///< identities
};

/// Bookings of the settings as records, every tenth published twice and every twentieth out of
/// order (swapped with its neighbour of another topic). Adds what is expected to the story.
std::vector<kafka::OutgoingRecord> tell(Story& story, const StorySettings& settings);

} // namespace calfleet::fleet
