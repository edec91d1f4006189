// What a push leaves out because it would take something away, and what it says goes along.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/service_pusher/push_story.h"

namespace calfleet::service_pusher {
namespace {

using calcom::EventType;
using calcom::EventTypeId;
using calcom::Scheduling;
using calcom::UserId;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using What = Question::What;

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
            step = push.learn(calcom::RawQuestions{});
            break;
        }
    }
    return asked;
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
    step = push.learn(calcom::RawQuestions{{"age"}, {{"age", "minLength"}}});
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
         {Learnt{calcom::RawQuestions{}}, Learnt{calcom::Denied{true, ""}}}) {
        Push push = looking(service);
        push.resume(at_calcom());
        EXPECT_EQ(sent(push.learn(learnt)).guests_disabled, true);
    }
}

TEST(PushOfGuests, SaysWhatNobodyCouldSee) {
    Service service = wash();
    service.wanted.guests_disabled = true;
    EventType asks = at_calcom();
    asks.booking_fields = R"([{"isDefault":true,"type":"email","slug":"email","required":true},)"
                          R"({"isDefault":false,"type":"text","slug":"age","label":"Age"}])";
    const auto note_after = [&](const Learnt& learnt) {
        Push push = looking(service);
        push.resume(asks);
        const Step step = push.learn(learnt);
        const auto* change = std::get_if<Change>(&step);
        return change != nullptr ? change->note : "nothing is sent";
    };
    EXPECT_EQ(note_after(calcom::RawQuestions{{"email", "age"}, {}}), "");
    EXPECT_THAT(note_after(calcom::RawQuestions{{"email"}, {}}), HasSubstr("could not be seen"));
    EXPECT_THAT(note_after(calcom::Denied{true, ""}), HasSubstr("could not be seen"));
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

} // namespace
} // namespace calfleet::service_pusher
