// The simulator answers as the real server did, scenario by scenario.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "tests/integration/calcom_sim/replay.h"
#include "tests/integration/calcom_sim/replay_bookings.h"

namespace calfleet::calcom_sim {
namespace {

// Scenarios whose answer is not the recorded one, each with the reason. One that would pass must be
// taken off the list: the test fails until it is.
const std::map<std::string, std::string> kNotCovered{
    {"booking-create-no-version-legacy-body",
     "the old version shows UUIDs of users and numbers of attendees, which the world does not "
     "have"},
    {"bookings-list-no-version", "the old version shows numbers of attendees"},
    {"bookings-list-unknown-version", "the old version shows numbers of attendees"},
    {"bookings-list-version-2024-06-14", "the old version shows numbers of attendees"},
    {"event-type-patch-concurrent",
     "four writes at once: which of them an answer shows was left to chance"},
    {"event-types-list-unknown-version",
     "the old list's team types: the hosts' weights and the children's whole rows are not shown"},
};

void give_limits(Simulator& simulator, std::vector<Limit> limits) {
    simulator.world().key_named("rlcustom")->limits = std::move(limits);
}

Limit short_limit() {
    using std::chrono::seconds;
    return {.name = "short", .requests = 5, .window = seconds(10), .block = seconds(20)};
}

const json::object& element_with_id(const json::value& list, std::int64_t id) {
    for (const json::value& element : list.as_array())
        if (element.at("id").as_int64() == id) return element.get_object();
    throw std::runtime_error("no element with id " + std::to_string(id));
}

// The changes between recordings that were not recorded themselves.
Between unrecorded(const Recordings& recordings) {
    const auto adopt = [&](const std::string& scenario) {
        return [shown = recorded_data(recordings, scenario)](Simulator& simulator) {
            adopt_event_type(simulator, shown.as_object());
        };
    };
    Between between;
    between["event-type-create-tenant2"] =
        [shown = element_with_id(recorded_data(recordings, "event-types-list"), 7002)](
            Simulator& simulator
        ) { adopt_event_type(simulator, shown); };
    between["event-type-get-before-no-version-patch"] =
        adopt("event-type-get-before-no-version-patch");
    between["team-event-type-create-round-robin"] = adopt("team-event-type-get-collective");
    json::object deleted = recorded_data(recordings, "event-type-delete-with-bookings").as_object();
    deleted["ownerId"] = 103;
    between["event-type-create-recurring"] = [deleted](Simulator& simulator) {
        adopt_event_type(simulator, deleted);
    };
    const Id carol = 103;
    between["team-membership-create-duplicate"] = [carol](Simulator& simulator) {
        World& world = simulator.world();
        const Id id = world.next_membership_id();
        world.memberships.put(
            id,
            {.id = id, .user_id = carol, .team_id = 11, .accepted = true},
            simulator.clock().now()
        );
    };
    between["rate-limit-custom-one-limit"] = [](Simulator& simulator) {
        give_limits(simulator, {short_limit()});
    };
    between["rate-limit-custom-two-limits"] = [](Simulator& simulator) {
        give_limits(simulator, {short_limit(), {.name = "long", .requests = 1000}});
    };
    add_unrecorded_bookings(recordings, between);
    return between;
}

void place_series(Recordings& recordings) {
    place_booking_series(recordings);
    place_before(recordings, "event-type-patch-concurrent", "event-type-patch-if-match-stale");
    // No answer of it says when; it came after the one whose key it uses.
    for (const RecordedSeries& series : recordings.series)
        if (series.scenario == "rate-limit-custom-one-limit")
            return place_at(
                recordings, "rate-limit-custom-two-limits", series.at + std::chrono::seconds(60)
            );
}

const char* recordings_folder() {
    return std::getenv(kRecordingsVariable);
}

// The only test of the project that may be skipped everywhere: the recordings are not part of it.
TEST(CalcomSimReplay, AnswersAsTheRecordedServerDid) {
    const char* folder = recordings_folder();
    if (folder == nullptr)
        GTEST_SKIP() << kRecordingsVariable << " names no folder of recorded answers";
    Recordings recordings = read_recordings(folder);
    Between between = unrecorded(recordings);
    add_unanswered_requests(recordings);
    place_series(recordings);
    Replay replay(std::move(recordings), std::move(between));
    auto found = replay.run();
    found.merge(compare_deliveries(read_deliveries(folder), replay.sent(), replay.aliases()));
    int same = 0;
    for (const auto& [scenario, differences] : found) {
        const auto excuse = kNotCovered.find(scenario);
        if (differences.empty()) {
            ++same;
            EXPECT_EQ(excuse, kNotCovered.end())
                << scenario << " is the same as recorded now: take it off the list";
            continue;
        }
        if (excuse != kNotCovered.end()) continue;
        std::string text;
        for (std::size_t at = 0; at < std::min<std::size_t>(differences.size(), 6); ++at)
            text += "\n    " + differences[at];
        ADD_FAILURE() << scenario << " differs:" << text;
    }
    std::cout << "[  REPLAYED] " << same << " of " << found.size() << " scenarios are the same\n";
    for (const auto& [scenario, reason] : kNotCovered)
        EXPECT_TRUE(found.contains(scenario)) << scenario << " is listed but was not recorded";
}

} // namespace
} // namespace calfleet::calcom_sim
