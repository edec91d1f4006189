// What a push decides about slugs, locations, booking fields, guests and metadata.

#include "workers/service-pusher/job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calfleet::service_pusher {
namespace {

using calcom::EventType;
using calcom::EventTypeId;
using calcom::TeamId;
using events::booking_fields_of;
using events::locations_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view kPhone = R"([{"type":"attendeePhone"}])";
constexpr std::string_view kOffice = R"([{"type":"address","address":"Elm St 1","public":true}])";
constexpr std::string_view kQuestion =
    R"([{"type":"boolean","slug":"first","label":"First?","required":true,"hidden":false}])";

EventType at_calcom() {
    EventType event_type;
    event_type.id = EventTypeId{7001};
    event_type.title = "Haircut";
    event_type.slug = "haircut";
    event_type.length_minutes = 45;
    event_type.locations = kPhone;
    event_type.booking_fields = R"([{"isDefault":true,"type":"email","slug":"email",)"
                                R"("required":true,"disableOnPrefill":false,"hidden":false}])";
    return event_type;
}

Service in_step() {
    Service service;
    service.id = ServiceId{7};
    service.wanted = {.title = "Haircut", .slug = "haircut", .locations = locations_of(kPhone)};
    service.event_type = EventTypeId{7001};
    service.pushed = Pushed{.fields = fields_of(at_calcom()), .unconfirmed = {}};
    return service;
}

/// Nothing would be lost.
Step after_look(Push& push, const EventType& found = at_calcom()) {
    push.begin();
    Step step = push.resume(found);
    while (std::holds_alternative<Question>(step))
        step = push.learn(calcom::RawQuestions{});
    return step;
}

Push push_of(Service service, ForeignEdits edits = ForeignEdits::Overwritten) {
    return Push({.company_active = true, .foreign_edits = edits, .service = std::move(service)});
}

std::string error_of(const Step& step) {
    const auto* end = std::get_if<Settled>(&step);
    return end != nullptr && end->result ? end->result->error : "not an error";
}

TEST(PushOfLists, SendsEachThatAnSqlClientChangedAndNothingElse) {
    Service service = in_step();
    service.wanted.slug = "cut";
    service.wanted.locations = locations_of(kOffice);
    Push push = push_of(service);
    const Step step = after_look(push);
    EXPECT_EQ(
        std::get<Change>(step).sent, (Fields{.slug = "cut", .locations = locations_of(kOffice)})
    );
}

TEST(PushOfLists, SendsNothingForWhatCalcomOnlyWritesDifferently) {
    Service service = in_step();
    service.wanted.locations = locations_of(R"([{"type":"integration","integration":"zoom"}])");
    service.wanted.booking_fields = booking_fields_of(kQuestion);
    EventType found = at_calcom();
    found.locations =
        R"([{"type":"integration","integration":"zoom","link":null,"credentialId":12}])";
    found.booking_fields =
        R"([{"isDefault":true,"type":"name","slug":"name","required":true,"label":"your_name"},)"
        R"({"isDefault":false,"type":"boolean","slug":"first","label":"First?","required":true,)"
        R"("disableOnPrefill":false,"hidden":false}])";
    Push push = push_of(service);
    const Step step = after_look(push, found);
    EXPECT_EQ(std::get<Settled>(step).result->end, SyncEnd::Unchanged);
}

TEST(PushOfLists, OfQuestionsTakesTheWordAboutGuestsAlongAndTheOtherWayRound) {
    EventType found = at_calcom();
    found.guests_disabled = true;
    Service questions = in_step();
    questions.wanted.booking_fields = booking_fields_of(kQuestion);
    Push asked = push_of(questions);
    EXPECT_EQ(std::get<Change>(after_look(asked, found)).sent.guests_disabled, true);

    found.booking_fields = kQuestion;
    Service guests = in_step();
    guests.wanted.guests_disabled = false;
    Push allowed = push_of(guests);
    EXPECT_EQ(
        std::get<Change>(after_look(allowed, found)).sent,
        (Fields{.guests_disabled = false, .booking_fields = booking_fields_of(kQuestion)})
    ) << "else Cal.com would forget the question";
}

TEST(PushOfLists, ThatWouldDestroyAQuestionWhichCannotBeWrittenSaysSoInstead) {
    EventType found = at_calcom();
    found.booking_fields = R"([{"type":"unknown","slug":"unknown","bookingField":"{}"}])";
    Service service = in_step();
    service.wanted.guests_disabled = true;
    Push push = push_of(service);
    EXPECT_THAT(error_of(after_look(push, found)), HasSubstr("bookingFields[0].type: 'unknown'"));
}

TEST(PushOfLists, TakesTheGuestsFromTheQuestionsOnlyWhereTheColumnIsSilent) {
    Service service = in_step();
    service.wanted.booking_fields = booking_fields_of(R"([{"slug":"guests","hidden":true}])");
    Push silent = push_of(service);
    EXPECT_EQ(std::get<Change>(after_look(silent)).sent.guests_disabled, true);
    service.wanted.guests_disabled = false;
    Push told = push_of(service);
    EXPECT_TRUE(std::holds_alternative<Settled>(after_look(told)));
}

TEST(PushOfLists, ObjectsToWhatCannotBeWrittenOnlyWhenItWouldHaveToBe) {
    constexpr std::string_view kUnknown = R"([{"type":"unknown","location":"{}"}])";
    Service service = in_step();
    service.wanted.slug = "Hair_Cut";
    service.wanted.locations = locations_of(kUnknown);
    EventType found = at_calcom();
    found.slug = "Hair_Cut";
    found.locations = kUnknown;
    Push imported = push_of(service);
    EXPECT_EQ(std::get<Settled>(after_look(imported, found)).result->end, SyncEnd::Unchanged)
        << "as it was imported, so it is";

    found.slug = "cut";
    Push slug = push_of(service);
    EXPECT_THAT(
        error_of(after_look(slug, found)),
        HasSubstr("slug: 'Hair_Cut' is not how Cal.com writes it; write 'hair-cut'")
    );
    found.slug = "Hair_Cut";
    found.locations = kPhone;
    Push locations = push_of(service);
    EXPECT_THAT(error_of(after_look(locations, found)), HasSubstr("locations[0].type: 'unknown'"));
}

TEST(PushOfLists, LeavesTheOrganizersAppToTeams) {
    Service service = in_step();
    service.wanted.locations = locations_of(R"([{"type":"organizersDefaultApp"}])");
    Push personal = push_of(service);
    EXPECT_THAT(error_of(after_look(personal)), HasSubstr("for event types of teams only"));
    EventType found = at_calcom();
    found.team = TeamId{42};
    Push team = push_of(service);
    EXPECT_TRUE(std::holds_alternative<Change>(after_look(team, found)));
}

TEST(PushOfLists, SeesForeignEditsOfEachAndKeepsThemWhereTheCompanySaysSo) {
    Service service = in_step();
    service.wanted.booking_fields = booking_fields_of("[]");
    EventType found = at_calcom();
    found.slug = "by-bob";
    found.locations = kOffice;
    found.booking_fields = kQuestion;
    for (const auto policy : {ForeignEdits::Overwritten, ForeignEdits::Kept}) {
        Push push = push_of(service, policy);
        const Step step = after_look(push, found);
        const auto* change = std::get_if<Change>(&step);
        EXPECT_EQ(change != nullptr, policy == ForeignEdits::Overwritten);
        const auto& seen =
            change != nullptr ? change->overwrites : std::get<Settled>(step).result->kept;
        EXPECT_THAT(
            seen,
            ElementsAre(
                Divergence{"slug", "\"haircut\"", "\"by-bob\""},
                Divergence{"locations", std::string(kPhone), std::string(kOffice)},
                Divergence{"booking_fields", "[]", std::string(kQuestion)}
            )
        );
    }
}

TEST(PushOfLists, NamesWhatCalcomDroppedWithoutQuotingAddresses) {
    Service service = in_step();
    service.wanted.slug = "стрижка";
    service.wanted.locations = locations_of(kOffice);
    Push push = push_of(service);
    after_look(push);
    EventType answered = at_calcom();
    answered.slug = "stryzhka";
    const std::string error = error_of(push.resume(answered));
    EXPECT_THAT(error, HasSubstr(R"(slug (sent "стрижка", Cal.com has "stryzhka"), locations;)"));
    EXPECT_THAT(error, Not(HasSubstr("Elm St")));
}

TEST(Metadata, AreReportedForAsLongAsTheyDifferAndNeverSent) {
    Service service = in_step();
    service.metadata = comparable_json(R"({"b": 1, "a": 2})");
    Push differing = push_of(service);
    const Step step = after_look(differing);
    const SyncResult& result = *std::get<Settled>(step).result;
    EXPECT_EQ(result.end, SyncEnd::Unchanged);
    EXPECT_THAT(result.open, ElementsAre(Divergence{"metadata", R"({"a":2,"b":1})", "{}"}));
    EventType found = at_calcom();
    found.metadata = R"({"b":1,"a":2})";
    Push equal = push_of(service);
    EXPECT_THAT(
        std::get<Settled>(after_look(equal, found)).result->agreed, testing::Contains("metadata")
    );
    Push silent = push_of(in_step());
    EXPECT_THAT(std::get<Settled>(after_look(silent, found)).result->open, IsEmpty());
}

} // namespace
} // namespace calfleet::service_pusher
