// What becomes of a host's mapping.

#include "workers/host-mapper/job.h"

#include <gtest/gtest.h>

namespace calfleet::host_mapper {
namespace {

using matching::Decision;
using matching::Match;
using matching::Source;

MappingRow row(MappingState state) {
    MappingRow mapping;
    mapping.id = MappingId{5};
    mapping.state = state;
    mapping.staff = StaffId{3};
    mapping.source = "name";
    mapping.staff_version = 4;
    mapping.staff_in_company = mapping.staff_active = true;
    mapping.host_name = "Anna Albrecht";
    return mapping;
}

HostSighting host(std::string_view name = "Anna Albrecht") {
    return {.company = CompanyId{17}, .key = "101", .id = "101", .name = name, .wants_staff = true};
}

TEST(NextMove, UsesAnActiveMappingWhateverTheStaffListDidSince) {
    EXPECT_EQ(next_move(row(MappingState::Active), host("Somebody Else"), 99), Move::Use);
}

TEST(NextMove, DoubtsAnUnattendedLinkWhoseAccountHasAnotherNameOrMailbox) {
    MappingRow linked = row(MappingState::Active);
    linked.host_email = "anna@example.com";
    linked.last_seen_at = Instant{std::chrono::hours{10}};
    HostSighting renamed = host("Somebody Else");
    renamed.as_of = Instant{std::chrono::hours{11}};
    HostSighting moved = host();
    moved.as_of = renamed.as_of;
    moved.email = "bo@example.com";
    HostSighting same = moved;
    same.email = " ANNA@Example.com ";
    for (const char* source : {"email", "name", "fuzzy"}) {
        linked.source = source;
        EXPECT_EQ(next_move(linked, renamed, 4), Move::Doubt);
        EXPECT_EQ(next_move(linked, moved, 4), Move::Doubt);
        EXPECT_EQ(next_move(linked, same, 4), Move::Use);
    }
    renamed.as_of = Instant{std::chrono::hours{10}};
    EXPECT_EQ(next_move(linked, renamed, 4), Move::Use) << "told before the last sighting";
    moved.wants_staff = false;
    EXPECT_EQ(next_move(linked, moved, 4), Move::Use) << "nobody must serve it";
    moved.wants_staff = true;
    for (const char* source : {"manual", "admin"}) {
        linked.source = source;
        EXPECT_EQ(next_move(linked, moved, 4), Move::Use) << "a person's link stands";
    }
}

TEST(Conclude, LeavesADoubtedLinkToAPersonUnlessItIsFoundAgain) {
    MappingRow before = row(MappingState::Active);
    EXPECT_EQ(
        conclude_doubt({Decision::Link, "3", 95, Source::Email, {}}, before).state,
        MappingState::Active
    );
    const Conclusion other = conclude_doubt({Decision::Link, "8", 95, Source::Email, {}}, before);
    EXPECT_EQ(other.state, MappingState::Review);
    EXPECT_EQ(other.staff, StaffId{8}) << "the candidate";
    EXPECT_EQ(other.reasons.back().code, "mapping.account_changed");
    const Conclusion nobody = conclude_doubt({Decision::None, "", 0, Source::None, {}}, before);
    EXPECT_EQ(nobody.state, MappingState::Review);
    EXPECT_EQ(nobody.staff, std::nullopt);
}

Conclusion link() {
    return {MappingState::Active, StaffId{3}, "name", 75, {}};
}

TEST(EventTypes, ThatNameOthersMakeALinkAQuestion) {
    const std::vector<EventTypeHosts> others{{7001, {{.user_id = 55, .username = "bo"}}}};
    Conclusion found = link();
    weigh_event_types(found, host(), "anna", others);
    EXPECT_EQ(found.state, MappingState::Review);
    EXPECT_EQ(found.staff, StaffId{3}) << "the candidate";
    ASSERT_FALSE(found.reasons.empty());
    EXPECT_EQ(found.reasons.back().code, "event_type.not_a_host");
    EXPECT_NE(found.reasons.back().text.find("7001"), std::string::npos);
}

TEST(EventTypes, ThatNameTheHostOrNobodyChangeNothing) {
    const EventTypeHosts own{
        7001, {{.user_id = 55, .username = "bo"}, {.user_id = 101, .username = ""}}};
    const EventTypeHosts nobody{7002, {}};
    const EventTypeHosts others{7003, {{.user_id = 55, .username = "anna"}}};
    Conclusion found = link();
    weigh_event_types(found, host(), "anna", std::vector{own, nobody});
    EXPECT_EQ(found.state, MappingState::Active);
    weigh_event_types(found, host(), "anna", std::vector{own, others});
    EXPECT_EQ(found.state, MappingState::Review) << "one of its bookings is not its own";
}

TEST(EventTypes, KnowAHostWithoutAnIdByItsUserName) {
    const std::vector<EventTypeHosts> types{{7001, {{.user_id = 55, .username = "Anna"}}}};
    HostSighting nameless = host();
    nameless.id = {};
    Conclusion found = link();
    weigh_event_types(found, nameless, " anna", types);
    EXPECT_EQ(found.state, MappingState::Active);
    weigh_event_types(found, nameless, "", types);
    EXPECT_EQ(found.state, MappingState::Active) << "known by neither";
    weigh_event_types(found, nameless, "bo", types);
    EXPECT_EQ(found.state, MappingState::Review);
}

TEST(EventTypes, DoubtNoMoreThanALink) {
    const std::vector<EventTypeHosts> others{{7001, {{.user_id = 55, .username = {}}}}};
    for (const MappingState state : {MappingState::Review, MappingState::Unmatched}) {
        Conclusion found = link();
        found.state = state;
        weigh_event_types(found, host(), "anna", others);
        EXPECT_EQ(found.state, state);
        EXPECT_TRUE(found.reasons.empty());
    }
}

TEST(NextMove, GivesALinkThatNobodyDecidedToWhoseAccountItIs) {
    MappingRow linked = row(MappingState::Active);
    linked.account = StaffId{8};
    for (const char* source : {"email", "name", "fuzzy", "account"}) {
        linked.source = source;
        EXPECT_EQ(next_move(linked, host(), 4), Move::Redecide);
        EXPECT_TRUE(may_have_kin(linked, host(), Move::Redecide));
    }
    HostSighting ended = host();
    ended.wants_staff = false;
    EXPECT_EQ(next_move(linked, ended, 4), Move::Use);
    linked.account = linked.staff;
    EXPECT_EQ(next_move(linked, host(), 4), Move::Use);
    linked.account = StaffId{8};
    linked.source = "manual";
    EXPECT_EQ(next_move(linked, host(), 4), Move::Use) << "a person's link stands";
}

TEST(AccountNews, OfAPersonsLinkAreWhatTheAccountIsCalledNow) {
    MappingRow decided = row(MappingState::Active);
    decided.source = "manual";
    decided.last_seen_at = Instant{std::chrono::hours{10}};
    HostSighting renamed = host("Somebody Else");
    renamed.as_of = Instant{std::chrono::hours{11}};
    AccountNews news = account_news(decided, renamed);
    EXPECT_EQ(news.name, "Somebody Else");
    EXPECT_TRUE(news.is_change);
    decided.account_name = "somebody else";
    EXPECT_TRUE(account_news(decided, renamed).empty()) << "noted already";
    HostSighting back = host(" anna albrecht ");
    back.as_of = renamed.as_of;
    EXPECT_EQ(account_news(decided, back).name, "anna albrecht") << "called as then once more";

    HostSighting mailbox = host("");
    mailbox.as_of = renamed.as_of;
    mailbox.email = "anna@example.com";
    news = account_news(decided, mailbox);
    EXPECT_EQ(news.email, "anna@example.com");
    EXPECT_FALSE(news.is_change) << "it had not been told when they decided";
    mailbox.as_of = Instant{std::chrono::hours{10}};
    EXPECT_TRUE(account_news(decided, mailbox).empty()) << "told before the last sighting";
    decided.source = "email";
    EXPECT_TRUE(account_news(decided, renamed).empty()) << "such a link is doubted instead";
}

TEST(News, OfAHostIsAnHourOrAnotherZone) {
    MappingRow known = row(MappingState::Active);
    HostSighting seen = host();
    seen.as_of = Instant{std::chrono::hours{10}};
    EXPECT_TRUE(is_news(known, seen));
    known.last_seen_at = seen.as_of;
    EXPECT_FALSE(is_news(known, seen));
    seen.as_of += std::chrono::minutes{60};
    EXPECT_FALSE(is_news(known, seen));
    seen.time_zone = "Europe/Berlin";
    EXPECT_TRUE(is_news(known, seen));
    known.host_time_zone = "Europe/Berlin";
    EXPECT_FALSE(is_news(known, seen));
    seen.as_of += std::chrono::microseconds{1};
    EXPECT_TRUE(is_news(known, seen));
    EXPECT_FALSE(is_news(row(MappingState::Review), HostSighting{})) << "no event";
}

TEST(NextMove, DecidesAboutAHostNeverSeen) {
    EXPECT_EQ(next_move(std::nullopt, host(), 4), Move::Decide);
}

TEST(NextMove, PutsAMappingAwayWhoseStaffMemberIsGone) {
    MappingRow departed = row(MappingState::Active);
    departed.staff_active = false;
    EXPECT_EQ(next_move(departed, host(), 4), Move::Invalidate);
    EXPECT_EQ(invalidation_reason(departed).code, "mapping.staff_inactive");
    departed.staff_in_company = false;
    EXPECT_EQ(next_move(departed, host(), 4), Move::Invalidate);
    EXPECT_EQ(invalidation_reason(departed).code, "mapping.staff_left");
}

TEST(NextMove, LooksAgainAtAWaitingHostOnlyWhenSomethingChanged) {
    for (const MappingState state : {MappingState::Review, MappingState::Unmatched}) {
        EXPECT_EQ(next_move(row(state), host(), 4), Move::Use);
        EXPECT_EQ(next_move(row(state), host(), 5), Move::Redecide) << "the staff changed";
        EXPECT_EQ(next_move(row(state), host("Anna Berg"), 4), Move::Redecide)
            << "the host changed";
        EXPECT_EQ(next_move(row(state), host(""), 4), Move::Use) << "a name left out is no change";
    }
}

TEST(NextMove, DecidesNothingForEndedBookings) {
    HostSighting ended = host();
    ended.wants_staff = false;
    EXPECT_EQ(next_move(std::nullopt, ended, 4), Move::Leave);
    EXPECT_EQ(next_move(row(MappingState::Review), ended, 9), Move::Leave);
    EXPECT_EQ(next_move(row(MappingState::Active), ended, 9), Move::Use);
}

TEST(Conclude, LinksReviewsOrLeavesUnmatchedAsTheMatcherSays) {
    const Conclusion linked = conclude({Decision::Link, "3", 95, Source::Email, {}}, false);
    EXPECT_EQ(linked.state, MappingState::Active);
    EXPECT_EQ(linked.staff, StaffId{3});
    EXPECT_EQ(linked.source, "email");
    const Conclusion review = conclude({Decision::Review, "3", 60, Source::Fuzzy, {}}, false);
    EXPECT_EQ(review.state, MappingState::Review);
    EXPECT_EQ(review.staff, StaffId{3});
    const Conclusion none = conclude({Decision::None, "", 0, Source::None, {}}, false);
    EXPECT_EQ(none.state, MappingState::Unmatched);
    EXPECT_EQ(none.staff, std::nullopt);
    EXPECT_EQ(none.source, "none");
}

TEST(Conclude, OnlyAsksWhereAPersonHasDecidedBefore) {
    const Conclusion asked = conclude({Decision::Link, "3", 95, Source::Email, {}}, true);
    EXPECT_EQ(asked.state, MappingState::Review);
    ASSERT_EQ(asked.reasons.size(), 1u);
    EXPECT_EQ(asked.reasons[0].code, "mapping.person_decided");
    EXPECT_FALSE(asked.reasons[0].in_favour);
}

TEST(AssignmentOfABooking, SaysHowTheStaffMemberWasFound) {
    EXPECT_EQ(assignment(row(MappingState::Active), true, true).how, "name");
    EXPECT_EQ(assignment(row(MappingState::Active), false, true).how, "mapping");
    EXPECT_EQ(assignment(row(MappingState::Active), false, true).found_by, "name");
    MappingRow by_hand = row(MappingState::Active);
    by_hand.source = "admin";
    EXPECT_EQ(assignment(by_hand, false, true).found_by, "mapping");
    EXPECT_EQ(assignment(row(MappingState::Review), true, true).found_by, "review");
    EXPECT_EQ(assignment(row(MappingState::Active), false, false).staff, StaffId{3});
    EXPECT_EQ(assignment(row(MappingState::Review), true, true).how, "review");
    EXPECT_EQ(assignment(row(MappingState::Review), true, true).staff, std::nullopt);
    EXPECT_EQ(assignment(row(MappingState::Unmatched), false, true).how, "unmatched");
    EXPECT_EQ(assignment(std::nullopt, false, true).how, "unmatched");
    EXPECT_EQ(assignment(row(MappingState::Review), false, false).how, "none");
    EXPECT_EQ(assignment(std::nullopt, false, false).how, "none");
}

TEST(AssignmentOfABooking, NeverUsesADepartedStaffMember) {
    MappingRow departed = row(MappingState::Active);
    departed.staff_active = false;
    EXPECT_EQ(assignment(departed, false, true).staff, std::nullopt);
    EXPECT_EQ(assignment(departed, false, true).how, "unmatched");
}

TEST(AuditOfADecision, TellsBeforeAndAfter) {
    const Conclusion conclusion = conclude({Decision::Link, "3", 95, Source::Email, {}}, false);
    const Audit first = audit_of(Move::Decide, host(), std::nullopt, conclusion);
    EXPECT_EQ(first.action, "decided");
    EXPECT_FALSE(first.before);
    EXPECT_EQ(first.source, "email");
    const Audit again = audit_of(Move::Redecide, host(), row(MappingState::Review), conclusion);
    EXPECT_EQ(again.action, "redecided");
    ASSERT_TRUE(again.before);
    EXPECT_EQ(again.before->state, MappingState::Review);
    EXPECT_EQ(again.before->source, "name");
}

} // namespace
} // namespace calfleet::host_mapper
