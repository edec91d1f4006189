// Whether a decision about a mapping still fits what is there.

#include "workers/calfleet/mapping_verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calfleet::cli {
namespace {

using testing::HasSubstr;
using Kind = Verdict::Kind;

const Instant kSeen{std::chrono::hours{1}};

MappingFacts in_review() {
    return {
        .mapping = MappingId{5},
        .company = CompanyId{1},
        .host = "101",
        .state = "review",
        .source = "fuzzy",
        .decided_by = "host-mapper",
        .staff = 11,
        .decided_at = kSeen,
        .staff_in_company = true,
        .staff_active = true};
}
SeenDecision decision(MappingVerb verb, std::optional<StaffId> staff = StaffId{11}) {
    return {.mapping = MappingId{5}, .seen = kSeen, .verb = verb, .staff = staff};
}

TEST(Judge, LetsADecisionPassAboutWhatWasSeen) {
    for (const MappingVerb verb : {MappingVerb::Approve, MappingVerb::Assign, MappingVerb::PutAway})
        EXPECT_EQ(judge(decision(verb), in_review()).kind, Kind::Do);
}

TEST(Judge, RefusesWhatWasDecidedMeanwhileAndSaysByWhom) {
    MappingFacts facts = in_review();
    facts.decided_at += Microseconds{1};
    EXPECT_THAT(
        judge(decision(MappingVerb::Approve), facts).why_not,
        HasSubstr("mapping 5 was decided meanwhile: review, by host-mapper at 1970-01-01T01:00")
    );
    facts.state = "active";
    facts.source = "manual";
    facts.staff = 12;
    EXPECT_THAT(
        judge(decision(MappingVerb::PutAway), facts).why_not,
        HasSubstr("active for staff member 12")
    );
}

TEST(Judge, KnowsWhatIsDoneAlready) {
    MappingFacts facts = in_review();
    facts.decided_at += Microseconds{1};
    facts.state = "active";
    facts.source = "admin";
    EXPECT_EQ(judge(decision(MappingVerb::Approve), facts).kind, Kind::Already);
    EXPECT_EQ(judge(decision(MappingVerb::Assign, StaffId{12}), facts).kind, Kind::Refused);
    facts.source = "email";
    EXPECT_EQ(judge(decision(MappingVerb::Approve), facts).kind, Kind::Refused)
        << "no person decided it";
    facts.state = "inactive";
    facts.source = "manual";
    EXPECT_EQ(judge(decision(MappingVerb::PutAway, {}), facts).kind, Kind::Already);
}

TEST(Judge, RefusesWhomNobodyCanBeLinkedTo) {
    EXPECT_THAT(
        judge(decision(MappingVerb::Approve), std::nullopt).why_not, HasSubstr("no mapping 5")
    );
    MappingFacts facts = in_review();
    facts.staff = 12;
    EXPECT_EQ(judge(decision(MappingVerb::Approve), facts).kind, Kind::Refused)
        << "another candidate";
    facts = in_review();
    facts.state = "unmatched";
    EXPECT_EQ(judge(decision(MappingVerb::Approve), facts).kind, Kind::Refused);
    EXPECT_EQ(judge(decision(MappingVerb::Assign), facts).kind, Kind::Do);
    EXPECT_EQ(judge(decision(MappingVerb::Approve, {}), facts).kind, Kind::Refused);
    facts = in_review();
    facts.staff_active = false;
    EXPECT_THAT(judge(decision(MappingVerb::Assign), facts).why_not, HasSubstr("is not active"));
    facts.staff_in_company = false;
    EXPECT_THAT(
        judge(decision(MappingVerb::Assign), facts).why_not,
        HasSubstr("there is no staff member 11 of company 1")
    );
    facts = in_review();
    facts.state = "inactive";
    EXPECT_EQ(judge(decision(MappingVerb::Assign), facts).kind, Kind::Refused);
}

} // namespace
} // namespace calfleet::cli
