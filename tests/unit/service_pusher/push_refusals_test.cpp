// What a push makes of refusals, of policies of confirmation and of edits that are kept.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/service_pusher/push_story.h"

namespace calfleet::service_pusher {
namespace {

using calcom::Confirmation;
using calcom::EventType;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

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
