#include "common/calcom/event_type.h"
#include "common/json/parser.h"

#include <gtest/gtest.h>

namespace calfleet::calcom {
namespace {

Result<EventType> read(std::string_view text) {
    static json::Parser parser;
    const auto root = parser.parse(text);
    if (!root) return root.error();
    return read_event_type(*root);
}

Result<std::vector<EventType>> read_list(std::string_view text) {
    static json::Parser parser;
    const auto root = parser.parse(text);
    if (!root) return root.error();
    return read_event_types(*root);
}

std::string mistake_in(std::string_view text) {
    const auto type = read(text);
    return type ? "none" : type.error().message;
}

// The least that an event type is made of, and whatever a test adds.
std::string with(std::string_view more) {
    return R"({"id":311,"title":"Massage","slug":"massage","lengthInMinutes":45)" +
           std::string(more) + "}";
}

TEST(EventType, IsReadWithEverythingWeUse) {
    const auto type = read(with(
        R"(,"ownerId":42,"description":"Ruhe\nund Öl","hidden":true,"minimumBookingNotice":120,)"
        R"("beforeEventBuffer":5,"afterEventBuffer":10,"scheduleId":9,"disableGuests":true,)"
        R"("price":4500,"currency":"eur","bookingUrl":"https://cal.example.org/ana/massage",)"
        R"("locations":[ {"type": "phone"} ],"bookingFields":[],"metadata":{"a":1},)"
        R"("seats":{"seatsPerTimeSlot":3,"showAttendeeInfo":true},"recurrence":{"interval":1})"
    ));
    ASSERT_TRUE(type) << type.error().message;
    EXPECT_EQ(type->id, EventTypeId{311});
    EXPECT_EQ(type->owner, UserId{42});
    EXPECT_EQ(type->team, std::nullopt);
    EXPECT_EQ(type->scheduling, Scheduling::Personal);
    EXPECT_EQ(type->title, "Massage");
    EXPECT_EQ(type->slug, "massage");
    EXPECT_EQ(type->description, "Ruhe\nund Öl");
    EXPECT_EQ(type->length_minutes, 45);
    EXPECT_TRUE(type->hidden);
    EXPECT_EQ(type->minimum_notice_minutes, 120);
    EXPECT_EQ(type->buffer_before_minutes, 5);
    EXPECT_EQ(type->buffer_after_minutes, 10);
    EXPECT_EQ(type->schedule, ScheduleId{9});
    EXPECT_TRUE(type->guests_disabled);
    EXPECT_EQ(type->price, 4500);
    EXPECT_EQ(type->currency, "eur");
    EXPECT_EQ(type->seats_per_slot, 3);
    EXPECT_TRUE(type->recurring);
    EXPECT_EQ(type->locations, R"([{"type":"phone"}])");
    EXPECT_EQ(type->metadata, R"({"a":1})");
    EXPECT_FALSE(type->managed);
}

TEST(EventType, OfATeamHasHostsAndAWayToChooseThem) {
    const auto type = read(with(
        R"(,"teamId":11,"ownerId":null,"schedulingType":"roundRobin","assignAllTeamMembers":true,)"
        R"("hosts":[{"userId":1,"name":"Ana","username":"ana","mandatory":true,"priority":"high"},)"
        R"({"userId":2}])"
    ));
    ASSERT_TRUE(type) << type.error().message;
    EXPECT_EQ(type->team, TeamId{11});
    EXPECT_EQ(type->scheduling, Scheduling::RoundRobin);
    EXPECT_TRUE(type->assigns_all_members);
    ASSERT_EQ(type->hosts.size(), 2U);
    EXPECT_EQ(type->hosts[0], (EventTypeHost{UserId{1}, "Ana", "ana", true, "high"}));
    EXPECT_EQ(type->hosts[1].user, UserId{2});
}

TEST(EventType, OfAManagedParentIsToldFromItsChildren) {
    const auto parent = read(with(R"(,"teamId":11,"schedulingType":"managed")"));
    EXPECT_EQ(parent->scheduling, Scheduling::Managed);
    EXPECT_TRUE(parent->managed);
    // All that a child tells about itself.
    const auto child = read(with(R"(,"ownerId":5,"metadata":{"managedEventConfig":{}})"));
    EXPECT_EQ(child->scheduling, Scheduling::Personal);
    EXPECT_TRUE(child->managed);
    EXPECT_EQ(read(with(R"(,"ownerId":5,"parentEventTypeId":7)"))->parent, EventTypeId{7});
}

TEST(EventType, KnowsWhenABookingMustBeConfirmed) {
    using When = Confirmation::When;
    const auto policy = [](std::string_view json) {
        return read(with(",\"confirmationPolicy\":" + std::string(json)))->confirmation;
    };
    EXPECT_EQ(policy(R"({"disabled":true})"), Confirmation{});
    EXPECT_EQ(policy("null"), Confirmation{});
    EXPECT_EQ(
        policy(R"({"type":"always","blockUnconfirmedBookingsInBooker":true})"),
        (Confirmation{When::Always, "", 0, true})
    );
    EXPECT_EQ(
        policy(R"({"type":"time","noticeThreshold":{"unit":"hours","count":6}})"),
        (Confirmation{When::ShortNotice, "hours", 6, false})
    );
    EXPECT_EQ(policy(R"({"type":"moonphase"})").when, When::Other);
}

TEST(EventType, IsReadAlthoughTheServerHasLearnedNewWords) {
    const auto type = read(with(
        R"(,"teamId":3,"schedulingType":"lottery","novelty":{"deep":[1,2]},"hosts":[{"userId":4,"x":1}])"
    ));
    ASSERT_TRUE(type) << type.error().message;
    EXPECT_EQ(type->scheduling, Scheduling::Other);
}

TEST(EventType, IsRefusedWithTheFieldThatIsMissingOrOfAnotherKind) {
    EXPECT_EQ(mistake_in("[]"), "data: an array, expected an object");
    EXPECT_EQ(mistake_in(R"({"title":"a","slug":"a","lengthInMinutes":5})"), "data.id: missing");
    EXPECT_EQ(mistake_in(R"({"id":1,"slug":"a","lengthInMinutes":5})"), "data.title: missing");
    EXPECT_EQ(mistake_in(R"({"id":1,"title":"a","slug":"a"})"), "data.lengthInMinutes: missing");
    EXPECT_EQ(
        mistake_in(R"({"id":1,"title":"a","slug":"a","lengthInMinutes":"5"})"),
        "data.lengthInMinutes: text, expected an integer"
    );
    EXPECT_EQ(
        mistake_in(with(R"(,"hosts":[{"userId":1},{"name":"Ana"}])")),
        "data.hosts[1].userId: missing"
    );
    EXPECT_EQ(mistake_in(with(R"(,"hidden":"no")")), "data.hidden: text, expected true or false");
}

TEST(EventTypes, AreReadWholeOrNotAtAll) {
    const auto types = read_list("[" + with("") + "," + with(R"(,"hidden":true)") + "]");
    ASSERT_TRUE(types);
    EXPECT_EQ(types->size(), 1U) << "an id that comes twice is one event type";
    const auto broken = read_list("[" + with("") + R"(,{"id":2}])");
    ASSERT_FALSE(broken) << "one that cannot be read would look deleted";
    EXPECT_EQ(broken.error().message, "data[1].title: missing");
    EXPECT_FALSE(read_list(R"({"eventTypeGroups":[]})"));
}

} // namespace
} // namespace calfleet::calcom
