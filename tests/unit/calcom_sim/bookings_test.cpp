#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "tests/calcom-sim/bookings_ids.h"
#include "tests/calcom-sim/state.h"
#include "tests/unit/calcom_sim/steps.h"

namespace calfleet::calcom_sim {
namespace {

// The fixture's clock stands at Tuesday, 2023-11-14 22:13:20 UTC; London keeps that time, too.
constexpr const char* kTen = "2023-11-15T10:00:00Z";
constexpr const char* kEleven = "2023-11-15T11:00:00Z";
constexpr const char* kTaken = "User either already has booking at this time or is not available";

Said book(Api& api, const std::string& body) {
    return api.send("POST", "/v2/bookings", body, "2024-08-13");
}

Said read(Api& api, const std::string& target) {
    return api.send("GET", target, {}, "2024-08-13");
}

Said act(Api& api, const std::string& uid, const std::string& verb, const std::string& body) {
    return api.send("POST", "/v2/bookings/" + uid + "/" + verb, body, "2024-08-13");
}

std::string uid_of(const Said& said) {
    return said.data().at("uid").as_string().c_str();
}

std::string message(const Said& said) {
    const json::value body = said.body();
    const json::value* error = body.as_object().if_contains("error");
    return (error == nullptr ? body : *error).at("message").as_string().c_str();
}

// A type of team 11 with these hosts, put into the world as it is.
Id team_type(Api& api, Scheduling kind, std::vector<Host> hosts) {
    World& world = api.simulator.world();
    EventType type{
        .id = world.next_event_type_id(),
        .team_id = 11,
        .scheduling = kind,
        .title = "Together",
        .slug = "together",
        .hosts = std::move(hosts)};
    const Id id = type.id;
    world.event_types.put(id, std::move(type), api.simulator.clock().now());
    return id;
}

void set(Api& api, Id type, const char* property, const char* value) {
    api.simulator.world().event_types.edit(type, api.simulator.clock().now())->rest[property] =
        json::parse(value);
}

TEST(CalcomBookings, NeedNoCredentialsToBeMadeReadAndCancelled) {
    Api api;
    const Id type = api.make_type("a");
    api.as("");
    const Said made = book(api, wish(type, kTen, R"(,"metadata":{"ours":"1"})"));
    EXPECT_EQ(made.status, 201);
    EXPECT_EQ(made.data().at("start"), "2023-11-15T10:00:00.000Z");
    EXPECT_EQ(made.data().at("end"), "2023-11-15T10:30:00.000Z");
    EXPECT_EQ(uid_of(made).size(), 22U);
    EXPECT_EQ(read(api, "/v2/bookings/" + uid_of(made)).data().at("metadata").at("ours"), "1");
    EXPECT_EQ(act(api, uid_of(made), "cancel", "{}").data().at("status"), "cancelled");
    EXPECT_EQ(read(api, "/v2/bookings").status, 403);
}

TEST(CalcomBookings, AreRefusedWith400WhenTheTimeIsTakenEvenByAnExactRepeat) {
    Api api;
    const Id type = api.make_type("a");
    EXPECT_EQ(book(api, wish(type, kTen)).status, 201);
    const Said again = book(api, wish(type, kTen));
    EXPECT_EQ(again.status, 400);
    EXPECT_EQ(message(again), kTaken);
    EXPECT_EQ(message(book(api, wish(type, "2023-11-15T10:15:00Z"))), kTaken);
    EXPECT_EQ(message(book(api, wish(type, "2023-11-15T20:00:00Z"))), kTaken);
    EXPECT_EQ(message(book(api, wish(type, "2023-11-18T10:00:00Z"))), kTaken);
    EXPECT_EQ(book(api, wish(type, "2023-11-15T10:37:00Z")).status, 201) << "off the grid is fine";
}

TEST(CalcomBookings, LoseARaceWith409AndANumber) {
    Api api;
    const Id type = api.make_type("a");
    Steps first(api, post_of("/v2/bookings", wish(type, kTen)));
    Steps second(api, post_of("/v2/bookings", wish(type, kTen), ""));
    EXPECT_EQ(first.finish(), 201);
    EXPECT_EQ(second.finish(), 409);
    EXPECT_EQ(second.body(), R"({"statusCode":409,"message":"booking_conflict_error"})");
    EXPECT_EQ(book(api, wish(type, kEleven)).data().at("id"), 3);
}

TEST(CalcomBookings, ReleaseTheirKeyWhenCancelled) {
    Api api;
    const Id type = api.make_type("a");
    const std::string uid = uid_of(book(api, wish(type, kTen)));
    EXPECT_EQ(act(api, uid, "cancel", R"({"cancellationReason":"ill"})").status, 200);
    EXPECT_EQ(api.simulator.world().bookings.find(uid)->idempotency_key, "");
    EXPECT_EQ(book(api, wish(type, kTen)).status, 201);
}

TEST(CalcomBookings, HaveTheKeyThatTheRealServerComputes) {
    const auto start = parse_instant("2026-11-25T15:30:00Z");
    ASSERT_TRUE(start);
    EXPECT_EQ(
        idempotency_key(*start, *start + std::chrono::minutes(30), 101),
        "210c3f03-c3dc-59f9-a567-7223c43667ec"
    );
}

TEST(CalcomBookings, SayInTheMessageWhatIsWrongWithABody) {
    Api api;
    const Id type = api.make_type("a");
    EXPECT_EQ(
        message(book(api, wish(type, "tomorrow"))),
        "start property is wrong,start must be a valid ISO 8601 date string "
    );
    EXPECT_EQ(
        message(book(api, wish(type, kTen, R"(,"price":1)"))),
        "price property is wrong,property price should not exist "
    );
    EXPECT_EQ(book(api, wish(type, kTen, R"(,"metadata":{"n":5})")).status, 400);
    EXPECT_EQ(message(book(api, wish(9, kTen))), "Event type with id 9 not found.");
    EXPECT_EQ(
        message(book(api, wish(type, "2023-11-13T10:00:00Z"))),
        "Attempting to book a meeting in the past."
    );
    EXPECT_EQ(
        message(book(api, wish(type, "2023-11-14T22:20:00Z"))).substr(0, 34),
        "The event type can't be booked at "
    );
}

TEST(CalcomBookings, OfAManagedParentAreRefusedAndThoseOfTheChildAreFound) {
    Api api;
    const auto [parent, child] = api.make_managed("managed");
    EXPECT_EQ(book(api, wish(parent, kTen)).status, 400);
    EXPECT_EQ(book(api, wish(child, kTen)).data().at("eventTypeId"), child);
    const Said listed = read(api, "/v2/bookings?eventTypeId=" + std::to_string(parent));
    EXPECT_EQ(listed.data().as_array().size(), 1U);
}

TEST(CalcomBookings, OfACollectiveTypeFailWith500WhenOnlySomeHostsAreFree) {
    Api api;
    const Id own = api.make_type("own");
    const Id both = team_type(api, Scheduling::Collective, {{.user_id = 101}, {.user_id = 102}});
    EXPECT_EQ(book(api, wish(own, kTen)).status, 201);
    const Said partly = book(api, wish(both, kTen));
    EXPECT_EQ(partly.status, 500);
    EXPECT_EQ(partly.text, R"({"statusCode":500,"message":"Internal server error"})");
    const Said made = book(api, wish(both, kEleven));
    EXPECT_EQ(made.data().at("hosts").as_array().size(), 1U);
    EXPECT_EQ(made.data().at("attendees").at(1).at("email"), "bob@example.org");
    EXPECT_EQ(
        message(book(api, wish(both, "2023-11-18T10:00:00Z"))),
        "One of the hosts either already has booking at this time or is not available"
    );
}

TEST(CalcomBookings, OfARoundRobinTypeTakeTurnsAndAnswerARepeatWithWhatIsThere) {
    Api api;
    const Id type = team_type(api, Scheduling::RoundRobin, {{.user_id = 101}, {.user_id = 102}});
    const Said first = book(api, wish(type, kTen));
    EXPECT_EQ(first.data().at("hosts").at(0).at("id"), 101);
    EXPECT_EQ(uid_of(book(api, wish(type, kTen))), uid_of(first));
    EXPECT_EQ(book(api, wish(type, kEleven)).data().at("hosts").at(0).at("id"), 102);
}

TEST(CalcomBookings, ThatWantAConfirmationArePendingWithoutAKey) {
    Api api;
    const Id type = api.make_type("a");
    set(api, type, "confirmationPolicy", R"({"type":"always"})");
    const std::string uid = uid_of(book(api, wish(type, kTen)));
    EXPECT_EQ(api.simulator.world().bookings.find(uid)->idempotency_key, "");
    api.as("bob");
    EXPECT_EQ(act(api, uid, "confirm", "{}").status, 401);
    api.as("alice");
    EXPECT_EQ(act(api, uid, "confirm", "{}").data().at("status"), "accepted");
    EXPECT_EQ(act(api, uid, "confirm", "{}").status, 400);
}

TEST(CalcomBookings, WithSeatsShareAUidAndEndWith409) {
    Api api;
    const Id type = api.make_type("a");
    set(api, type, "seats", R"({"disabled":false,"seatsPerTimeSlot":2})");
    const Said first = book(api, wish(type, kTen));
    EXPECT_EQ(first.data().at("attendees").at(0).at("seatUid"), first.data().at("seatUid"));
    EXPECT_EQ(message(book(api, wish(type, kTen))), "already_signed_up_for_this_booking_error");
    const auto other = [&](const std::string& email) {
        std::string body = wish(type, kTen);
        return body.replace(body.find("guest@"), 6, email + "@");
    };
    EXPECT_EQ(uid_of(book(api, other("second"))), uid_of(first));
    const Said full = book(api, other("third"));
    EXPECT_EQ(full.status, 409);
    EXPECT_EQ(message(full), "No more seats left at this seated booking.");
}

TEST(CalcomBookings, OfASeriesAreAnArray) {
    Api api;
    const Id type = api.make_type("a");
    set(api, type, "recurrence", R"({"interval":1,"occurrences":3,"frequency":"weekly"})");
    const json::array made = book(api, wish(type, kTen)).data().as_array();
    ASSERT_EQ(made.size(), 3U);
    EXPECT_EQ(made[2].at("start"), "2023-11-29T10:00:00.000Z");
    const std::string series = made[0].at("recurringBookingUid").as_string().c_str();
    EXPECT_EQ(read(api, "/v2/bookings/" + series).data().as_array().size(), 3U);
    const Said cancelled = act(api, series, "cancel", R"({"cancellationReason":"all"})");
    EXPECT_EQ(cancelled.data().as_array().size(), 3U);
}

TEST(CalcomReschedule, MakesANewUidAndNamesItToWhoComesTwice) {
    Api api;
    const Id type = api.make_type("a");
    const std::string old = uid_of(book(api, wish(type, kTen, R"(,"metadata":{"k":"v"})")));
    const Said moved =
        act(api, old, "reschedule", std::string(R"({"start":")") + kEleven + R"("})");
    EXPECT_EQ(moved.status, 201);
    EXPECT_EQ(moved.data().at("rescheduledFromUid").as_string(), old);
    EXPECT_EQ(moved.data().at("metadata").at("k"), "v");
    const Said again =
        act(api, old, "reschedule", std::string(R"({"start":")") + kEleven + R"("})");
    EXPECT_EQ(again.status, 400);
    EXPECT_NE(message(again).find(uid_of(moved)), std::string::npos);
    EXPECT_EQ(read(api, "/v2/bookings/" + old).data().at("status"), "cancelled");
    EXPECT_EQ(message(act(api, old, "cancel", "{}")).substr(0, 20), "Can't cancel booking");
}

TEST(CalcomReschedule, OfOneBookingToTwoTimesAtOnceSucceedsTwice) {
    Api api;
    const Id type = api.make_type("a");
    const std::string target =
        "/v2/bookings/" + uid_of(book(api, wish(type, kTen))) + "/reschedule";
    Steps first(api, post_of(target, R"({"start":"2023-11-15T11:00:00Z"})"));
    Steps second(api, post_of(target, R"({"start":"2023-11-15T12:00:00Z"})"));
    EXPECT_EQ(first.finish(), 201);
    EXPECT_EQ(second.finish(), 201);
    EXPECT_EQ(read(api, "/v2/bookings?status=upcoming").data().as_array().size(), 2U);
}

TEST(CalcomCancel, AsksAHostForAReason) {
    Api api;
    const Id type = api.make_type("a");
    const std::string uid = uid_of(book(api, wish(type, kTen)));
    const Said without = act(api, uid, "cancel", "{}");
    EXPECT_EQ(without.status, 400);
    EXPECT_EQ(
        without.text,
        R"({"statusCode":400,"message":"Cancellation reason is required when you are the host"})"
    );
    EXPECT_EQ(act(api, uid, "cancel", R"({"cancellationReason":"ill"})").status, 200);
    EXPECT_EQ(act(api, uid, "cancel", R"({"cancellationReason":"ill"})").status, 400);
    EXPECT_EQ(act(api, "nobody", "cancel", "{}").status, 404);
}

TEST(CalcomBookingList, CountsPagesAndCompares) {
    Api api;
    const Id type = api.make_type("a");
    for (const char* hour : {"10", "11", "12"})
        book(api, wish(type, "2023-11-15T" + std::string(hour) + ":00:00Z"));
    const Said page = read(api, "/v2/bookings?take=2&skip=2");
    EXPECT_EQ(page.data().at(0).at("start"), "2023-11-15T12:00:00.000Z");
    EXPECT_EQ(page.body().at("pagination").at("totalPages"), 2);
    EXPECT_EQ(page.body().at("pagination").at("hasNextPage"), false);
    EXPECT_EQ(
        read(api, "/v2/bookings?attendeeEmail=GUEST@example.com").data().as_array().size(), 0U
    );
    const char* bounds =
        "/v2/bookings?attendeeEmail=guest@example.com&afterStart=2023-11-15T11:00:00Z"
        "&beforeEnd=2023-11-15T11:30:00Z";
    EXPECT_EQ(read(api, bounds).data().as_array().size(), 1U);
    EXPECT_EQ(read(api, "/v2/bookings?take=0").status, 400);
    EXPECT_EQ(read(api, "/v2/bookings?status=accepted").status, 400);
    EXPECT_EQ(read(api, "/v2/bookings?unknown=1").status, 200);
}

TEST(CalcomBookingList, ShowsAnOwnerWhatTheMembersHostAndAMemberOnlyTheirOwn) {
    Api api;
    api.as("bob");
    const Id bobs = api.make_type("b");
    EXPECT_EQ(book(api, wish(bobs, kTen)).status, 201);
    EXPECT_EQ(read(api.as("alice"), "/v2/bookings").data().as_array().size(), 1U);
    const Id alices = api.make_type("a");
    EXPECT_EQ(book(api, wish(alices, kTen)).status, 201);
    EXPECT_EQ(read(api, "/v2/bookings").data().as_array().size(), 2U);
    EXPECT_EQ(read(api.as("bob"), "/v2/bookings").data().as_array().size(), 1U);
}

TEST(CalcomBookings, AreReadAsTheReplicaSawThem) {
    Api api;
    api.simulator.settings().replica_lag = std::chrono::seconds(5);
    api.simulator.settings_changed();
    const Id type = api.make_type("a");
    api.clock.advance(std::chrono::seconds(10));
    const std::string uid = uid_of(book(api, wish(type, kTen)));
    EXPECT_EQ(read(api, "/v2/bookings/" + uid).status, 404);
    api.clock.advance(std::chrono::seconds(6));
    EXPECT_EQ(read(api, "/v2/bookings/" + uid).status, 200);
}

TEST(CalcomBookings, WithoutTheVersionMeetTheOldController) {
    Api api;
    const Id type = api.make_type("a");
    const Said refused = api.send("POST", "/v2/bookings", wish(type, kTen), "");
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(message(refused), "Bad Request Exception");
    const std::string body =
        R"({"eventTypeId":)" + std::to_string(type) +
        R"(,"start":"2023-11-15T10:00:00Z","timeZone":"Europe/Berlin","language":"en",)"
        R"("metadata":{},"responses":{"name":"Leo","email":"leo@example.com"}})";
    const Said made = api.send("POST", "/v2/bookings", body, "");
    EXPECT_EQ(made.status, 201);
    EXPECT_EQ(made.data().at("status"), "ACCEPTED");
    EXPECT_EQ(act(api, uid_of(made), "reschedule", "{}").status, 400);
    const std::string target = "/v2/bookings/" + uid_of(made);
    EXPECT_EQ(api.send("POST", target + "/reschedule", "{}", "").status, 404);
    EXPECT_EQ(api.send("POST", target + "/cancel", "{}", "").status, 201);
}

TEST(CalcomBookings, MayBeDoneAndReportedAsFailed) {
    Api api;
    const Id type = api.make_type("a");
    api.fault(R"({"do":"status","status":500,"execute":true,"count":1})");
    EXPECT_EQ(book(api, wish(type, kTen)).status, 500);
    EXPECT_EQ(read(api, "/v2/bookings").data().as_array().size(), 1U);
}

} // namespace
} // namespace calfleet::calcom_sim
