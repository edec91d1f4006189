#include "tests/unit/calcom_sim/exchanges.h"

namespace calfleet::calcom_sim {
namespace {

constexpr const char* kTen = "2023-11-15T10:00:00Z";
constexpr const char* kTwelve = R"({"start":"2023-11-15T12:00:00Z","seatUid":")";

// A type of alice with three seats, and her webhook.
struct Seats {
    Api api{};
    Id type{};

    Seats() {
        listen(api);
        type = api.make_type("a");
        set_rest(
            api, type, "seats", R"({"disabled":false,"seatsPerTimeSlot":3,"showAttendeeInfo":true})"
        );
    }
    const Booking& row(const std::string& uid) { return *api.simulator.world().bookings.find(uid); }
    std::string cancel(const std::string& seat) {
        return R"({"seatUid":")" + seat + R"(","cancellationReason":"ill"})";
    }
};

std::string seat_of(const Response& said) {
    return std::string(said.data().at("seatUid").as_string());
}

TEST(CalcomSeats, ShareAUidAndAreToldOfOneByOne) {
    Seats seats;
    const Response first = book_for(seats.api, "one", seats.type, kTen);
    const Response second = book_for(seats.api, "two", seats.type, kTen);
    EXPECT_EQ(first.uid(), second.uid());
    EXPECT_EQ(second.payload().at("attendeeSeatId").as_string(), seat_of(second));
    EXPECT_EQ(second.payload().at("attendees").as_array().size(), 1U);
    EXPECT_NE(seat_of(first), seat_of(second));
}

TEST(CalcomSeats, AreGivenBackOneAtATimeAndTheBookingStands) {
    Seats seats;
    const Response first = book_for(seats.api, "one", seats.type, kTen);
    const Response second = book_for(seats.api, "two", seats.type, kTen);
    const std::string uid = first.uid();
    const Instant updated = seats.row(uid).updated;
    seats.api.clock.advance(std::chrono::seconds(5));
    const Response left = act_as(seats.api, "", uid, "cancel", seats.cancel(seat_of(second)));
    EXPECT_EQ(left.status, 200);
    EXPECT_EQ(left.data().at("status"), "accepted");
    EXPECT_EQ(left.data().at("attendees").as_array().size(), 1U);
    EXPECT_EQ(left.trigger(), "BOOKING_CANCELLED");
    const json::object said = left.payload();
    EXPECT_EQ(said.at("status"), "CANCELLED") << "of the seat, not of the booking";
    EXPECT_EQ(said.at("uid").as_string(), uid);
    EXPECT_EQ(said.at("seatsPerTimeSlot"), 3);
    EXPECT_FALSE(said.contains("attendeeSeatId"));
    ASSERT_EQ(said.at("attendees").as_array().size(), 1U);
    const json::object gone = said.at("attendees").at(0).as_object();
    EXPECT_EQ(gone.at("email"), "two@example.com");
    EXPECT_EQ(gone.at("bookingId"), first.data().at("id"));
    EXPECT_TRUE(gone.at("id").is_int64());
    EXPECT_EQ(said.at("responses").at("email").at("value"), "one@example.com")
        << "the answers are the first one's";
    EXPECT_EQ(seats.row(uid).updated, updated) << "nothing to be seen by updatedAt";

    const Response again = act_as(seats.api, "", uid, "cancel", seats.cancel(seat_of(second)));
    EXPECT_EQ(
        again.message(), "Invalid seatUid: this seat does not exist or has already been cancelled."
    );
    const Response last = act_as(seats.api, "", uid, "cancel", seats.cancel(seat_of(first)));
    EXPECT_EQ(last.data().at("status"), "cancelled");
    EXPECT_EQ(last.data().at("attendees").as_array().size(), 0U);
    EXPECT_EQ(last.payload().at("attendees").as_array().size(), 1U);
}

TEST(CalcomSeats, AreNotShownToEverybodyUnlessTheTypeSaysSo) {
    Seats seats;
    set_rest(seats.api, seats.type, "seats", R"({"seatsPerTimeSlot":3,"showAttendeeInfo":false})");
    const std::string uid = book_for(seats.api, "one", seats.type, kTen).uid();
    const auto shown = [&](const std::string& who, const std::string& target) {
        return seats.api.as(who).send("GET", target, "", "2024-08-13").data();
    };
    const std::string one = "/v2/bookings/" + uid;
    EXPECT_EQ(shown("bob", one).at("attendees").as_array().size(), 0U);
    EXPECT_EQ(shown("alice", one).at("attendees").as_array().size(), 1U);
    EXPECT_EQ(shown("alice", "/v2/bookings").at(0).at("attendees").as_array().size(), 1U);
}

TEST(CalcomSeats, BelongToOneBooking) {
    Seats seats;
    const Response here = book_for(seats.api, "one", seats.type, kTen);
    const Response there = book_for(seats.api, "two", seats.type, "2023-11-15T11:00:00Z");
    EXPECT_EQ(
        act_as(seats.api, "", here.uid(), "cancel", seats.cancel(seat_of(there))).message(),
        "Invalid seatUid: this seat does not belong to this booking."
    );
}

TEST(CalcomSeats, AreAllCancelledByTheHostAndByNobodyElse) {
    Seats seats;
    const std::string uid = book_for(seats.api, "one", seats.type, kTen).uid();
    book_for(seats.api, "two", seats.type, kTen);
    EXPECT_EQ(act_as(seats.api, "", uid, "cancel", "{}").status, 401);
    EXPECT_EQ(act_as(seats.api, "bob", uid, "cancel", "{}").status, 401);
    const Response all =
        act_as(seats.api, "alice", uid, "cancel", R"({"cancellationReason":"ill"})");
    EXPECT_EQ(all.data().at("status"), "cancelled");
    EXPECT_EQ(all.payload().at("attendees").as_array().size(), 2U);
}

TEST(CalcomSeats, MoveToATimeOfTheirOwnAsANewBookingThatTheOldOneDoesNotName) {
    Seats seats;
    const Response first = book_for(seats.api, "one", seats.type, kTen);
    const Response second = book_for(seats.api, "two", seats.type, kTen);
    const Response moved =
        act_as(seats.api, "", first.uid(), "reschedule", kTwelve + seat_of(second) + "\"}");
    EXPECT_EQ(moved.status, 201);
    EXPECT_NE(moved.uid(), first.uid());
    EXPECT_NE(seat_of(moved), seat_of(second));
    EXPECT_EQ(moved.trigger(), "BOOKING_RESCHEDULED");
    const json::object said = moved.payload();
    EXPECT_EQ(said.at("uid").as_string(), moved.uid());
    EXPECT_EQ(said.at("rescheduleUid").as_string(), first.uid());
    EXPECT_EQ(said.at("attendeeSeatId").as_string(), seat_of(moved));
    EXPECT_FALSE(said.contains("rescheduleId"));
    EXPECT_EQ(seats.row(first.uid()).status, BookingStatus::Accepted);
    EXPECT_EQ(seats.row(first.uid()).rescheduled_to_uid, "");
    EXPECT_EQ(seats.row(first.uid()).attendees.size(), 1U);
}

TEST(CalcomSeats, MoveIntoABookingThatIsThereAndTheLastOneEndsTheOld) {
    Seats seats;
    const Response old = book_for(seats.api, "one", seats.type, kTen);
    const Response there = book_for(seats.api, "two", seats.type, "2023-11-15T12:00:00Z");
    const Response moved =
        act_as(seats.api, "", old.uid(), "reschedule", kTwelve + seat_of(old) + "\"}");
    EXPECT_EQ(moved.uid(), there.uid());
    EXPECT_EQ(seat_of(moved), seat_of(old)) << "a seat keeps its uid";
    const json::object said = moved.payload();
    EXPECT_EQ(said.at("uid").as_string(), there.uid());
    EXPECT_EQ(said.at("bookingId"), old.data().at("id")) << "the old one's number";
    EXPECT_EQ(said.at("rescheduleUid").as_string(), old.uid());
    EXPECT_EQ(said.at("rescheduleStartTime"), kTen);
    EXPECT_EQ(said.at("attendees").as_array().size(), 2U);
    EXPECT_EQ(seats.row(old.uid()).status, BookingStatus::Cancelled);
    EXPECT_EQ(seats.row(there.uid()).attendees.size(), 2U);
}

TEST(CalcomSeats, DoNotMoveTogetherNorToWhereTheyAre) {
    Seats seats;
    const Response one = book_for(seats.api, "one", seats.type, kTen);
    const std::string all = R"({"start":"2023-11-15T12:00:00Z"})";
    EXPECT_EQ(
        act_as(seats.api, "alice", one.uid(), "reschedule", all).message().substr(0, 76),
        "Booking with uid=" + one.uid() + " is a seated booking which means you "
    );
    EXPECT_EQ(act_as(seats.api, "", one.uid(), "reschedule", all).status, 500);
    const Response same = act_as(
        seats.api,
        "",
        one.uid(),
        "reschedule",
        R"({"start":"2023-11-15T10:00:00Z","seatUid":")" + seat_of(one) + "\"}"
    );
    EXPECT_EQ(same.status, 409);
    EXPECT_EQ(
        act_as(seats.api, "", one.uid(), "reschedule", std::string(kTwelve) + "none\"}").status, 404
    );
}

} // namespace
} // namespace calfleet::calcom_sim
