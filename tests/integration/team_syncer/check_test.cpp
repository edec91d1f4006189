// A sync that only checks compares the platform as it is with Cal.com, and changes nothing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/team_syncer/sync_fixture.h"

namespace calfleet::team_syncer {
namespace {

using testing::HasSubstr;

class TeamCheck : public SyncTest {
protected:
    /// As if all that was read were sold.
    void sell_everything() {
        sql("select set_config('app.calcom_writer', 'test', true); "
            "insert into platform.services (id, company_id, name, slug, duration_minutes, "
            "calcom_event_type_id, calcom_team_id, locations) "
            "select calcom_event_type_id, 1, title, slug, (snapshot->>'lengthInMinutes')::int, "
            "calcom_event_type_id, calcom_team_id, snapshot->'locations' "
            "from platform.team_event_type_mappings");
    }
    /// "service event-type field platform's-value calcom's-value", of a check made now.
    std::string differences() {
        sync(SyncMode::Check);
        return ask(
            "select coalesce(string_agg(concat_ws(' ', d->>'service', d->>'event_type', "
            "d->>'field', coalesce(d->>'platform', '-'), coalesce(d->>'calcom', '-')), ', '), "
            "'none') from (select report from platform.team_syncs order by id desc limit 1) r, "
            "jsonb_array_elements(r.report->'differences') d"
        );
    }
};

TEST_F(TeamCheck, ChangesNothingAndReports) {
    sync();
    told();
    simulator().edit_event_type(4201, {{"title", "Together again"}});
    const std::string before =
        ask("select (select string_agg(t::text, '' order by id) from platform.calcom_teams t) || "
            "(select string_agg(m::text, '' order by id) from platform.calcom_team_members m) || "
            "(select string_agg(e::text, '' order by id) from platform.team_event_type_mappings e)"
        );
    sync(SyncMode::Check);
    EXPECT_THAT(report(), HasSubstr("3 event types, 3 new")) << "nobody sells them";
    EXPECT_EQ(told(), "");
    EXPECT_EQ(
        ask("select (select string_agg(t::text, '' order by id) from platform.calcom_teams t) || "
            "(select string_agg(m::text, '' order by id) from platform.calcom_team_members m) || "
            "(select string_agg(e::text, '' order by id) from platform.team_event_type_mappings e)"
        ),
        before
    );
    sync();
    EXPECT_EQ(told(), "updated 4201") << "the check must not have hidden it";
}

TEST_F(TeamCheck, NamesServiceFieldAndBothValues) {
    sync();
    sell_everything();
    EXPECT_EQ(differences(), "none") << "what has no value is no opinion";
    // On either side, after the last snapshot.
    simulator().edit_event_type(4201, {{"title", "Together again"}});
    sql("update platform.services set duration_minutes = 95 where calcom_event_type_id = 4202");
    EXPECT_EQ(
        differences(),
        R"(4201 4201 name "Together" "Together again", 4202 4202 duration_minutes 95 30)"
    );
    EXPECT_THAT(report(), HasSubstr("2 changed, 2 fields differ"));
    sql("delete from calfleet.outbox; "
        "update platform.services set calcom_event_type_id = 9999 where id = 4202");
    EXPECT_THAT(
        differences(),
        testing::AllOf(HasSubstr("4202 service - Visit"), HasSubstr("4202 9999 event_type 9999 -"))
    );
    sql("delete from calfleet.outbox");
}

TEST_F(TeamCheck, NamesWhatDiffersInPersonalEventTypesToo) {
    simulator().edit_event_type(9001, {{"ownerId", 101}});
    sync();
    sell_everything();
    EXPECT_EQ(differences(), "none");
    simulator().edit_event_type(9001, {{"lengthInMinutes", 25}});
    EXPECT_THAT(differences(), testing::StartsWith("9001 9001 duration_minutes "));
    simulator().delete_event_type(9001);
    EXPECT_EQ(differences(), "9001 9001 event_type 9001 -");
}

TEST_F(TeamCheck, OfACompanyNeverSyncedWritesNothing) {
    sync(SyncMode::Check);
    EXPECT_THAT(report(), HasSubstr("done: 2 teams, 5 members"));
    EXPECT_EQ(ask("select count(*) from platform.calcom_teams"), "0");
    EXPECT_EQ(told(), "");
}

} // namespace
} // namespace calfleet::team_syncer
