// Who holds a booking, who booked it, and who has a seat, in the shapes in which Cal.com tells it.

#include "common/events/booking.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/events/record.h"

namespace calfleet::events {
namespace {

constexpr const char* kTimes =
    R"("startTime":"2027-02-03T09:00:00Z","endTime":"2027-02-03T09:30:00Z")";

class BookingPeople : public ::testing::Test {
protected:
    /// The members behind uid and times.
    BookingEvent decode(const std::string& members, std::string type = "booking-created") {
        record_.with("ce_type", std::move(type))
            .carrying(std::string(R"({"booking":{"uid":"u1",)") + kTimes + members + "}}");
        const auto envelope = decode_envelope(record_.view(), arena_);
        if (!envelope) {
            ADD_FAILURE() << envelope.error().message;
            return {};
        }
        auto event = decoder_.decode(*envelope, arena_);
        if (event) return std::move(*event);
        reason_ = event.error().message;
        return {};
    }
    /// "name <email> phone seat;..."
    static std::string text(const BookingCustomer& person) {
        return std::string(person.name) + " <" + std::string(person.email) + "> " +
               std::string(person.phone);
    }
    static std::string seats(const BookingEvent& event) {
        if (!event.seats) return "none";
        std::string out = event.seats->are == BookingSeats::Named::Sit ? "sit:" : "left:";
        for (const BookingSeat& seat : event.seats->named)
            out += " " + std::string(seat.person.email) + "/" + std::string(seat.uid);
        return out + (event.seats->names_all ? " and nobody else" : "");
    }

    TestRecord record_;
    TextArena arena_;
    BookingDecoder decoder_;
    std::string reason_;
};

TEST_F(BookingPeople, ReadsStandInsAndUnfilledTemplatesAsNobody) {
    for (const std::string word :
         {"Nameless", "Email-less", "unknown", "UNKNOWN", "", "{{user_email}}"}) {
        const std::string text = '"' + word + '"';
        EXPECT_TRUE(decode(
                        R"(,"organizer":{"id":)" + text + R"(,"name":)" + text + R"(,"email":)" +
                        text + R"(,"username":)" + text + "}"
        )
                        .host.empty()
        ) << word;
        EXPECT_FALSE(
            decode(R"(,"attendees":[{"name":)" + text + R"(,"email":)" + text + "}]").customer
        ) << word;
    }
    EXPECT_EQ(
        decode(R"(,"organizer":{"name":"Nameless","email":"Email-less"},"hosts":[{"id":4}])")
            .host.id,
        "4"
    );
    EXPECT_EQ(reason_, "");
}

TEST_F(BookingPeople, ReadsTheAddressMadeUpForATelephoneNumberAsTheNumber) {
    const auto customer = [&](const std::string& attendee) {
        return text(
            decode(R"(,"attendees":[)" + attendee + "]").customer.value_or(BookingCustomer{})
        );
    };
    EXPECT_EQ(
        customer(R"({"name":"Kay","email":"4917612345670@sms.cal.com"})"), "Kay <> +4917612345670"
    );
    EXPECT_EQ(
        customer(
            R"({"name":"Kay","email":"+4917612345670@SMS.cal.com","phoneNumber":"0176 12345670"})"
        ),
        "Kay <> 0176 12345670"
    );
    EXPECT_EQ(
        customer(R"({"name":"Kay","email":"kay@sms.cal.com.example"})"),
        "Kay <kay@sms.cal.com.example> "
    );
    EXPECT_EQ(customer(R"({"name":"Kay","email":"kay@sms.cal.com"})"), "Kay <kay@sms.cal.com> ");
}

TEST_F(BookingPeople, TakesTheCustomerFromTheAnswersWhereTheAttendeeTellsLess) {
    const std::string attendee = R"(,"attendees":[{"name":"Nameless","timeZone":"Europe/Paris"}])";
    EXPECT_EQ(
        text(
            *decode(
                 attendee +
                 R"(,"bookingFieldsResponses":{"email":"zoe@x.example","name":"Zoe","attendeePhoneNumber":"+331"})"
            )
                 .customer
        ),
        "Zoe <zoe@x.example> +331"
    );
    EXPECT_EQ(
        text(
            *decode(
                 R"(,"attendees":[],"responses":{"name":{"value":{"firstName":"Zoe","lastName":"Roy"}},"email":{"label":"e","value":"zoe@x.example"}})"
            )
                 .customer
        ),
        "Zoe Roy <zoe@x.example> "
    );
    EXPECT_EQ(
        text(*decode(R"(,"responses":{"name":"Zoe","attendeePhoneNumber":"+331"})").customer),
        "Zoe <> +331"
    );
    EXPECT_FALSE(decode(R"(,"responses":{"name":"Zoe"})").customer);
}

TEST_F(BookingPeople, FindsTheTelephoneNumberWhereverItIsTold) {
    const std::string attendee = R"(,"attendees":[{"name":"Zoe","email":"zoe@x.example"}])";
    for (const std::string place :
         {R"(,"responses":{"location":{"label":"l","value":{"value":"phone","optionValue":"+331"}}})",
          R"(,"responses":{"location":{"value":"phone","optionValue":"+331"}})",
          R"(,"bookingFieldsResponses":{"location":{"type":"attendeePhone","phone":"+331"}})",
          R"(,"responses":{"smsReminderNumber":{"value":"+331"}})",
          R"(,"smsReminderNumber":"+331")",
          R"(,"bookingFieldsResponses":{"attendeePhoneNumber":"+331","email":"ZOE@x.example"})"})
        EXPECT_EQ(text(*decode(attendee + place).customer), "Zoe <zoe@x.example> +331") << place;
    EXPECT_EQ(
        decode(
            attendee +
            R"(,"responses":{"location":{"value":{"value":"Elm St 1","optionValue":""}}})"
        )
            .customer->phone,
        ""
    );
    // The answers are somebody else's.
    EXPECT_EQ(
        decode(
            attendee + R"(,"responses":{"email":"other@x.example","attendeePhoneNumber":"+331"})"
        )
            .customer->phone,
        ""
    );
}

TEST_F(BookingPeople, PassesOverAnswersOfAnyShape) {
    const std::string attendee = R"(,"attendees":[{"name":"Zoe","email":"zoe@x.example"}])";
    for (const std::string answers :
         {R"([])",
          R"("text")",
          R"(7)",
          R"({"email":7,"name":[1],"location":[],"hosts":[3]})",
          R"({"email":{"value":{}},"name":{"value":{}},"location":{"value":7}})"})
        for (const std::string field : {"responses", "bookingFieldsResponses"}) {
            const auto event = decode(attendee + ",\"" + field + "\":" + answers);
            ASSERT_TRUE(event.customer) << field << " " << answers << " " << reason_;
            EXPECT_EQ(text(*event.customer), "Zoe <zoe@x.example> ");
        }
}

TEST_F(BookingPeople, CleansNamesAndLosesAddressesThatAreNone) {
    const auto event = decode(
        R"(,"organizer":{"id":5,"name":" Mi\tra\r\n\u2028 Holt\u0000 "},"attendees":[{"name":"Zo\u0007e\nRoy","email":"zoe@x.example\r\n"}])"
    );
    EXPECT_EQ(event.host.name, "Mi ra Holt");
    ASSERT_TRUE(event.customer);
    EXPECT_EQ(text(*event.customer), "Zoe Roy <zoe@x.example> ");
    EXPECT_EQ(
        decode(R"(,"attendees":[{"name":"Zoe","email":"zoe@x.example\r\nBcc: all@x.example"}])")
            .customer->email,
        ""
    );
}

TEST_F(BookingPeople, KnowsAllHostsOfABookingThatSeveralHold) {
    const auto event = decode(
        R"(,"organizer":{"id":1,"name":"Ada"},"team":{"id":9,"name":"T","members":[{"id":2,"name":"Bo","email":"bo@x.example"},{"id":1},{"name":"Nameless"},{"email":"cy@x.example"}]})"
    );
    EXPECT_EQ(event.host.id, "1");
    ASSERT_EQ(event.other_hosts.size(), 2U);
    EXPECT_EQ(event.other_hosts[0].id, "2");
    EXPECT_EQ(event.other_hosts[1].email, "cy@x.example");
    EXPECT_EQ(decode(R"(,"hosts":[{"id":1},{"id":2},{"id":1}])").other_hosts.size(), 1U);
    const auto managed = decode(R"(,"organizer":{"id":1},"team":{"name":"Nameless","members":[]})");
    EXPECT_EQ(managed.host.id, "1");
    EXPECT_TRUE(managed.other_hosts.empty());
    std::string many = R"(,"hosts":[{"id":1})";
    for (int i = 2; i <= 101; ++i)
        many += ",{\"id\":" + std::to_string(i) + "}";
    decode(many + "]");
    EXPECT_EQ(reason_, "data.booking.hosts: more than 100 hosts of one booking");
}

TEST_F(BookingPeople, TellTheZoneOfTheHostsAccountAndAreReadWithoutAny) {
    const auto zone = [&](const std::string& value) {
        const BookingEvent event =
            decode(R"(,"organizer":{"id":101,"name":"Anna","timeZone":)" + value + "}");
        EXPECT_EQ(event.host.id, "101") << value << reason_;
        return std::string(event.host.time_zone);
    };
    EXPECT_EQ(zone(R"("Europe/Berlin")"), "Europe/Berlin");
    for (const std::string& value :
         {std::string("null"),
          std::string("7"),
          std::string("[]"),
          std::string(R"("")"),
          std::string(R"("Mitteleuropäische Zeit")"),
          std::string(R"("a b")"),
          '"' + std::string(65, 'x') + '"'})
        EXPECT_EQ(zone(value), "") << value;
}

TEST_F(BookingPeople, HaveNoHostUntilSomebodyJoinsAnInstantMeeting) {
    const auto event = decode(
        R"(,"status":"AWAITING_HOST","organizer":{"name":"Team","email":"no-reply@x.example"})"
    );
    EXPECT_EQ(event.status, BookingStatus::Pending);
    EXPECT_TRUE(event.host.empty());
    EXPECT_EQ(decode(R"(,"status":"awaiting_host","organizer":{"id":5})").host.id, "5");
}

// What Cal.com sends when a seat is taken, left or moved, and its REST answers.
TEST_F(BookingPeople, KnowWhoTakesASeat) {
    const std::string ada = R"({"name":"Ada","email":"ada@x.example"})";
    const std::string bo = R"({"name":"Bo","email":"bo@x.example"})";
    EXPECT_EQ(seats(decode(R"(,"seatsPerTimeSlot":null,"attendees":[)" + ada + "]")), "none");
    EXPECT_EQ(seats(decode(R"(,"seatsPerTimeSlot":0,"attendees":[)" + ada + "]")), "none");
    EXPECT_EQ(
        seats(decode(R"(,"seatsPerTimeSlot":5,"attendees":[)" + ada + "," + bo + "]")),
        "sit: ada@x.example/ bo@x.example/"
    );
    EXPECT_EQ(
        seats(decode(R"(,"seatsPerTimeSlot":2,"attendeeSeatId":"s1","attendees":[)" + ada + "]")),
        "sit: ada@x.example/s1"
    );
    EXPECT_EQ(
        seats(decode(
            R"(,"attendees":[{"email":"ada@x.example","seatUid":"s1"},{"email":"bo@x.example","seatUid":"s2"}])"
        )),
        "sit: ada@x.example/s1 bo@x.example/s2 and nobody else"
    );
}

TEST_F(BookingPeople, KnowThatASeatIsNotTheBooking) {
    const std::string ada = R"({"name":"Ada","email":"ada@x.example"})";
    const std::string bo = R"({"name":"Bo","email":"bo@x.example"})";
    const auto cancel = [&](const std::string& members) {
        return decode(members, "booking-cancelled");
    };
    auto event = cancel(R"(,"status":"CANCELLED","seatsPerTimeSlot":5,"attendees":[)" + bo + "]");
    EXPECT_EQ(event.status, BookingStatus::Accepted);
    EXPECT_EQ(seats(event), "left: bo@x.example/");
    event = cancel(
        R"(,"status":"CANCELLED","attendeeSeatId":"s2","responses":{"email":"bo@x.example"},"attendees":[)" +
        ada + "," + bo + "]"
    );
    EXPECT_EQ(event.status, BookingStatus::Accepted);
    EXPECT_EQ(seats(event), "left: bo@x.example/s2");
    event = cancel(
        R"(,"status":"CANCELLED","seatsPerTimeSlot":5,"attendees":[)" + ada + "," + bo + "]"
    );
    EXPECT_EQ(event.status, BookingStatus::Cancelled);
    EXPECT_EQ(seats(event), "left: ada@x.example/ bo@x.example/");
    event =
        cancel(R"(,"status":"accepted","attendees":[{"email":"ada@x.example","seatUid":"s1"}])");
    EXPECT_EQ(event.status, BookingStatus::Accepted);
    EXPECT_EQ(seats(event), "sit: ada@x.example/s1 and nobody else");
    event =
        cancel(R"(,"status":"cancelled","attendees":[{"email":"ada@x.example","seatUid":"s1"}])");
    EXPECT_EQ(event.status, BookingStatus::Cancelled);
    EXPECT_EQ(cancel(R"(,"attendees":[)" + ada + "]").status, BookingStatus::Cancelled);
    // Attendees may be hidden.
    event = cancel(R"(,"status":"CANCELLED","attendeeSeatId":"s2","attendees":[])");
    EXPECT_EQ(event.status, BookingStatus::Accepted);
    EXPECT_EQ(seats(event), "left: /s2");
    event = cancel(R"(,"seatsPerTimeSlot":5,"responses":{"email":"bo@x.example"})");
    EXPECT_EQ(event.status, BookingStatus::Accepted);
    EXPECT_EQ(seats(event), "left: bo@x.example/");
    event = cancel(R"(,"seatsPerTimeSlot":5)");
    EXPECT_EQ(event.status, BookingStatus::Cancelled);
}

TEST_F(BookingPeople, AreBounded) {
    std::string many = R"(,"seatsPerTimeSlot":5000,"attendees":[{"email":"p0@x.example"})";
    for (int i = 1; i <= 1000; ++i)
        many += R"(,{"email":"p)" + std::to_string(i) + R"(@x.example"})";
    decode(many + "]");
    EXPECT_EQ(reason_, "data.booking.attendees: more than 1000 seats of one booking");
}

TEST_F(BookingPeople, KnowASeries) {
    EXPECT_TRUE(decode(R"(,"recurringEvent":{"freq":2,"count":3,"interval":1})").is_recurring);
    EXPECT_FALSE(decode(R"(,"recurringEvent":null)").is_recurring);
    EXPECT_FALSE(decode(R"(,"recurringEvent":[])").is_recurring);
    EXPECT_EQ(decode(R"(,"recurringBookingUid":"r1")").series, "r1");
    EXPECT_TRUE(decode(R"(,"recurringBookingUid":"r1")").is_recurring);
}

} // namespace
} // namespace calfleet::events
