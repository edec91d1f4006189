#include "common/calcom/team.h"
#include "common/json/parser.h"

#include <gtest/gtest.h>

namespace calfleet::calcom {
namespace {

json::Value parsed(std::string_view text) {
    static json::Parser parser;
    return parser.parse(text).value();
}

std::vector<Membership> page(std::initializer_list<std::int64_t> ids) {
    std::vector<Membership> members;
    for (const std::int64_t id : ids) {
        Membership member;
        member.id = MembershipId{id};
        members.push_back(member);
    }
    return members;
}

TEST(Me, IsReadWithoutAnOrganizationToo) {
    const auto me = read_me(parsed(
        R"({"id":42,"email":"ana@example.org","name":null,"username":"ana","timeZone":"Europe/Berlin",)"
        R"("organizationId":null,"bio":"x"})"
    ));
    ASSERT_TRUE(me) << me.error().message;
    EXPECT_EQ(me->id, UserId{42});
    EXPECT_EQ(me->email, "ana@example.org");
    EXPECT_EQ(me->name, "");
    EXPECT_EQ(me->organization, std::nullopt);
    EXPECT_EQ(read_me(parsed(R"({"email":"x"})")).error().message, "data.id: missing");
}

TEST(Teams, AreReadWithTheirOrganization) {
    const auto teams = read_teams(parsed(
        R"([{"id":7,"parentId":3,"name":"Praxis","slug":"praxis","timeZone":"Europe/Berlin"},)"
        R"({"id":3,"parentId":null,"name":"Kette","isOrganization":true}])"
    ));
    ASSERT_TRUE(teams) << teams.error().message;
    ASSERT_EQ(teams->size(), 2U);
    EXPECT_EQ((*teams)[0].parent, TeamId{3});
    EXPECT_FALSE((*teams)[0].is_organization);
    EXPECT_TRUE((*teams)[1].is_organization);
}

TEST(Memberships, KeepInvitationsAsNotAccepted) {
    const auto members = read_memberships(parsed(
        R"([{"id":901,"userId":42,"teamId":7,"accepted":true,"role":"OWNER",)"
        R"("user":{"email":"ana@example.org","name":"Ana","username":"ana"}},)"
        R"({"id":902,"userId":43,"teamId":7,"accepted":false,"role":"JANITOR","user":null}])"
    ));
    ASSERT_TRUE(members) << members.error().message;
    ASSERT_EQ(members->size(), 2U);
    EXPECT_TRUE((*members)[0].accepted);
    EXPECT_EQ((*members)[0].role, Membership::Role::Owner);
    EXPECT_EQ((*members)[0].username, "ana");
    EXPECT_FALSE((*members)[1].accepted);
    EXPECT_EQ((*members)[1].role, Membership::Role::Other);
}

TEST(Memberships, ThatCannotBeReadAreNamedByTheirPlace) {
    const auto members =
        read_memberships(parsed(R"([{"id":1,"userId":1,"teamId":1},{"id":2,"teamId":1}])"));
    EXPECT_EQ(members.error().message, "data[1].userId: missing");
    EXPECT_FALSE(read_memberships(parsed("{}")));
}

TEST(MembershipCollector, IsCompleteAtTheFirstShortPage) {
    MembershipCollector collector;
    ASSERT_TRUE(collector.add(page({1, 2}), 2));
    EXPECT_FALSE(collector.complete());
    EXPECT_EQ(collector.next_skip(), 2U);
    ASSERT_TRUE(collector.add(page({}), 2));
    EXPECT_TRUE(collector.complete());
    EXPECT_TRUE(collector.certain());
    EXPECT_EQ(collector.take().size(), 2U);
}

TEST(MembershipCollector, KeepsARepeatedMemberOnceAndIsNoLongerCertain) {
    MembershipCollector collector;
    ASSERT_TRUE(collector.add(page({1, 2}), 2));
    ASSERT_TRUE(collector.add(page({2}), 2));
    EXPECT_TRUE(collector.complete());
    EXPECT_FALSE(collector.certain()) << "somebody may have slipped between the pages";
    EXPECT_EQ(collector.take().size(), 2U);
}

TEST(MembershipCollector, EndsAListWithoutEnd) {
    MembershipCollector collector;
    Result<> verdict{};
    for (int i = 0; i < 1000 && verdict; ++i)
        verdict = collector.add(std::vector<Membership>(kMembershipPage));
    ASSERT_FALSE(verdict);
    EXPECT_EQ(verdict.error().kind, ErrorKind::Invalid);
}

} // namespace
} // namespace calfleet::calcom
