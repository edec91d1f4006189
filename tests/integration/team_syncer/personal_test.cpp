// What the owner of a company's key sells alone: read, told and called gone like event types of
// teams.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/team_syncer/sync_fixture.h"

namespace calfleet::team_syncer {
namespace {

using testing::HasSubstr;

class PersonalEventTypes : public SyncTest {
protected:
    std::size_t calls(const std::string& path) {
        return simulator().ledger({.after = 0, .key = {}, .method = "GET", .path = path}).size();
    }
    std::string known() const {
        return ask("select coalesce(string_agg(concat_ws(' ', calcom_event_type_id, state, "
                   "snapshot->>'ownerId'), ', ' order by calcom_event_type_id), '') from "
                   "platform.team_event_type_mappings where calcom_team_id is null");
    }
};

TEST_F(PersonalEventTypes, OfTheKeysOwnerAreReadLikeThoseOfTeams) {
    simulator().edit_event_type(9001, {{"ownerId", 101}, {"hidden", true}});
    sync();
    EXPECT_EQ(told(), "created 4201, created 4202, created 4301, created 9001");
    EXPECT_THAT(report(), HasSubstr("done: 2 teams"));
    EXPECT_EQ(known(), "9001 active 101");
    sync();
    EXPECT_EQ(told(), "");
    simulator().edit_event_type(9001, {{"title", "Still mine"}});
    sync();
    EXPECT_EQ(told(), "updated 9001");
    simulator().delete_event_type(9001);
    sync();
    EXPECT_EQ(told(), "deleted 9001");
    EXPECT_EQ(known(), "9001 deleted");
}

TEST_F(PersonalEventTypes, OfSomebodyElseAreNotCalledGoneWhenTheKeyChanges) {
    auto world = simulator().state();
    world["keys"].as_array().push_back({{"name", "bruno"}, {"value", "cal_bruno"}, {"userId", 102}}
    );
    simulator().seed(world);
    simulator().edit_event_type(9001, {{"ownerId", 101}});
    sync();
    told();
    sql(keys().set_key(CompanyId{1}, "cal_bruno"));
    sync();
    EXPECT_EQ(told(), "");
    EXPECT_EQ(known(), "9001 active 101");
}

TEST_F(PersonalEventTypes, OfACompanyWithoutATeamAreAllThatIsRead) {
    simulator().edit_event_type(9001, {{"ownerId", 101}});
    sql("update platform.companies set calcom_team_id = null where id = 1; delete from "
        "calfleet.outbox");
    sync();
    EXPECT_EQ(told(), "created 9001");
    EXPECT_THAT(report(), HasSubstr("done: 0 teams, 0 members"));
    EXPECT_EQ(calls("/v2/teams"), 0U);
}

} // namespace
} // namespace calfleet::team_syncer
