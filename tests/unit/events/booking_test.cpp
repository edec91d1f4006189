#include "common/events/booking.h"

#include <gtest/gtest.h>

#include "tests/unit/events/record.h"

namespace calfleet::events {
namespace {

constexpr const char* kTimes =
    R"("startTime":"2027-02-03T09:00:00Z","endTime":"2027-02-03T09:30:00Z")";

class Booking : public ::testing::Test {
protected:
    Result<BookingEvent> decode(std::string data, std::string type = "booking-created") {
        record_.with("ce_type", std::move(type)).carrying(std::move(data));
        const auto envelope = decode_envelope(record_.view(), arena_);
        if (!envelope) return envelope.error();
        return decoder_.decode(*envelope, arena_);
    }
    /// The members behind uid and times.
    Result<BookingEvent>
    decode_with(const std::string& members, std::string type = "booking-created") {
        return decode(
            std::string(R"({"booking":{"uid":"u1",)") + kTimes + members + "}}", std::move(type)
        );
    }
    std::string refusal(std::string data, std::string type = "booking-created") {
        const auto event = decode(std::move(data), std::move(type));
        return event ? "accepted" : event.error().message;
    }

    TestRecord record_;
    TextArena arena_;
    BookingDecoder decoder_;
};

TEST_F(Booking, TakesTheHostFromOrganizerThenHostsThenResponses) {
    const std::string organizer = R"(,"organizer":{"id":1,"name":"O"})";
    const std::string hosts = R"(,"hosts":[{"id":2,"name":"H"},{"id":9}])";
    const std::string responses = R"(,"responses":{"hosts":[{"id":3,"name":"R"}]})";
    EXPECT_EQ(decode_with(organizer + hosts + responses)->host.id, "1");
    EXPECT_EQ(decode_with(R"(,"organizer":null)" + hosts + responses)->host.id, "2");
    EXPECT_EQ(decode_with(R"(,"organizer":{})" + hosts + responses)->host.id, "2");
    EXPECT_EQ(decode_with(R"(,"hosts":[])" + responses)->host.id, "3");
    EXPECT_TRUE(decode_with("")->host.empty());
}

TEST_F(Booking, ReadsADeletedHostAsNobody) {
    const auto event = decode_with(
        R"(,"hosts":[{"id":"unknown","name":"unknown","email":"unknown","username":"unknown"}])"
    );
    ASSERT_TRUE(event) << event.error().message;
    EXPECT_TRUE(event->host.empty());
}

TEST_F(Booking, WritesAHostIdAlwaysTheSameWay) {
    EXPECT_EQ(decode_with(R"(,"hosts":[{"id":7}])")->host.id, "7");
    EXPECT_EQ(decode_with(R"(,"hosts":[{"id":"007"}])")->host.id, "7");
}

TEST_F(Booking, TakesTheCustomerWhoTypedTheAddressElseTheFirst) {
    const std::string attendees =
        R"(,"attendees":[{"name":"Other host","email":"host@x.example"},{"name":"Bo","email":"Bo@x.example","phoneNumber":"+49 30 1"}])";
    EXPECT_EQ(decode_with(attendees)->customer->name, "Other host");
    EXPECT_EQ(
        decode_with(attendees + R"(,"bookingFieldsResponses":{"email":"bo@X.example"})")
            ->customer->name,
        "Bo"
    );
    EXPECT_EQ(
        decode_with(attendees + R"(,"responses":{"email":{"value":"bo@x.example"}})")
            ->customer->phone,
        "+49 30 1"
    );
    EXPECT_EQ(
        decode_with(attendees + R"(,"responses":{"email":{"label":"e"}})")->customer->name,
        "Other host"
    );
    EXPECT_EQ(
        decode_with(attendees + R"(,"responses":{"email":{"value":"third@x.example"}})")
            ->customer->name,
        "Other host"
    );
    EXPECT_FALSE(decode_with(R"(,"attendees":[])")->customer);
    EXPECT_FALSE(decode_with(R"(,"attendees":null)")->customer);
}

TEST_F(Booking, ReadsTheStatusInAnyCase) {
    EXPECT_EQ(decode_with(R"(,"status":"PENDING")")->status, BookingStatus::Pending);
    EXPECT_EQ(decode_with(R"(,"status":"rejected")")->status, BookingStatus::Rejected);
    EXPECT_EQ(decode_with(R"(,"status":"Cancelled")")->status, BookingStatus::Cancelled);
}

TEST_F(Booking, LetsTheKindOfTheEventDecideWithoutAStatus) {
    EXPECT_EQ(decode_with("")->status, BookingStatus::Accepted);
    EXPECT_EQ(decode_with(R"(,"status":null)")->status, BookingStatus::Accepted);
    EXPECT_EQ(decode_with("", "booking-cancelled")->status, BookingStatus::Cancelled);
}

TEST_F(Booking, IsCancelledWhenTheEventSaysSoAndTheSnapshotIsOlder) {
    EXPECT_EQ(
        decode_with(R"(,"status":"accepted")", "booking-cancelled")->status,
        BookingStatus::Cancelled
    );
    EXPECT_EQ(
        decode_with(R"(,"status":"REJECTED")", "booking-cancelled")->status, BookingStatus::Rejected
    );
}

TEST_F(Booking, ReadsACancellationOfNothingButAUid) {
    const auto event = decode(R"({"booking":{"uid":"u1"}})", "booking-cancelled");
    ASSERT_TRUE(event) << event.error().message;
    EXPECT_EQ(event->uid, "u1");
    EXPECT_FALSE(event->starts_at);
    EXPECT_FALSE(event->ends_at);
    EXPECT_EQ(format_instant(event->as_of), "2027-01-11T08:00:03.000000Z");
}

TEST_F(Booking, PassesOverAnEndWithoutAStartInACancellation) {
    const auto event =
        decode(R"({"booking":{"uid":"u1","end":"2027-02-03T09:00:00Z"}})", "booking-cancelled");
    ASSERT_TRUE(event);
    EXPECT_FALSE(event->ends_at);
}

TEST_F(Booking, TrustsUpdatedAtMoreThanTheEnvelope) {
    EXPECT_EQ(
        format_instant(decode_with(R"(,"updatedAt":"2027-01-10T00:00:00.5Z")")->as_of),
        "2027-01-10T00:00:00.500000Z"
    );
    EXPECT_EQ(
        format_instant(decode_with(R"(,"updatedAt":null)")->as_of), "2027-01-11T08:00:03.000000Z"
    );
}

TEST_F(Booking, KnowsTheOldBookingInBothShapes) {
    const auto webhook = decode_with(
        R"(,"rescheduleUid":"old","rescheduleStartTime":"2027-02-01T09:00:00Z","rescheduleEndTime":"2027-02-01T09:30:00Z")",
        "booking-rescheduled"
    );
    ASSERT_TRUE(webhook);
    EXPECT_EQ(webhook->rescheduled_from_uid, "old");
    EXPECT_EQ(format_instant(*webhook->rescheduled_from_start), "2027-02-01T09:00:00.000000Z");
    EXPECT_EQ(
        decode_with(R"(,"rescheduledFromUid":"old")", "booking-rescheduled")->rescheduled_from_uid,
        "old"
    );
    const auto old_one =
        decode_with(R"(,"status":"cancelled","rescheduledToUid":"new")", "booking-rescheduled");
    ASSERT_TRUE(old_one);
    EXPECT_EQ(old_one->rescheduled_to_uid, "new");
    EXPECT_EQ(old_one->rescheduled_from_uid, "");
}

TEST_F(Booking, IsNotItsOwnSuccessor) {
    const auto event =
        decode_with(R"(,"rescheduleUid":"u1","rescheduledToUid":"u1")", "booking-rescheduled");
    ASSERT_TRUE(event) << event.error().message;
    EXPECT_EQ(event->rescheduled_from_uid, "");
    EXPECT_EQ(event->rescheduled_to_uid, "");
}

TEST_F(Booking, ReadsTheEventTypeFromEitherField) {
    EXPECT_EQ(decode_with(R"(,"eventTypeId":5)")->event_type_id, 5);
    EXPECT_EQ(decode_with(R"(,"eventType":{"id":6})")->event_type_id, 6);
    EXPECT_EQ(decode_with(R"(,"eventTypeId":null,"eventType":{"id":6})")->event_type_id, 6);
    EXPECT_FALSE(decode_with(R"(,"eventTypeId":null)")->event_type_id);
    EXPECT_FALSE(decode_with(R"(,"eventTypeId":0)")->event_type_id);
}

TEST_F(Booking, KeepsItsStringsInTheArena) {
    const auto first =
        decode_with(R"(,"organizer":{"id":5,"name":"Ana \u00d1","email":"a@x.example"})");
    decoder_ = BookingDecoder();
    record_.carrying(std::string(4000, '#'));
    ASSERT_TRUE(first);
    EXPECT_EQ(first->uid, "u1");
    EXPECT_EQ(first->host.name, "Ana Ñ");
}

TEST_F(Booking, RefusesAKindItDoesNotKnow) {
    EXPECT_EQ(
        refusal("{}", "service-changed"),
        "type: 'service-changed' is not one of booking-created, booking-rescheduled, "
        "booking-cancelled"
    );
}

TEST_F(Booking, KeepsPeopleOutOfItsErrors) {
    const auto event = decode_with(
        R"(,"attendees":[{"email":"greta.secret@x.example)" + std::string(400, 'x') + "\"}]"
    );
    ASSERT_FALSE(event);
    EXPECT_EQ(event.error().message.find("greta"), std::string::npos);
}

// The rows of "bad input": what a producer can do wrong with the bytes themselves.
TEST_F(Booking, RefusesBytesThatAreNoDocument) {
    EXPECT_EQ(refusal(" "), "data: not JSON: empty");
    EXPECT_EQ(
        refusal(R"({"booking":{"uid":"u1","startTi)"),
        "data: not JSON: ends too early (expected '\"') at byte 31"
    );
    EXPECT_EQ(refusal("booking created!"), "data: not JSON: expected a value at byte 0");
    EXPECT_EQ(
        refusal("{\"booking\":{\"uid\":\"\xC3\x28\"}}"), "data: not JSON: invalid UTF-8 at byte 19"
    );
    EXPECT_EQ(
        refusal(R"({"x":)" + std::string(10'000, '[') + std::string(10'000, ']') + "}"),
        "data: not acceptable JSON: nested deeper than 64 levels"
    );
    EXPECT_EQ(
        refusal(R"({"x":")" + std::string(1024 * 1024, 'x') + "\"}"),
        "data: 1048584 bytes of JSON, at most 1048576 are accepted"
    );
    EXPECT_EQ(refusal("null"), "data: null, expected an object");
    EXPECT_EQ(refusal("\"text\""), "data: text, expected an object");
    EXPECT_EQ(refusal(R"({"booking":null})"), "data.booking: null, expected an object");
}

TEST_F(Booking, AcceptsADocumentOfAlmostAMebibyteWithUnknownFields) {
    EXPECT_TRUE(decode_with(R"(,"filler":")" + std::string(1000 * 1000, 'x') + "\""));
}

TEST_F(Booking, IsNotDecidedByAFieldThatNobodyReads) {
    for (const std::string_view field :
         {R"("title":"Danke \ud83d")",
          R"("metadata":[])",
          R"("customInputs":[])",
          R"("price":18446744073709551616)",
          R"("notes":1e999)",
          "\"notes\":\"two\nlines\"",
          R"("title":null)",
          R"("title":7)"}) {
        const auto event = decode_with("," + std::string(field));
        EXPECT_TRUE(event) << field << ": " << event.error().message;
    }
    EXPECT_EQ(
        refusal(R"({"booking":{"uid":"half \ud83d"}})", "booking-cancelled"),
        "data.booking.uid: 'half \uFFFD' has half a character (U+FFFD)"
    );
}

TEST_F(Booking, ReadsAnIntegerHoweverItIsWritten) {
    EXPECT_EQ(decode_with(R"(,"bookingId":7.0,"eventTypeId":4.001e3)")->event_type_id, 4001);
    EXPECT_EQ(decode_with(R"(,"organizer":{"id":5101.0})")->host.id, "5101");
    EXPECT_FALSE(decode_with(R"(,"eventTypeId":4001.5)"));
    EXPECT_FALSE(decode_with(R"(,"eventTypeId":"4001")"));
    EXPECT_FALSE(decode_with(R"(,"eventTypeId":18446744073709551616)"));
}

TEST_F(Booking, ExplainsWhatIsNoBooking) {
    EXPECT_EQ(
        refusal(R"({"schema":{"type":"struct"},"payload":{"booking":{"uid":"u1"}}})"),
        "data.booking: missing; found data.schema beside data.payload, an envelope of Kafka "
        "Connect: set value.converter.schemas.enable=false, so that the payload alone is published"
    );
    EXPECT_EQ(
        refusal(R"({"before":null,"after":{"uid":"u1"},"op":"c"})"),
        "data.booking: missing; found data.before or data.after, a change of a row: publish "
        "Cal.com's booking object and not the row of its database"
    );
}

TEST_F(Booking, OfAnInstantMeetingWaits) {
    EXPECT_EQ(decode_with(R"(,"status":"AWAITING_HOST")")->status, BookingStatus::Pending);
}

} // namespace
} // namespace calfleet::events
