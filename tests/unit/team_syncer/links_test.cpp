#include "workers/team-syncer/links.h"

#include <gtest/gtest.h>

namespace calfleet::team_syncer {
namespace {

constexpr StaffId kAnna{11};
constexpr StaffId kBruno{12};

Link linked(StaffId staff, std::string source, int score = 95) {
    return {LinkState::Linked, staff, std::move(source), score};
}

std::string text(const std::optional<Link>& link) {
    if (!link) return "match";
    std::string result(name(link->state));
    if (link->staff) result += " " + std::to_string(link->staff->value);
    return result + " " + link->source;
}

TEST(KnownLink, OfAPersonStandsForEver) {
    LinkFacts facts{.known = linked(kAnna, "manual"), .known_staff_active = true};
    facts.known_is_outdated = true;
    facts.mapping = linked(kBruno, "manual");
    facts.account_of = kBruno;
    EXPECT_EQ(text(known_link(facts)), "linked 11 manual");
}

TEST(KnownLink, OfAPersonToSomebodyWhoLeftIsAQuestion) {
    const LinkFacts facts{.known = linked(kAnna, "admin"), .known_staff_active = false};
    EXPECT_EQ(text(known_link(facts)), "review 11 admin");
}

TEST(KnownLink, FollowsThePersonWhoMappedTheHost) {
    const LinkFacts facts{
        .known = linked(kBruno, "email"),
        .known_staff_active = true,
        .mapping = linked(kAnna, "admin"),
        .account_of = kBruno};
    EXPECT_EQ(text(known_link(facts)), "linked 11 mapping");
}

TEST(KnownLink, OfAMappingAndAnAccountThatDisagreeIsAQuestion) {
    LinkFacts facts{.mapping = linked(kAnna, "email"), .account_of = kBruno};
    EXPECT_EQ(text(known_link(facts)), "review 11 mapping");
    facts.account_of = kAnna;
    EXPECT_EQ(text(known_link(facts)), "linked 11 mapping");
    facts.account_of.reset();
    EXPECT_EQ(text(known_link(facts)), "linked 11 mapping");
}

TEST(KnownLink, IsTheStaffMembersWhoseAccountItIs) {
    EXPECT_EQ(text(known_link({.account_of = kBruno})), "linked 12 mapping");
}

TEST(KnownLink, IsKeptAsLongAsTheStaffMemberIsThere) {
    LinkFacts facts{.known = linked(kAnna, "name"), .known_staff_active = true};
    facts.known_is_outdated = true;
    EXPECT_EQ(text(known_link(facts)), "linked 11 name");
    facts.known_staff_active = false;
    EXPECT_EQ(text(known_link(facts)), "match");
}

TEST(KnownLink, ThatIsNoneIsLookedAtAgainWhenSomethingChanged) {
    LinkFacts facts{.known = Link{}};
    EXPECT_EQ(text(known_link(facts)), "unmatched none");
    facts.known_is_outdated = true;
    EXPECT_EQ(text(known_link(facts)), "match");
    EXPECT_EQ(text(known_link({})), "match");
}

TEST(LinkOfAMatch, IsNoMoreThanAQuestionOnceAPersonHasDecided) {
    const matching::Match match{
        .decision = matching::Decision::Link,
        .staff_id = "11",
        .score = 95,
        .source = matching::Source::Email};
    EXPECT_EQ(text(link_of(match, false)), "linked 11 email");
    EXPECT_EQ(text(link_of(match, true)), "review 11 email");
    EXPECT_EQ(text(link_of({}, false)), "unmatched none");
}

TEST(TakenStaff, MakesASecondAccountOfAPersonAQuestion) {
    TakenStaff taken;
    taken.take(kAnna, calcom::UserId{1});
    EXPECT_EQ(text(taken.settle(linked(kAnna, "name"), calcom::UserId{1})), "linked 11 name");
    EXPECT_EQ(text(taken.settle(linked(kAnna, "name"), calcom::UserId{2})), "review 11 name");
    EXPECT_EQ(text(taken.settle(linked(kBruno, "name"), calcom::UserId{2})), "linked 12 name");
    EXPECT_EQ(text(taken.settle(linked(kBruno, "name"), calcom::UserId{3})), "review 12 name");
}

} // namespace
} // namespace calfleet::team_syncer
