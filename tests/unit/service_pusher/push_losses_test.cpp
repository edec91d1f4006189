// What a push leaves out because it would take something away, and what it says goes along.

#include "workers/service-pusher/job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calfleet::service_pusher {
namespace {

using calcom::Confirmation;
using calcom::EventType;
using calcom::EventTypeId;
using calcom::KeyState;
using calcom::Scheduling;
using calcom::TeamId;
using calcom::UserId;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using What = Question::What;

Service wash() {
    Service service;
    service.id = ServiceId{7};
    service.version = 4;
    service.wanted = {.title = "Wash", .slug = "wash", .length_minutes = 30, .active = true};
    service.event_type = EventTypeId{7001};
    service.team = TeamId{42};
    return service;
}

EventType at_calcom() {
    EventType event_type;
    event_type.id = EventTypeId{7001};
    event_type.team = TeamId{42};
    event_type.title = "Wash";
    event_type.slug = "wash";
    event_type.length_minutes = 30;
    return event_type;
}

EventType managed() {
    EventType event_type = at_calcom();
    event_type.scheduling = Scheduling::Managed;
    event_type.managed = true;
    for (const std::int64_t user : {900, 901})
        event_type.hosts.push_back(
            {.user = UserId{user},
             .name = {},
             .username = "member" + std::to_string(user),
             .mandatory = false,
             .priority = {}}
        );
    return event_type;
}

Push looking(Service service, ForeignEdits edits = ForeignEdits::Overwritten) {
    Facts facts;
    facts.company_active = true;
    facts.foreign_edits = edits;
    facts.service = std::move(service);
    Push push(std::move(facts));
    push.begin();
    return push;
}

const Settled& settled(const Step& step) {
    static const Settled kNone{job::Retry{{"test", "not settled"}}, {}};
    const auto* end = std::get_if<Settled>(&step);
    EXPECT_NE(end, nullptr) << "the push is not settled";
    return end != nullptr ? *end : kNone;
}

Fields sent(const Step& step) {
    const auto* change = std::get_if<Change>(&step);
    EXPECT_NE(change, nullptr) << "nothing is sent";
    return change != nullptr ? change->sent : Fields{};
}

/// A member's copy, as a look-up by its name finds it.
EventType copy_of(const EventType& parent, std::int64_t id) {
    EventType copy = parent;
    copy.id = EventTypeId{id};
    copy.team.reset();
    copy.scheduling = Scheduling::Personal;
    copy.hosts.clear();
    return copy;
}

Learnt found(const EventType& event_type) {
    return std::optional<EventType>(event_type);
}
const Learnt kNothing = std::optional<EventType>{};

/// Answers every question so that nothing stands in the way; what it asked, in order.
std::vector<std::string> answer_all(Push& push, Step& step) {
    std::vector<std::string> asked;
    while (const auto* question = std::get_if<Question>(&step)) {
        const std::string whose = question->name.username + "/" + question->name.event_slug;
        switch (question->what) {
        case What::Copy:
            asked.push_back("copy " + whose);
            step = push.learn(found(copy_of(managed(), 1)));
            break;
        case What::Taken:
            asked.push_back("taken " + whose);
            step = push.learn(kNothing);
            break;
        case What::Hidden:
            asked.push_back("hidden " + whose);
            step = push.learn(false);
            break;
        case What::Losses:
            asked.emplace_back("losses");
            step = push.learn(std::vector<calcom::QuestionLosses>{});
            break;
        }
    }
    return asked;
}

Refused refusal(calcom::Refusal what, std::string text) {
    calcom::Definite definite;
    definite.refusal = what;
    definite.text = std::move(text);
    return {definite, KeyState::Unknown};
}

// ------------------------------------------------------------------------------------- slugs

TEST(PushOfASlug, ToAManagedEventTypeAsksWhatEachMemberHasUnderThatName) {
    Service service = wash();
    service.wanted.slug = "rinse";
    Push push = looking(service);
    Step step = push.resume(managed());
    EXPECT_THAT(
        answer_all(push, step),
        ElementsAre(
            "taken member900/rinse",
            "hidden member900/rinse",
            "copy member900/wash",
            "taken member901/rinse",
            "hidden member901/rinse",
            "copy member901/wash"
        )
    );
    EXPECT_EQ(sent(step), (Fields{.slug = "rinse"}));
}

TEST(PushOfASlug, ThatWouldDeleteWhatAMemberHasIsNotSentAndNamesIt) {
    Service service = wash();
    service.wanted.slug = "rinse";
    service.wanted.title = "Rinse";
    Push push = looking(service);
    Step step = push.resume(managed());
    EventType own = at_calcom();
    own.id = EventTypeId{880};
    step = push.learn(found(own));
    EXPECT_THAT(answer_all(push, step), Not(IsEmpty()));
    EXPECT_EQ(sent(step), (Fields{.title = "Rinse"})) << "the rest is";
    EventType answered = managed();
    answered.title = "Rinse";
    step = push.resume(answered);
    const Settled& end = settled(step);
    EXPECT_EQ(end.result->end, SyncEnd::Failed);
    EXPECT_THAT(end.result->error, HasSubstr("event type 880 of member900 (user 900)"));
    const auto* discarded = std::get_if<job::Discard>(&end.outcome);
    ASSERT_NE(discarded, nullptr);
    EXPECT_THAT(discarded->reason.text, HasSubstr("event type 880 of user 900"));
    EXPECT_THAT(discarded->reason.text, Not(HasSubstr("member900"))) << "it is logged";
    EXPECT_EQ(end.result->pushed->fields.title, "Rinse");
}

TEST(PushOfASlug, SeesHiddenEventTypesToo) {
    Service service = wash();
    service.wanted.slug = "rinse";
    Push push = looking(service);
    push.resume(managed());
    push.learn(kNothing);
    Step step = push.learn(true); // it has slots
    answer_all(push, step);
    EXPECT_THAT(settled(step).result->error, HasSubstr("a hidden event type of member900"));
}

TEST(PushOfASlug, IsNotSentWhenNobodyCanSeeWhatItWouldDelete) {
    Service service = wash();
    service.wanted.slug = "rinse";
    EventType nameless = managed();
    nameless.hosts.front().username.clear();
    Push push = looking(service);
    Step step = push.resume(nameless);
    answer_all(push, step);
    EXPECT_THAT(settled(step).result->error, HasSubstr("user 900 has no user name"));
    Push denied = looking(service);
    denied.resume(managed());
    denied.learn(kNothing);
    step = denied.learn(calcom::Denied{false, "refused as invalid (400): what"});
    answer_all(denied, step);
    EXPECT_THAT(settled(step).result->error, HasSubstr("cannot be asked (refused as invalid"));
}

TEST(PushOfASlug, ToWhatIsNotManagedAsksNobody) {
    Service service = wash();
    service.wanted.slug = "rinse";
    Push push = looking(service);
    EXPECT_EQ(sent(push.resume(at_calcom())), (Fields{.slug = "rinse"}));
}

// ------------------------------------------------------------------------------------ copies

TEST(PushToAManagedEventType, SaysBeforeAndAfterwardsThatHiddenCopiesAreShownAgain) {
    Service service = wash();
    service.wanted.title = "Rinse";
    Push push = looking(service);
    Step step = push.resume(managed());
    step = push.learn(kNothing);
    step = push.learn(found(copy_of(managed(), 881)));
    EXPECT_THAT(std::get<Change>(step).note, HasSubstr("(users 900)"));
    EventType answered = managed();
    answered.title = "Rinse";
    step = push.resume(answered);
    const Settled& end = settled(step);
    EXPECT_TRUE(std::holds_alternative<job::Completed>(end.outcome));
    EXPECT_EQ(end.result->end, SyncEnd::Changed);
    EXPECT_THAT(end.result->error, HasSubstr("shows the copies again"));
}

TEST(PushToAManagedEventType, ThatIsNotToBeBookedSaysThatItsCopiesCan) {
    Service service = wash();
    service.wanted.active = false;
    Push push = looking(service);
    Step step = push.resume(managed());
    answer_all(push, step);
    EXPECT_EQ(sent(step), (Fields{.active = false}));
    EventType answered = managed();
    answered.hidden = true;
    step = push.resume(answered);
    EXPECT_EQ(settled(step).result->end, SyncEnd::Failed);
    EXPECT_THAT(settled(step).result->error, HasSubstr("2 members' copies can be booked"));
    Push again = looking(service);
    step = again.resume(answered);
    EXPECT_EQ(settled(step).result->end, SyncEnd::Failed) << "also when nothing is to be sent";
    answered.hosts.clear();
    Push nobody = looking(service);
    step = nobody.resume(answered);
    EXPECT_EQ(settled(step).result->end, SyncEnd::Unchanged);
}

// ----------------------------------------------------------------------------------- lengths

EventType with_options(std::string_view options) {
    EventType event_type = at_calcom();
    event_type.length_options = events::duration_options_of(options);
    return event_type;
}

TEST(PushOfALength, ThatIsNoneOfTheOptionsIsNotSent) {
    Service service = wash();
    service.wanted.length_minutes = 35;
    service.wanted.title = "Rinse";
    Push push = looking(service);
    Step step = push.resume(with_options("[15,30,60]"));
    EXPECT_EQ(sent(step), (Fields{.title = "Rinse"}));
    EventType answered = with_options("[15,30,60]");
    answered.title = "Rinse";
    step = push.resume(answered);
    EXPECT_EQ(settled(step).result->end, SyncEnd::Failed);
    EXPECT_THAT(settled(step).result->error, HasSubstr("35 is not one of 15, 30, 60"));
}

TEST(PushOfALength, GoesWithOptionsThatHaveIt) {
    Service service = wash();
    service.wanted.length_minutes = 35;
    service.wanted.length_options = events::duration_options_of("[35,70]");
    Push push = looking(service);
    const Fields both = sent(push.resume(with_options("[15,30,60]")));
    EXPECT_EQ(both.length_minutes, 35);
    EXPECT_EQ(both.length_options->json, "[35,70]");
    Push one_of_them = looking(wash());
    EXPECT_EQ(settled(one_of_them.resume(with_options("[15,30]"))).result->end, SyncEnd::Unchanged);
}

TEST(PushOfOptions, WithoutTheLengthIsNotSent) {
    Service service = wash();
    service.wanted.length_options = events::duration_options_of("[15,60]");
    Push push = looking(service);
    const Step step = push.resume(with_options("[15,30,60]"));
    EXPECT_THAT(settled(step).result->error, HasSubstr("30 is not one of 15, 60"));
}

TEST(PushOfOptions, NeverSendsAnEmptyList) {
    Service service = wash();
    service.wanted.length_options = events::duration_options_of("[]");
    Push push = looking(service);
    EXPECT_THAT(
        settled(push.resume(with_options("[15,30]"))).result->error,
        HasSubstr("cannot take the choice away")
    );
    Push none = looking(service);
    EXPECT_EQ(settled(none.resume(at_calcom())).result->end, SyncEnd::Unchanged);
}

// ----------------------------------------------------------------------- questions and guests

TEST(PushOfGuests, IsNotSentWhereItWouldTakeAwayWhatOnlyTheWebApplicationSets) {
    Service service = wash();
    service.wanted.guests_disabled = true;
    service.wanted.title = "Rinse";
    Push push = looking(service);
    Step step = push.resume(at_calcom());
    EXPECT_EQ(std::get<Question>(step).what, What::Losses);
    step = push.learn(std::vector<calcom::QuestionLosses>{{"age", "minLength"}});
    EXPECT_EQ(sent(step), (Fields{.title = "Rinse"}));
    EventType answered = at_calcom();
    answered.title = "Rinse";
    step = push.resume(answered);
    EXPECT_EQ(settled(step).result->end, SyncEnd::Failed);
    EXPECT_THAT(settled(step).result->error, HasSubstr("age (minLength)"));
}

TEST(PushOfGuests, GoesOnWhereNothingIsLostOrNobodyMayLook) {
    Service service = wash();
    service.wanted.guests_disabled = true;
    for (const Learnt& learnt :
         {Learnt{std::vector<calcom::QuestionLosses>{}}, Learnt{calcom::Denied{true, ""}}}) {
        Push push = looking(service);
        push.resume(at_calcom());
        EXPECT_EQ(sent(push.learn(learnt)).guests_disabled, true);
    }
}

TEST(PushBesideAList, ThatCannotBeWrittenSendsTheRest) {
    Service service = wash();
    service.wanted.title = "Rinse";
    service.wanted.guests_disabled = true;
    EventType there = at_calcom();
    there.booking_fields = R"([{"type":"unknown","slug":"x","bookingField":{}}])";
    Push push = looking(service);
    Step step = push.resume(there);
    EXPECT_EQ(sent(step), (Fields{.title = "Rinse"}));
    there.title = "Rinse";
    step = push.resume(there);
    EXPECT_EQ(settled(step).result->end, SyncEnd::Failed);
    EXPECT_THAT(settled(step).result->error, HasSubstr("bookingFields[0]"));
}

// ---------------------------------------------------------------------------------- refusals

TEST(PushThatIsRefused, IsSentAgainInParts) {
    Service service = wash();
    service.wanted.title = "Rinse";
    service.wanted.slug = "rinse";
    Push push = looking(service);
    Step step = push.resume(at_calcom());
    EXPECT_EQ(sent(step), (Fields{.title = "Rinse", .slug = "rinse"}));
    step = push.resume(refusal(calcom::Refusal::Invalid, "slug exists"));
    EXPECT_EQ(sent(step), (Fields{.title = "Rinse"}));
    EventType answered = at_calcom();
    answered.title = "Rinse";
    step = push.resume(answered);
    EXPECT_EQ(sent(step), (Fields{.slug = "rinse"}));
    step = push.resume(refusal(calcom::Refusal::Invalid, "slug exists"));
    const Settled& end = settled(step);
    EXPECT_TRUE(std::holds_alternative<job::DeadLetter>(end.outcome));
    EXPECT_THAT(end.result->error, HasSubstr("slug exists; sent slug \"rinse\""));
    EXPECT_EQ(end.result->pushed->fields.title, "Rinse");
    EXPECT_EQ(end.result->pushed->fields.slug, "wash");
}

TEST(PushThatIsRefused, ForAScheduleKeepsCalcomsWords) {
    Service service = wash();
    service.team.reset();
    service.wanted.schedule = 77;
    EventType there = at_calcom();
    there.team.reset();
    Push push = looking(service);
    push.resume(there);
    const Step step = push.resume(
        refusal(calcom::Refusal::NotFound, "User with ID=7 does not own schedule with ID=77")
    );
    const Settled& end = settled(step);
    EXPECT_THAT(end.result->error, HasSubstr("does not own schedule with ID=77"));
    EXPECT_THAT(end.result->error, HasSubstr("sent calcom_schedule_id 77"));
    EXPECT_THAT(end.result->error, Not(HasSubstr("belongs to another user")));
}

TEST(PushThatIsRefused, AsNotFoundKeepsCalcomsWords) {
    Service service = wash();
    service.team.reset();
    service.wanted.title = "Rinse";
    EventType there = at_calcom();
    there.team.reset();
    Push push = looking(service);
    push.resume(there);
    const Step step =
        push.resume(refusal(calcom::Refusal::NotFound, "Event type with id 7001 not found"));
    EXPECT_THAT(settled(step).result->error, HasSubstr("belongs to another user"));
    EXPECT_THAT(
        settled(step).result->error, HasSubstr("(Cal.com: Event type with id 7001 not found)")
    );
}

// -------------------------------------------------------------------------------- confirmation

TEST(PolicyOfConfirmation, IsTheOneThatWasThereBeforeItWasSwitchedOff) {
    Service service = wash();
    service.pushed.emplace();
    service.wanted.requires_confirmation = false;
    EventType timed = at_calcom();
    timed.confirmation = {Confirmation::When::ShortNotice, "hours", 24, true};
    Push off = looking(service);
    Step step = off.resume(timed);
    EXPECT_EQ(
        patch_of(sent(step), std::get<Change>(step).policy).confirmation->when,
        Confirmation::When::Never
    );
    step = off.resume(at_calcom());
    service.pushed = settled(step).result->pushed;
    EXPECT_EQ(service.pushed->policy, timed.confirmation);
    service.wanted.requires_confirmation = true;
    Push on = looking(service);
    step = on.resume(at_calcom());
    EXPECT_EQ(patch_of(sent(step), std::get<Change>(step).policy).confirmation, timed.confirmation);
}

// ------------------------------------------------------------------------------- foreign edits

TEST(KeptEdit, IsAnOpenDivergenceOnceThePlatformWasEditedToo) {
    Service service = wash();
    service.pushed = Pushed{.fields = fields_of(at_calcom())};
    EventType renamed = at_calcom();
    renamed.title = "Theirs";
    Push kept = looking(service, ForeignEdits::Kept);
    Step step = kept.resume(renamed);
    EXPECT_EQ(settled(step).result->kept.size(), 1U);
    EXPECT_THAT(settled(step).result->open, IsEmpty());
    service.pushed = settled(step).result->pushed;
    service.wanted.title = "Ours, new";
    Push edited = looking(service, ForeignEdits::Kept);
    step = edited.resume(renamed);
    EXPECT_THAT(settled(step).result->kept, IsEmpty());
    EXPECT_THAT(
        settled(step).result->open, ElementsAre(Divergence{"name", "\"Ours, new\"", "\"Theirs\""})
    );
}

} // namespace
} // namespace calfleet::service_pusher
