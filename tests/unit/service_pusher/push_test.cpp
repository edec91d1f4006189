// What a push decides at every step.

#include "workers/service-pusher/job.h"

#include "common/events/event_type_updated.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calfleet::service_pusher {
namespace {

using calcom::Confirmation;
using calcom::EventType;
using calcom::EventTypeId;
using calcom::KeyState;
using calcom::TeamId;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

Service haircut() {
    Service service;
    service.id = ServiceId{7};
    service.version = 4;
    service.wanted = {.title = "Haircut", .length_minutes = 45, .active = true};
    service.event_type = EventTypeId{7001};
    return service;
}

/// As the platform wants it.
EventType at_calcom() {
    EventType event_type;
    event_type.id = EventTypeId{7001};
    event_type.title = "Haircut";
    event_type.length_minutes = 45;
    return event_type;
}

Facts facts(Service service = haircut(), ForeignEdits edits = ForeignEdits::Overwritten) {
    return {.company_active = true, .foreign_edits = edits, .service = std::move(service)};
}

Pushed pushed_as(const EventType& event_type) {
    return {.fields = fields_of(event_type), .unconfirmed = {}};
}

const Settled& settled(const Step& step) {
    static const Settled kNone{job::Retry{{"test", "not settled"}}, {}};
    const auto* end = std::get_if<Settled>(&step);
    EXPECT_NE(end, nullptr) << "the push is not settled";
    return end != nullptr ? *end : kNone;
}

template <class Outcome>
std::string code_of(const Settled& end) {
    const auto* outcome = std::get_if<Outcome>(&end.outcome);
    return outcome != nullptr ? outcome->reason.code : "another outcome";
}

calcom::Setback definite(calcom::Refusal refusal, std::string text = "") {
    calcom::Definite definite;
    definite.refusal = refusal;
    definite.text = std::move(text);
    return definite;
}

calcom::Setback not_found() {
    return definite(calcom::Refusal::NotFound);
}

TEST(Push, LooksAtThePersonalEventTypeOrAtTheTeamsOne) {
    Push personal(facts());
    EXPECT_EQ(std::get<Look>(personal.begin()).endpoint, (Endpoint{EventTypeId{7001}, {}}));
    EXPECT_EQ(personal.state(), State::Looking);
    Service of_team = haircut();
    of_team.team = TeamId{42};
    Push team(facts(of_team));
    EXPECT_EQ(std::get<Look>(team.begin()).endpoint, (Endpoint{EventTypeId{7001}, TeamId{42}}));
}

TEST(Push, AsksNobodyWhenThereIsNothingToPush) {
    Push gone(Facts{.company_active = true, .service = std::nullopt});
    EXPECT_EQ(code_of<job::Discard>(settled(gone.begin())), "service_gone");
    Service unlinked = haircut();
    unlinked.event_type.reset();
    Push nowhere(facts(unlinked));
    EXPECT_EQ(code_of<job::Discard>(settled(nowhere.begin())), "no_event_type");
    Facts off = facts();
    off.company_active = false;
    Push inactive(off);
    EXPECT_EQ(code_of<job::DeadLetter>(settled(inactive.begin())), "inactive_company");
    EXPECT_EQ(inactive.state(), State::Ended);
}

TEST(Push, OfWhatCalcomWouldTakeWithoutAWordAndGetWrongIsAnErrorBeforeAnyCall) {
    Service service = haircut();
    service.wanted.length_minutes = 0;
    Push push(facts(service));
    const Step step = push.begin();
    const Settled& end = settled(step);
    EXPECT_EQ(code_of<job::Discard>(end), "invalid_service");
    ASSERT_TRUE(end.result);
    EXPECT_EQ(end.result->end, SyncEnd::Failed);
    EXPECT_THAT(end.result->error, HasSubstr("lengthInMinutes"));
}

TEST(Push, SendsNothingWhenNothingDiffers) {
    Push push(facts());
    push.begin();
    const Step step = push.resume(at_calcom());
    const Settled& end = settled(step);
    EXPECT_TRUE(std::holds_alternative<job::Completed>(end.outcome));
    ASSERT_TRUE(end.result);
    EXPECT_EQ(end.result->end, SyncEnd::Unchanged);
    EXPECT_EQ(end.result->pushed->fields, fields_of(at_calcom()));
    EXPECT_TRUE(end.result->before.empty());
}

TEST(Push, SendsOnlyTheFieldsThatDiffer) {
    Push push(facts());
    push.begin();
    EventType other = at_calcom();
    other.length_minutes = 30;
    const Step step = push.resume(other);
    const auto& change = std::get<Change>(step);
    EXPECT_EQ(change.sent, (Fields{.length_minutes = 45}));
    EXPECT_EQ(push.state(), State::Changing);
    const Step last = push.resume(at_calcom());
    const Settled& end = settled(last);
    EXPECT_TRUE(std::holds_alternative<job::Completed>(end.outcome));
    EXPECT_EQ(end.result->end, SyncEnd::Changed);
    EXPECT_EQ(end.result->before, (Fields{.length_minutes = 30}));
    EXPECT_EQ(end.result->after, (Fields{.length_minutes = 45}));
}

TEST(Push, HasNoOpinionAboutFieldsThatThePlatformLeavesOpen) {
    Push push(facts());
    push.begin();
    EventType other = at_calcom();
    other.description = "written at Cal.com";
    other.guests_disabled = true;
    EXPECT_EQ(settled(push.resume(other)).result->end, SyncEnd::Unchanged);
}

TEST(Push, IsContentWithAnyPolicyThatAsksForConfirmation) {
    Service service = haircut();
    service.wanted.requires_confirmation = true;
    EventType asks = at_calcom();
    asks.confirmation.when = Confirmation::When::ShortNotice;
    Push content(facts(service));
    content.begin();
    EXPECT_EQ(settled(content.resume(asks)).result->end, SyncEnd::Unchanged);
    Push asking(facts(service));
    asking.begin();
    const Step step = asking.resume(at_calcom());
    EXPECT_EQ(patch_of(std::get<Change>(step).sent).confirmation->when, Confirmation::When::Always);
}

TEST(Push, ChangesATeamsEventTypeThroughTheTeamAlsoWhenItWasReadAsAPersonalOne) {
    Push push(facts());
    push.begin();
    EventType of_team = at_calcom();
    of_team.team = TeamId{42};
    of_team.title = "Old";
    const Step step = push.resume(of_team);
    EXPECT_EQ(std::get<Change>(step).endpoint, (Endpoint{EventTypeId{7001}, TeamId{42}}));
    of_team.title = "Haircut";
    EXPECT_EQ(settled(push.resume(of_team)).result->endpoint.team, TeamId{42});
}

TEST(Push, NamesTheFieldsThatCalcomAcceptedAndDropped) {
    Push push(facts());
    push.begin();
    EventType old = at_calcom();
    old.length_minutes = 30;
    old.title = "Old";
    push.resume(old);
    EventType answered = old;
    answered.title = "Haircut";
    const Step step = push.resume(answered);
    const Settled& end = settled(step);
    EXPECT_EQ(code_of<job::Discard>(end), "fields_dropped");
    EXPECT_EQ(end.result->end, SyncEnd::Failed);
    EXPECT_THAT(end.result->error, HasSubstr("duration_minutes (sent 45, Cal.com has 30)"));
    EXPECT_THAT(end.result->error, testing::Not(HasSubstr("name (")));
    EXPECT_EQ(end.result->pushed->fields.length_minutes, 30) << "what Cal.com has is what it has";
}

TEST(Push, OfAVanishedEventTypeIsAnErrorThatSaysSoAndNoRetry) {
    Push push(facts());
    push.begin();
    const Step step = push.resume(Refused{not_found(), KeyState::Unknown});
    const Settled& end = settled(step);
    EXPECT_EQ(code_of<job::Discard>(end), "event_type_gone");
    EXPECT_EQ(end.result->end, SyncEnd::Failed);
    EXPECT_THAT(end.result->error, testing::StartsWith(std::string(events::kEventTypeNotFound)));
    EXPECT_THAT(end.result->error, HasSubstr("Cal.com has no event type 7001"));
    EXPECT_FALSE(end.result->pushed) << "nothing is known of what it has now";
}

TEST(Push, OfAManagedChildThatOnlyItsOwnerCanChangeSaysWhoCan) {
    Push push(facts());
    push.begin();
    EventType child = at_calcom();
    child.managed = true;
    child.title = "Old";
    push.resume(child);
    const Step step = push.resume(Refused{not_found(), KeyState::Unknown});
    const Settled& end = settled(step);
    EXPECT_EQ(code_of<job::Discard>(end), "not_owner");
    EXPECT_THAT(end.result->error, HasSubstr("only that member's own key"));
}

TEST(Push, WaitsWithoutTouchingTheRowWhenItIsNotTheEventsFault) {
    const std::vector<Refused> not_its_fault{
        {calcom::NotSent{}, KeyState::Unknown},
        {calcom::RateLimited{}, KeyState::Unknown},
        {calcom::Unknown{}, KeyState::Unknown},
        {calcom::Credential{}, KeyState::Refused},
        {calcom::Credential{}, KeyState::Unknown}};
    for (const Refused& refused : not_its_fault)
        for (const bool changing : {false, true}) {
            Push push(facts());
            push.begin();
            if (changing) {
                EventType old = at_calcom();
                old.title = "Old";
                push.resume(old);
            }
            const Step step = push.resume(refused);
            const Settled& end = settled(step);
            EXPECT_TRUE(std::holds_alternative<job::Snooze>(end.outcome))
                << describe(refused.setback);
            EXPECT_FALSE(end.result) << "the row stays pending";
        }
}

TEST(Push, ThatCalcomRefusesForGoodIsADeadLetterAndAnError) {
    Push push(facts());
    push.begin();
    EventType old = at_calcom();
    old.title = "Old";
    push.resume(old);
    const Step step = push.resume(Refused{
        definite(calcom::Refusal::Invalid, "title is wrong"), KeyState::Unknown});
    const Settled& end = settled(step);
    EXPECT_EQ(code_of<job::DeadLetter>(end), "refused_invalid");
    EXPECT_THAT(end.result->error, HasSubstr("title is wrong"));
}

// ------------------------------------------------------------------------------ foreign edits

/// Pushed as it is wanted, then renamed at Cal.com.
Service edited_there() {
    Service service = haircut();
    service.pushed = pushed_as(at_calcom());
    return service;
}

EventType renamed() {
    EventType event_type = at_calcom();
    event_type.title = "Hair by Bob";
    return event_type;
}

TEST(ForeignEdit, IsRecordedAndThenOverwritten) {
    Push push(facts(edited_there()));
    push.begin();
    const Step step = push.resume(renamed());
    const auto& change = std::get<Change>(step);
    EXPECT_THAT(
        change.overwrites, ElementsAre(Divergence{"name", "\"Haircut\"", "\"Hair by Bob\""})
    );
    EXPECT_EQ(change.sent, (Fields{.title = "Haircut"}));
    const Step last = push.resume(at_calcom());
    EXPECT_THAT(settled(last).result->overwritten, ElementsAre("name"));
    EXPECT_THAT(settled(last).result->kept, IsEmpty());
}

TEST(ForeignEdit, IsLeftByCompaniesThatSaySo) {
    Service service = edited_there();
    service.wanted.length_minutes = 60;
    Push push(facts(service, ForeignEdits::Kept));
    push.begin();
    const Step step = push.resume(renamed());
    EXPECT_EQ(std::get<Change>(step).sent, (Fields{.length_minutes = 60}))
        << "the platform's own edit goes through";
    EventType answered = renamed();
    answered.length_minutes = 60;
    const Step last = push.resume(answered);
    const SyncResult& result = *settled(last).result;
    EXPECT_THAT(result.kept, ElementsAre(Divergence{"name", "\"Haircut\"", "\"Hair by Bob\""}));
    EXPECT_EQ(result.pushed->fields.title, "Haircut") << "known as foreign for as long as it lasts";
    EXPECT_EQ(result.pushed->fields.length_minutes, 60);
    EXPECT_THAT(result.overwritten, ElementsAre("duration_minutes"));
}

TEST(ForeignEdit, IsNoneWhenBothSidesCameToTheSame) {
    Service service = edited_there();
    service.wanted.title = "Hair by Bob";
    EXPECT_TRUE(foreign_edits(service, fields_of(renamed())).empty());
}

TEST(ForeignEdit, IsNoneBeforeTheFirstPush) {
    EXPECT_TRUE(foreign_edits(haircut(), fields_of(renamed())).empty());
}

TEST(ForeignEdit, IsNoneInFieldsThatWereNeverPushed) {
    Service service = edited_there();
    service.pushed->fields.title.reset();
    EXPECT_TRUE(foreign_edits(service, fields_of(renamed())).empty());
}

// A worker that died, or an answer that was lost, between the change and its record.
TEST(ForeignEdit, IsNoneWhenWeSentItOurselvesAndNeverHeard) {
    Service service = edited_there();
    service.wanted.title = "Hair by Bob";
    Push first(facts(service, ForeignEdits::Kept));
    first.begin();
    const Step step = first.resume(at_calcom());
    const auto& change = std::get<Change>(step);
    ASSERT_TRUE(change.intent) << "written before it is sent";
    EXPECT_THAT(change.intent->unconfirmed, ElementsAre(Fields{.title = "Hair by Bob"}));

    service.pushed = change.intent;
    service.wanted.title = "Cut"; // edited again meanwhile
    EXPECT_TRUE(foreign_edits(service, fields_of(renamed())).empty());
    Push second(facts(service, ForeignEdits::Kept));
    second.begin();
    const Step again = second.resume(renamed());
    EXPECT_EQ(std::get<Change>(again).sent, (Fields{.title = "Cut"}));
}

TEST(Intent, IsWrittenOnceHoweverOftenItIsTried) {
    Service service = edited_there();
    service.wanted.title = "Cut";
    service.pushed->unconfirmed = {Fields{.title = "Cut"}};
    Push push(facts(service));
    push.begin();
    EXPECT_FALSE(std::get<Change>(push.resume(at_calcom())).intent);
}

TEST(Intent, RemembersABoundedNumberOfSends) {
    Service service = edited_there();
    for (std::size_t i = 0; i < kMostUnconfirmed; ++i)
        service.pushed->unconfirmed.push_back({.title = "Cut " + std::to_string(i)});
    service.wanted.title = "Cut";
    Push push(facts(service));
    push.begin();
    const Step step = push.resume(at_calcom());
    const auto& unconfirmed = std::get<Change>(step).intent->unconfirmed;
    EXPECT_EQ(unconfirmed.size(), kMostUnconfirmed);
    EXPECT_EQ(unconfirmed.front(), (Fields{.title = "Cut 1"}));
    EXPECT_EQ(unconfirmed.back(), (Fields{.title = "Cut"}));
}

TEST(Intent, IsForgottenWithTheAnswer) {
    Service service = edited_there();
    service.pushed->unconfirmed = {Fields{.title = "Cut"}};
    Push push(facts(service));
    push.begin();
    EXPECT_THAT(settled(push.resume(at_calcom())).result->pushed->unconfirmed, IsEmpty());
}

// -------------------------------------------------------------------------------------- price

TEST(Price, IsReportedWhereItDiffersAndNeverSent) {
    Service service = haircut();
    service.price = {4900, "EUR"};
    EventType other = at_calcom();
    other.price = 0;
    other.currency = "usd";
    Push push(facts(service));
    push.begin();
    const Step step = push.resume(other);
    const SyncResult& result = *settled(step).result;
    EXPECT_EQ(result.end, SyncEnd::Unchanged) << "a price makes no change";
    EXPECT_THAT(
        result.open,
        UnorderedElementsAre(
            Divergence{"price_cents", "4900", "0"}, Divergence{"currency", "\"EUR\"", "\"USD\""}
        )
    );
    EXPECT_EQ(result.reported, (service_pusher::Price{0, "USD"}));
}

TEST(Price, ThatBecameEqualIsNoDivergenceAnyMore) {
    Service service = haircut();
    service.price = {4900, "EUR"};
    EventType other = at_calcom();
    other.price = 4900;
    other.currency = "eur";
    Push push(facts(service));
    push.begin();
    const Step step = push.resume(other);
    EXPECT_THAT(settled(step).result->agreed, testing::IsSupersetOf({"price_cents", "currency"}));
    EXPECT_THAT(settled(step).result->open, IsEmpty());
}

} // namespace
} // namespace calfleet::service_pusher
