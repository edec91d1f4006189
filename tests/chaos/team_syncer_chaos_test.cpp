// A sync of teams that is killed anywhere and begun again leaves the tables of one that was never
// disturbed, and has told every difference once.

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <gmock/gmock.h>

#include <algorithm>
#include <memory>
#include <string>

#include "tests/chaos/start_worker.h"
#include "tests/integration/team_syncer/sync_fixture.h"
#include "tests/support/process.h"
#include "tests/support/wait.h"

namespace calfleet::team_syncer {
namespace {

using namespace std::chrono_literals;
using test_support::eventually;
using test_support::Exit;
using test_support::Process;

/// What two undisturbed syncs leave, with changes at Cal.com between them. How a member was found
/// is left out: once linked, the link itself is the reason, also for a sync that begins again.
constexpr const char* kFirst =
    "teams: 42 Nordlicht, 43 Nordlicht Hafen\n"
    "members: 42 101 linked 11, 42 102 linked 12, 42 103 unmatched, 42 104 linked 13 invited, 43 "
    "101 linked 11\n"
    "staff: 11 101, 12 102\n"
    "event types: 4201 Together active 2, 4202 Visit active 2, 4301 Anybody active 1\n"
    "children: 4202 102 4203, 4202 103 4204\n"
    "told: created 4201, created 4202, created 4301, deleted 9999\n"
    "requests: done";
constexpr const char* kSecond =
    "teams: 42 Nordlicht, 43 Nordlicht Hafen\n"
    "members: 42 101 linked 11, 42 102 linked 12, 42 103 unmatched removed, 42 104 linked 13 "
    "invited, 43 101 linked 11\n"
    "staff: 11 101, 12 102\n"
    "event types: 4201 Together again active 2, 4202 Visit active 2, 4301 Anybody deleted 1\n"
    "children: 4202 102 4203, 4202 103 4204\n"
    "told: deleted 4301, deleted 9998, updated 4201\n"
    "requests: done, done";

class TeamSyncChaos : public SyncTest {
protected:
    void prepare() override {
        SyncTest::prepare();
        sell(9999);
    }

    std::unique_ptr<Process> worker(const std::string& owner, const std::string& crash = {}) {
        return chaos::start_worker(
            {.program = "team_syncer_worker",
             .dsn = database().dsn("calfleet_worker"),
             .calcom_url = simulator().url(),
             .key_file = keys().file(),
             .owner = owner,
             .directory = directory_.path(),
             .crash = crash}
        );
    }
    std::string log(const std::string& owner) {
        return test_support::read_file(directory_.path() / (owner + ".out"));
    }
    /// A service that was in step once, of an event type that nobody has any more.
    void sell(int event_type) {
        const std::string id = std::to_string(event_type);
        sql("insert into platform.services (company_id, name, duration_minutes, "
            "calcom_event_type_id, last_calcom_sync, sync_status) values (1, 'Orphan " +
            id + "', 30, " + id +
            ", '2026-01-01T00:00:00Z', 'synced'); delete from "
            "calfleet.outbox where topic <> 'event-type-updated'");
    }
    /// As the importer does with what it is told.
    void deactivate(int event_type) {
        sql("update platform.services set is_active = false where calcom_event_type_id = " +
            std::to_string(event_type));
    }
    void change_calcom() {
        simulator().edit_event_type(4201, {{"title", "Together again"}});
        simulator().delete_event_type(4301);
        auto world = simulator().state();
        auto& memberships = world.at("memberships").as_array();
        memberships.erase(
            std::remove_if(
                memberships.begin(),
                memberships.end(),
                [](const auto& one) { return one.as_object().at("id") == 3; }
            ),
            memberships.end()
        );
        simulator().seed(world);
    }
    bool done() {
        return eventually(30s, [&] {
            let_pass();
            return ask("select count(*) from calfleet.jobs") == "0";
        });
    }
    /// A request is met by a process that dies at the point, and then by another one.
    void sync_with_a_kill(const std::string& point, const std::string& round) {
        request(events::SyncMode::Sync);
        if (!point.empty()) {
            const auto victim = worker("victim" + round, point);
            const auto end = victim->wait_exit(30s);
            ASSERT_TRUE(end) << "the point was never passed: " << log("victim" + round);
            ASSERT_EQ(*end, (Exit{0, SIGKILL}));
            // As if it had run out.
            sql("update calfleet.jobs set lease_until = now() where state = 'running'");
        }
        const auto heir = worker("heir" + round);
        ASSERT_TRUE(done()) << log("heir" + round);
        EXPECT_EQ(heir->stop(20s), (Exit{0, 0})) << log("heir" + round);
    }
    std::string list(const std::string& what, const std::string& from) {
        return ask("select coalesce(string_agg(" + what + "), '') from " + from);
    }
    std::string picture() {
        std::string text = "teams: ";
        text += list(
            "concat_ws(' ', calcom_team_id, name, case when not is_active then 'gone' end, "
            "sync_error), ', ' order by calcom_team_id",
            "platform.calcom_teams"
        );
        text += "\nmembers: ";
        text += list(
            "concat_ws(' ', calcom_team_id, calcom_user_id, link_state, staff_id, case when not "
            "accepted then 'invited' end, case when removed_at is not null then 'removed' end), ', "
            "' order by calcom_team_id, calcom_user_id",
            "platform.calcom_team_members"
        );
        text += "\nstaff: ";
        text += list(
            "id || ' ' || calcom_user_id, ', ' order by id",
            "platform.staff where calcom_user_id is not null"
        );
        text += "\nevent types: ";
        text += list(
            "concat_ws(' ', calcom_event_type_id, title, state, jsonb_array_length(hosts)), ', ' "
            "order by calcom_event_type_id",
            "platform.team_event_type_mappings"
        );
        text += "\nchildren: ";
        text += list(
            "concat_ws(' ', parent_event_type_id, calcom_user_id, child_event_type_id, case when "
            "invalidated_at is not null then 'invalidated' end, last_error), ', ' order by "
            "calcom_user_id",
            "platform.calcom_event_map"
        );
        // Twice the same, with whatever id, shows.
        text += "\ntold: ";
        text += list(
            "data->>'change' || ' ' || (data->'event_type'->>'id'), ', ' order by data->>'change', "
            "data->'event_type'->>'id'",
            "(select convert_from(record_value, 'UTF8')::jsonb as data from calfleet.outbox where "
            "topic = 'event-type-updated') told"
        );
        text += "\nrequests: ";
        text += list("coalesce(outcome, 'open'), ', ' order by id", "platform.team_syncs");
        return text;
    }

    test_support::TemporaryDirectory directory_{"team-syncer"};
};

class TeamSyncKilledAt : public TeamSyncChaos, public testing::WithParamInterface<const char*> {};

TEST_P(TeamSyncKilledAt, LeavesWhatAnUndisturbedSyncLeavesAndTellsNothingTwice) {
    const std::string point = GetParam();
    sync_with_a_kill(point, "1");
    EXPECT_EQ(picture(), kFirst);
    sql("delete from calfleet.outbox");
    deactivate(9999);
    sell(9998);
    change_calcom();
    sync_with_a_kill(point, "2");
    EXPECT_EQ(picture(), kSecond);
    EXPECT_EQ(ask("select count(*) from calfleet.dead_letters"), "0");
}

INSTANTIATE_TEST_SUITE_P(
    TeamSyncPoints,
    TeamSyncKilledAt,
    testing::Values(
        "",
        "J1",
        "J2",
        "J3",
        "J3:4",
        "J4:2",
        "J5:3",
        "J6:5",
        "J7:4",
        "J8:2",
        "J8:5",
        "J8:6",
        "T1",
        "J9",
        "J10",
        "J11"
    ),
    [](const auto& point) {
        std::string name = point.param;
        std::replace(name.begin(), name.end(), ':', 'x');
        return name.empty() ? std::string("Nowhere") : name;
    }
);

} // namespace
} // namespace calfleet::team_syncer
