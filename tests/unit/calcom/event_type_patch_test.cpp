#include "common/calcom/event_type_patch.h"

#include <gtest/gtest.h>

#include <utility>

namespace calfleet::calcom {
namespace {

constexpr std::string_view kPhone = R"([{"type":"attendeePhone"}])";
constexpr std::string_view kQuestion =
    R"([{"type":"boolean","slug":"first","label":"First time?","required":false,"hidden":false}])";

EventTypePatch full_patch() {
    EventTypePatch patch;
    patch.title = "Beratung \"kurz\"";
    patch.description = "";
    patch.length_minutes = 45;
    patch.hidden = false;
    patch.minimum_notice_minutes = 60;
    patch.buffer_before_minutes = 5;
    patch.buffer_after_minutes = 10;
    patch.schedule = ScheduleId{9};
    patch.confirmation = Confirmation{Confirmation::When::ShortNotice, "hours", 6, true};
    patch.slug = "beratung-kurz";
    patch.guests_disabled = true;
    patch.booking_fields = events::booking_fields_of(kQuestion);
    patch.locations = events::locations_of(kPhone);
    return patch;
}

EventType as_patched() {
    EventType type;
    type.title = "Beratung \"kurz\"";
    type.length_minutes = 45;
    type.minimum_notice_minutes = 60;
    type.buffer_before_minutes = 5;
    type.buffer_after_minutes = 10;
    type.schedule = ScheduleId{9};
    type.confirmation = {Confirmation::When::ShortNotice, "hours", 6, true};
    type.slug = "beratung-kurz";
    type.guests_disabled = true;
    type.booking_fields =
        R"([{"isDefault":true,"type":"name","slug":"name","required":true},{"isDefault":false,)"
        R"("type":"boolean","slug":"first","label":"First time?","required":false,)"
        R"("disableOnPrefill":false,"hidden":false},{"isDefault":true,"type":"multiemail",)"
        R"("slug":"guests","required":false,"hidden":true}])";
    type.locations = kPhone;
    return type;
}

std::string objection_to(const EventTypePatch& patch, Ownership ownership = Ownership::Personal) {
    const auto verdict = check(patch, ownership);
    return verdict ? "none" : verdict.error().message;
}

TEST(EventTypePatch, SendsOnlyWhatIsSetUnderTheServersNames) {
    EventTypePatch patch;
    patch.length_minutes = 45;
    patch.hidden = true;
    EXPECT_EQ(patch_json(patch), R"({"lengthInMinutes":45,"hidden":true})");
    EXPECT_EQ(
        patch_json(full_patch()),
        R"({"title":"Beratung \"kurz\"","slug":"beratung-kurz","description":"","lengthInMinutes":45,"hidden":false,)"
        R"("minimumBookingNotice":60,"beforeEventBuffer":5,"afterEventBuffer":10,"scheduleId":9,)"
        R"("confirmationPolicy":{"type":"time","noticeThreshold":{"unit":"hours","count":6},)"
        R"("blockUnconfirmedBookingsInBooker":true},"disableGuests":true,)"
        R"("bookingFields":[{"type":"boolean","slug":"first","label":"First time?",)"
        R"("required":false,"hidden":false},{"slug":"guests","required":false,"hidden":true}],)"
        R"("locations":[{"type":"attendeePhone"}]})"
    );
    EXPECT_EQ(patch_json(EventTypePatch{}), "{}");
    EXPECT_TRUE(EventTypePatch{}.empty());
    EXPECT_FALSE(patch.empty());
}

TEST(EventTypePatch, WritesEveryConfirmationThatCanBeSent) {
    EventTypePatch patch;
    patch.confirmation = Confirmation{};
    EXPECT_EQ(patch_json(patch), R"({"confirmationPolicy":{"disabled":true}})");
    patch.confirmation = Confirmation{Confirmation::When::Always, "", 0, false};
    EXPECT_EQ(
        patch_json(patch),
        R"({"confirmationPolicy":{"type":"always","blockUnconfirmedBookingsInBooker":false}})"
    );
}

TEST(EventTypePatch, AgreesWithTheAnswerThatTookEverything) {
    EXPECT_EQ(compare(full_patch(), as_patched()), Differences{});
}

TEST(EventTypePatch, NamesTheFieldsThatTheServerDropped) {
    EventType answered = as_patched();
    answered.title = "Beratung";
    answered.schedule.reset();
    answered.confirmation = {};
    EXPECT_EQ(
        compare(full_patch(), answered),
        (Differences{
            {"title", R"("Beratung \"kurz\"")", R"("Beratung")"},
            {"scheduleId", "9", "null"},
            {"confirmationPolicy",
             R"({"type":"time","noticeThreshold":{"unit":"hours","count":6},)"
             R"("blockUnconfirmedBookingsInBooker":true})",
             R"({"disabled":true})"}})
    );
}

TEST(EventTypePatch, OfAPolicyWeDoNotKnowDiffersFromEveryPolicyWeSend) {
    EventType current = as_patched();
    current.confirmation = {Confirmation::When::Other, "", 0, false};
    EventTypePatch patch;
    for (const auto when : {Confirmation::When::Never, Confirmation::When::Always}) {
        patch.confirmation = Confirmation{when, "", 0, false};
        EXPECT_EQ(compare(patch, current).size(), 1U);
    }
}

TEST(EventTypePatch, IsCheckedForWhatTheServerWouldSwallow) {
    EXPECT_EQ(objection_to(full_patch()), "none");
    EventTypePatch patch;
    patch.title = "  ";
    EXPECT_EQ(objection_to(patch), "title: empty; an event type needs a name");
    patch = {};
    patch.length_minutes = 0;
    EXPECT_EQ(objection_to(patch), "lengthInMinutes: 0 minutes, expected 1 to 525600");
    patch = {};
    patch.buffer_before_minutes = -5;
    EXPECT_EQ(objection_to(patch), "beforeEventBuffer: -5 minutes, expected 0 to 525600");
    patch = {};
    patch.confirmation = Confirmation{Confirmation::When::Other, "", 0, false};
    EXPECT_NE(objection_to(patch).find("confirmationPolicy"), std::string::npos);
    patch.confirmation = Confirmation{Confirmation::When::ShortNotice, "", 0, false};
    EXPECT_NE(objection_to(patch).find("unit"), std::string::npos);
    patch = {};
    patch.description = "\xFF";
    EXPECT_EQ(objection_to(patch), "description: not text in UTF-8; correct it");
    patch.description = std::string(60'001, 'x');
    EXPECT_NE(objection_to(patch).find("60001 bytes"), std::string::npos);
}

TEST(EventTypePatch, LeavesASlugThatTheServerWouldWriteOtherwiseToItsAuthor) {
    EventTypePatch patch;
    for (const char* kept : {"haircut", "cut-45", "v1.2", "стрижка", "beratung-für-zwei"}) {
        patch.slug = kept;
        EXPECT_EQ(objection_to(patch), "none");
    }
    for (const auto& [sent, advice] :
         {std::pair{"Hair Cut", "'hair-cut'"},
          std::pair{"-cut--45_", "'cut-45'"},
          std::pair{"a/b", "'a-b'"},
          std::pair{" ", "letters and digits"}}) {
        patch.slug = sent;
        EXPECT_EQ(
            objection_to(patch),
            "slug: '" + std::string(sent) + "' is not how Cal.com writes it; write " + advice
        );
    }
}

TEST(EventTypePatch, NamesWhatOfAListCannotBeWritten) {
    EventTypePatch patch;
    patch.locations = events::locations_of(R"([{"type":"unknown","location":"x"}])");
    EXPECT_EQ(
        objection_to(patch), "locations[0].type: 'unknown' is no kind that Cal.com's API can write"
    );
    patch.locations = events::locations_of(R"([{"type":"organizersDefaultApp"}])");
    EXPECT_NE(objection_to(patch).find("for event types of teams only"), std::string::npos);
    EXPECT_EQ(objection_to(patch, Ownership::Team), "none");
    patch = {};
    patch.guests_disabled = false;
    patch.booking_fields = events::booking_fields_of(R"([{"type":"date","slug":"d"}])");
    EXPECT_NE(objection_to(patch).find("bookingFields[0].type: 'date'"), std::string::npos);
}

TEST(EventTypePatch, NeverSpeaksOfGuestsWithoutTheQuestionsOrTheOtherWayRound) {
    EventTypePatch guests;
    guests.guests_disabled = true;
    EXPECT_NE(objection_to(guests).find("disableGuests"), std::string::npos);
    EventTypePatch questions;
    questions.booking_fields = events::booking_fields_of("[]");
    EXPECT_NE(objection_to(questions).find("disableGuests"), std::string::npos);
}

} // namespace
} // namespace calfleet::calcom
