// A company's side of Cal.com reaches the tables, and what has changed is told: real PostgreSQL,
// real executor, simulated Cal.com.

#include "workers/team-syncer/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/team_syncer/sync_fixture.h"
#include "tests/support/wait.h"

namespace calfleet::team_syncer {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class TeamSync : public SyncTest {
protected:
    std::string teams() const {
        return ask(
            "select coalesce(string_agg(concat_ws(' ', calcom_team_id, name, case when not "
            "is_active then 'gone' end, sync_error), ', ' order by calcom_team_id), '') from "
            "platform.calcom_teams"
        );
    }
    std::string children() const {
        return ask(
            "select coalesce(string_agg(concat_ws(' ', parent_event_type_id, calcom_user_id, "
            "child_event_type_id, case when invalidated_at is null then 'trusted' end, "
            "last_error), ', ' order by calcom_user_id), '') from platform.calcom_event_map"
        );
    }
    std::string fault(const std::string& path, int status, const std::string& shape) {
        return simulator().add_fault(
            {{"do", "status"}, {"status", status}, {"shape", shape}, {"match", {{"path", path}}}}
        );
    }
    std::size_t calls(const std::string& path) {
        return simulator().ledger({.after = 0, .key = {}, .method = "GET", .path = path}).size();
    }
};

TEST_F(TeamSync, PublishesWhatDiffersAndNothingTwice) {
    sync();
    EXPECT_EQ(told(), "created 4201, created 4202, created 4301");
    EXPECT_EQ(
        report(),
        "done: 2 teams, 5 members (1 pending), 4 staff linked, 1 unmatched, 3 event types, 3 new"
    );
    sync();
    EXPECT_EQ(told(), "");
    simulator().edit_event_type(4201, {{"title", "Together again"}});
    simulator().delete_event_type(4301);
    sync();
    EXPECT_EQ(told(), "updated 4201, deleted 4301");
    sync();
    EXPECT_EQ(told(), "");
    EXPECT_EQ(
        ask("select state || coalesce(snapshot::text, '-') from platform.team_event_type_mappings "
            "where calcom_event_type_id = 4301"),
        "deleted-"
    );
}

TEST_F(TeamSync, TellsCalComsOwnObjectAndWhenItWasTrue) {
    sync();
    EXPECT_EQ(
        ask("select convert_from(record_key, 'UTF8') || ' ' || (data->'event_type'->>'title') || "
            "' ' || (data->'event_type'->>'lengthInMinutes') || ' ' || "
            "(data->'event_type'->'hosts'->0->>'userId') || ' ' || "
            "(data->'event_type'->>'schedulingType') from (select *, convert_from(record_value, "
            "'UTF8')::jsonb as data from calfleet.outbox) o where data->'event_type'->>'id' = "
            "'4201'"),
        "1:4201 Together 30 101 collective"
    );
    EXPECT_EQ(
        ask("select count(*) from calfleet.outbox, jsonb_to_recordset(record_headers) as h (name "
            "text, text text) where h.name = 'ce_time' and h.text::timestamptz between now() - "
            "interval '1 minute' and now()"),
        "3"
    );
}

TEST_F(TeamSync, LinksMembersToStaffAndKeepsInvitedOnesAsNotAccepted) {
    sync();
    EXPECT_EQ(
        links(),
        "101 linked 11 email, 102 linked 12 email, 103 unmatched none, 104 linked 13 name invited"
    );
    EXPECT_EQ(
        ask("select string_agg(id || ' ' || coalesce(calcom_user_id, 0), ', ' order by id) from "
            "platform.staff"),
        "11 101, 12 102, 13 0"
    ) << "an invited member has no account to give";
}

TEST_F(TeamSync, LeavesAPersonsDecisionAlone) {
    sync();
    sql("update platform.calcom_team_members set staff_id = 13, link_state = 'linked', link_source "
        "= 'manual' where calcom_user_id = 103; update platform.staff set name = 'Carl Nobody' "
        "where id = 12");
    sync();
    EXPECT_THAT(links(), HasSubstr("103 linked 13 manual"));
    sql("update platform.staff set is_active = false where id = 13");
    sync();
    EXPECT_THAT(links(), HasSubstr("103 review 13 manual"));
}

TEST_F(TeamSync, UsesWhatHostMapperKnows) {
    sql("insert into platform.calcom_host_mappings (company_id, calcom_host_id, state, staff_id, "
        "source, score, staff_version, decided_by, decided_at) values (1, '103', 'active', 13, "
        "'manual', 100, 1, 'petra', now())");
    sync();
    EXPECT_THAT(links(), HasSubstr("103 linked 13 mapping"));
    EXPECT_THAT(links(), HasSubstr("104 review 13 name invited"))
        << "a second account is a question";
}

TEST_F(TeamSync, TouchesOnlyTheCompanysOwnTeamsAndThoseBelow) {
    sync();
    EXPECT_EQ(teams(), "42 Nordlicht, 43 Nordlicht Hafen");
    EXPECT_EQ(calls("/v2/teams/77"), 0U);
}

TEST_F(TeamSync, ByForceTellsEverythingAgain) {
    sync();
    told();
    sync(SyncMode::Force);
    EXPECT_EQ(told(), "updated 4201, updated 4202, updated 4301");
    EXPECT_THAT(report(), HasSubstr("3 event types, 3 told again"));
    EXPECT_THAT(report(), Not(HasSubstr("changed"))) << "nothing is different";
}

TEST_F(TeamSync, CutOffBetweenTeamsLeavesNothingHalfTrueAndGoesOnLater) {
    const std::string broken = fault("/v2/teams/43/event-types", 500, "bare");
    request(SyncMode::Sync);
    start();
    const bool waits = test_support::eventually(20s, [&] {
        return ask("select count(*) from calfleet.jobs where kind = 'sync-teams' and state <> "
                   "'running' and last_class = 'server_trouble' and attempts = 0") == "1";
    });
    ASSERT_TRUE(waits) << report();
    EXPECT_EQ(teams(), "42 Nordlicht");
    EXPECT_EQ(told(), "created 4201, created 4202");
    EXPECT_EQ(report(), "open");
    simulator().remove_fault(broken);
    let_pass();
    ASSERT_TRUE(settled());
    EXPECT_EQ(told(), "created 4301") << "what was done is not told again";
    EXPECT_THAT(report(), HasSubstr("done: 2 teams"));
}

TEST_F(TeamSync, CallsNobodyGoneWhoseListCannotBeTrusted) {
    sync();
    told();
    const std::string empty = simulator().add_fault(
        {{"do", "status"},
         {"status", 403},
         {"shape", "refusal"},
         {"match", {{"path", "/v2/teams/42/memberships*"}}}}
    );
    sync();
    EXPECT_THAT(report(), HasSubstr("incomplete:"));
    EXPECT_THAT(links(), Not(HasSubstr("removed")));
    EXPECT_THAT(teams(), HasSubstr("42 Nordlicht team 42, members:"));
    simulator().remove_fault(empty);
    auto world = simulator().state();
    auto& memberships = world["memberships"].as_array();
    memberships.erase(memberships.begin() + 2);
    simulator().seed(world);
    sync();
    EXPECT_THAT(links(), HasSubstr("103 unmatched none removed"));
    EXPECT_THAT(report(), HasSubstr("1 removed"));
}

/// Its neighbours are told all the same, and it does not count as deleted.
TEST_F(TeamSync, LeavesOutAnEventTypeThatIsLargerThanIsKept) {
    sync();
    told();
    simulator().edit_event_type(4201, {{"description", std::string(70'000, 'x')}});
    simulator().edit_event_type(4301, {{"title", "Changed"}});
    sync();
    EXPECT_EQ(told(), "updated 4301");
    EXPECT_THAT(report(), HasSubstr("incomplete:"));
    EXPECT_THAT(
        ask("select report->'problems'->>0 from platform.team_syncs order by id desc limit 1"),
        HasSubstr("team 42, event type 4201: data[0].description: 70000 bytes, at most 65536 are "
                  "kept")
    );
    EXPECT_EQ(
        ask("select state from platform.team_event_type_mappings where calcom_event_type_id = 4201"
        ),
        "active"
    );
    simulator().edit_event_type(4201, {{"description", "short"}});
    sync();
    EXPECT_EQ(told(), "updated 4201");
    EXPECT_THAT(report(), HasSubstr("done:"));
}

/// jsonb takes no U+0000, wherever it stands.
TEST_F(TeamSync, LeavesOutAnEventTypeThatNoColumnTakes) {
    sync();
    told();
    simulator().edit_event_type(
        4201, {{"metadata", boost::json::object{{"note", std::string("a\0b", 3)}}}}
    );
    sync();
    EXPECT_EQ(told(), "");
    EXPECT_THAT(report(), HasSubstr("incomplete:"));
}

TEST_F(TeamSync, ThatLosesSightOfItsTeamFailsAndCallsNothingGone) {
    sync();
    told();
    sql("update platform.companies set calcom_team_id = 99 where id = 1");
    sync();
    EXPECT_THAT(report(), HasSubstr("failed:"));
    EXPECT_EQ(
        ask("select report->'problems'->>0 from platform.team_syncs order by id desc limit 1")
            .substr(0, 72),
        "companies.calcom_team_id: the company's key does not see team 99; its ow"
    );
    EXPECT_EQ(told(), "");
    EXPECT_EQ(
        ask("select count(*) from platform.team_event_type_mappings where state = 'active'"), "3"
    );
}

TEST_F(TeamSync, NamesTeamsThatTheKeysOwnerIsNotIn) {
    sync();
    auto world = simulator().state();
    auto& memberships = world["memberships"].as_array();
    memberships.erase(memberships.begin() + 4); // anna's of team 43
    simulator().seed(world);
    sync();
    EXPECT_THAT(report(), HasSubstr("incomplete:"));
    EXPECT_THAT(
        ask("select report->'problems'->>0 from platform.team_syncs order by id desc limit 1"),
        HasSubstr("team 43 was not read")
    );
}

TEST_F(TeamSync, FindsOrphansAndTellsTheirEnd) {
    simulator().edit_event_type(9001, {{"ownerId", 101}});
    sql("insert into platform.services (id, company_id, name, calcom_event_type_id, "
        "last_calcom_sync) "
        "overriding system value values (1, 1, 'Mine', 9001, now()), (2, 1, 'Gone', 9002, now()), "
        "(3, "
        "1, 'Never seen', 9003, null), (4, 1, 'Anybody', 4301, now()); delete from calfleet.outbox"
    );
    sync();
    EXPECT_EQ(told(), "created 4201, created 4202, created 4301, created 9001, deleted 9002");
    EXPECT_THAT(report(), HasSubstr("1 orphan"));
    simulator().delete_event_type(4301);
    sync();
    EXPECT_THAT(report(), HasSubstr("2 orphans"));
}

TEST_F(TeamSync, ResolvesTheChildrenOfManagedEventTypes) {
    sync();
    EXPECT_EQ(children(), "4202 102 4203 trusted, 4202 103 4204 trusted");
    const std::size_t asked = calls("/v2/event-types?username");
    sync();
    EXPECT_EQ(calls("/v2/event-types?username"), asked) << "trusted for a day";
    sql("update platform.calcom_event_map set child_resolved_at = now() - interval '25 hours' "
        "where "
        "calcom_user_id = 102");
    simulator().edit_event_type(4203, {{"hidden", true}});
    sync();
    EXPECT_EQ(
        children(),
        "4202 102 4203 no visible event type of this slug and user name: the member may have "
        "hidden "
        "his, or was unassigned, 4202 103 4204 trusted"
    );
    EXPECT_EQ(calls("/v2/event-types?username"), asked + 4U) << "asked again three times";
    simulator().delete_event_type(4204);
    sync();
    EXPECT_THAT(children(), HasSubstr("103 4204 the member is no host of the managed event type"));
}

TEST_F(TeamSync, AnswersAllRequestsOfAKindWithOneRun) {
    for (int i = 0; i < 5; ++i)
        request(SyncMode::Sync);
    request(SyncMode::Check);
    request(SyncMode::Sync, 43);
    start();
    ASSERT_TRUE(settled());
    EXPECT_EQ(calls("/v2/teams?") + calls("/v2/teams"), calls("/v2/teams"));
    EXPECT_EQ(
        ask("select count(*) || ' ' || count(distinct ended_at) from platform.team_syncs where "
            "outcome = 'done'"),
        "7 3"
    );
}

TEST_F(TeamSync, EndsAnyNumberOfEqualRequestsAndGetsToWhatIsBehindThem) {
    sql("insert into platform.team_syncs (company_id, mode, reason, event_id) select 1, 'sync', "
        "'asked', n::text from generate_series(1, 3000) n");
    request(SyncMode::Force);
    start();
    ASSERT_TRUE(settled());
    EXPECT_EQ(
        ask("select string_agg(mode || ' ' || n, ', ' order by mode desc) from (select mode, "
            "count(*) as n "
            "from platform.team_syncs where outcome = 'done' group by mode) as m"),
        "sync 3000, force 1"
    );
    EXPECT_EQ(ask("select count(*) from platform.team_syncs where ended_at is null"), "0");
}

/// What was seen yesterday by a process whose clock was a year ahead is no newer than today.
TEST_F(TeamSync, OrdersReadingsByTheDatabasesClock) {
    sync();
    told();
    sql("update platform.team_event_type_mappings set seen_at = now() + interval '400 days'");
    simulator().edit_event_type(4201, {{"title", "Together again"}});
    sync();
    EXPECT_EQ(
        ask("select count(*) from calfleet.outbox, jsonb_to_recordset(record_headers) as h (name "
            "text, text text) where topic = 'event-type-updated' and h.name = 'ce_time' and "
            "h.text::timestamptz > now()"),
        "0"
    );
    EXPECT_EQ(
        ask("select seen_at <= now() from platform.team_event_type_mappings where "
            "calcom_event_type_id = 4201"),
        "t"
    );
    EXPECT_EQ(told(), "updated 4201");
    // And never before what is known, when the database's own clock was set back.
    sql("update platform.team_event_type_mappings set seen_at = now() + interval '30 seconds'");
    simulator().edit_event_type(4201, {{"title", "Together once more"}});
    sync();
    EXPECT_EQ(
        ask("select count(*) from calfleet.outbox, jsonb_to_recordset(record_headers) as h (name "
            "text, text text) where h.name = 'ce_time' and h.text::timestamptz > (select "
            "max(seen_at) from platform.team_event_type_mappings where calcom_event_type_id <> "
            "4201)"),
        "1"
    );
}

class DailySync : public TeamSync {};

TEST_F(DailySync, FiresOnceADayWhoeverLooksByTheDatabasesClock) {
    sql("insert into platform.companies (id, name, calcom_team_id, is_active) overriding system "
        "value "
        "values (3, 'Off', 44, false), (4, 'Third', 45, true); delete from calfleet.outbox; update "
        "calfleet.sync_schedule set next_at = now() + interval '1 hour'");
    const Metrics metrics;
    const DailySchedule one("one", metrics), two("two", metrics);
    postgres::Session first({.dsn = database().dsn("calfleet_team_syncer")});
    postgres::Session second({.dsn = database().dsn("calfleet_team_syncer")});
    const auto asked = [&] {
        return ask(
            "select string_agg(company_id::text, ' ' order by id) from calfleet.outbox where "
            "topic = 'team-sync-requested'"
        );
    };
    ASSERT_TRUE(one.look(first));
    EXPECT_EQ(ask("select count(*) from calfleet.outbox"), "0");
    sql("update calfleet.sync_schedule set next_at = now() - interval '1 second'");
    ASSERT_TRUE(one.look(first));
    ASSERT_TRUE(two.look(second));
    EXPECT_EQ(asked(), "1 4");
    EXPECT_EQ(
        ask("select fired_by || (next_at at time zone 'UTC')::time || (next_at - now() between "
            "interval '0' and interval '1 day') from calfleet.sync_schedule"),
        "one00:30:00true"
    );
    sql("update calfleet.sync_schedule set next_at = now() - interval '5 days'");
    ASSERT_TRUE(two.look(second));
    ASSERT_TRUE(one.look(first));
    EXPECT_EQ(asked(), "1 4 1 4") << "missed days are made up for once";
    sql("update calfleet.sync_schedule set next_at = now() + interval '400 days'");
    ASSERT_TRUE(one.look(first));
    ASSERT_TRUE(one.look(first));
    EXPECT_EQ(asked(), "1 4 1 4 1 4") << "a schedule that a wrong clock moved away comes back";
}

} // namespace
} // namespace calfleet::team_syncer
