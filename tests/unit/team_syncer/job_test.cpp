#include "workers/team-syncer/job.h"

#include <gtest/gtest.h>

#include <array>

namespace calfleet::team_syncer {
namespace {

using calcom::EventTypeId;
using calcom::Membership;
using calcom::MembershipId;
using calcom::Team;
using calcom::TeamId;
using calcom::UserId;

Team team(std::int64_t id, std::int64_t parent = 0) {
    Team one;
    one.id = TeamId{id};
    if (parent != 0) one.parent = TeamId{parent};
    return one;
}

std::string ids(const Result<std::vector<Team>>& teams) {
    if (!teams) return teams.error().message;
    std::string text;
    for (const Team& one : *teams)
        text += std::to_string(one.id.value) + " ";
    return text;
}

TEST(TeamsOfCompany, AreItsOwnAndThoseBelowAtAnyDepthRootFirst) {
    const std::array seen{team(5, 4), team(77), team(4, 42), team(42), team(78, 77), team(6, 42)};
    EXPECT_EQ(ids(teams_of_company(seen, TeamId{42}, {})), "42 5 4 6 ");
    EXPECT_EQ(ids(teams_of_company(seen, TeamId{42}, TeamId{5})), "5 ");
}

TEST(TeamsOfCompany, AreNotThoseOfOthersWhoeverAsksForThem) {
    const std::array seen{team(42), team(77)};
    const auto foreign = teams_of_company(seen, TeamId{42}, TeamId{77});
    ASSERT_FALSE(foreign);
    EXPECT_EQ(foreign.error().kind, ErrorKind::NotFound);
    EXPECT_EQ(
        foreign.error().message, "team_id: 77 is neither team 42 of the company nor below it"
    );
    EXPECT_FALSE(teams_of_company(seen, TeamId{1}, {}));
    EXPECT_FALSE(teams_of_company({}, TeamId{42}, {}));
}

TEST(TeamsOfCompany, SurviveATeamThatIsItsOwnParent) {
    const std::array seen{team(42, 42), team(43, 44), team(44, 43)};
    EXPECT_EQ(ids(teams_of_company(seen, TeamId{42}, {})), "42 ");
}

/// One row of the table in job.h. known: '-' none, 'a' active, 'd' deleted, 's' deleted but sold.
struct Row {
    char known;
    bool found;
    bool same_digest;
    std::string_view sync, force;
};

std::string told(const Row& row, SyncMode mode) {
    std::vector<KnownEventType> known;
    if (row.known != '-')
        known.push_back(
            {.id = EventTypeId{7},
             .active = row.known == 'a',
             .sold = row.known == 's',
             .digest = "old"}
        );
    std::vector<FoundEventType> found;
    if (row.found) found.push_back({EventTypeId{7}, row.same_digest ? "old" : "new"});
    const auto result = differences(known, found, mode);
    EXPECT_LE(result.size(), 1U);
    return result.empty() ? "" : std::string(events::name(result[0].change));
}

TEST(Differences, FollowTheTable) {
    const std::array rows{
        Row{'-', true, false, "created", "created"},
        Row{'d', true, true, "created", "created"},
        Row{'s', true, false, "created", "created"},
        Row{'a', true, true, "", "updated"},
        Row{'a', true, false, "updated", "updated"},
        Row{'a', false, false, "deleted", "deleted"},
        Row{'d', false, false, "", ""},
        Row{'s', false, false, "deleted", "deleted"},
        Row{'-', false, false, "", ""}};
    for (const Row& row : rows) {
        EXPECT_EQ(told(row, SyncMode::Sync), row.sync) << row.known << row.found << row.same_digest;
        EXPECT_EQ(told(row, SyncMode::Check), row.sync)
            << row.known << row.found << row.same_digest;
        EXPECT_EQ(told(row, SyncMode::Force), row.force)
            << row.known << row.found << row.same_digest;
    }
}

TEST(Differences, CallAnEventTypeThatIsGoneAndSoldAnOrphan) {
    const std::array known{
        KnownEventType{.id = EventTypeId{1}, .active = true, .sold = true},
        KnownEventType{.id = EventTypeId{2}, .active = true, .sold = false}};
    const auto result = differences(known, {}, SyncMode::Sync);
    ASSERT_EQ(result.size(), 2U);
    EXPECT_TRUE(result[0].orphan);
    EXPECT_FALSE(result[1].orphan);
    EXPECT_EQ(missing(known, {}).size(), 2U);
}

Membership member(std::int64_t user) {
    Membership one;
    one.id = MembershipId{user + 1000};
    one.user = UserId{user};
    one.team = TeamId{42};
    return one;
}

TEST(RemovedMembers, AreThoseThatACertainListLacks) {
    const std::array known{UserId{1}, UserId{2}, UserId{3}};
    const std::array list{member(1), member(3), member(4)};
    const auto removed = removed_members(known, list, true);
    ASSERT_EQ(removed.size(), 1U);
    EXPECT_EQ(removed[0], UserId{2});
}

TEST(RemovedMembers, AreNoneWhenTheListIsInDoubtOrEmpty) {
    const std::array known{UserId{1}, UserId{2}};
    const std::array list{member(1)};
    EXPECT_TRUE(removed_members(known, list, false).empty());
    EXPECT_TRUE(removed_members(known, {}, true).empty()) << "whoever reads it is a member";
}

TEST(ReportSentence, SaysWhatMattersInOneLine) {
    const Report report{
        .teams = 3,
        .members = 41,
        .pending = 2,
        .linked = 37,
        .review = 4,
        .event_types = 12,
        .orphans = 1};
    EXPECT_EQ(
        sentence(report),
        "3 teams, 41 members (2 pending), 37 staff linked, 4 for review, 12 event types, 1 orphan"
    );
    EXPECT_EQ(
        sentence({.teams = 1, .members = 1}), "1 team, 1 member, 0 staff linked, 0 event types"
    );
}

TEST(ReportSentence, CountsProblemsAndTheDocumentNamesThem) {
    Report report{.teams = 1};
    report.add({.teams = 1, .members = 2, .problems = {"team 43, members: \"no\""}});
    EXPECT_EQ(sentence(report), "2 teams, 2 members, 0 staff linked, 0 event types, 1 problem");
    const std::string json = json_of(report, SyncMode::Check, Instant{});
    EXPECT_NE(json.find(R"("mode":"check")"), std::string::npos) << json;
    EXPECT_NE(json.find(R"("problems":["team 43, members: \"no\""])"), std::string::npos) << json;
}

} // namespace
} // namespace calfleet::team_syncer
