#include "tests/calcom-sim/bookings.h"
#include "tests/unit/calcom_sim/exchanges.h"

namespace calfleet::calcom_sim {
namespace {

constexpr const char* kTen = "2023-11-15T10:00:00Z";
constexpr const char* kToEleven = R"({"start":"2023-11-15T11:00:00Z"})";

Id team_type(Api& api, Scheduling kind, const std::string& title = "Together") {
    World& world = api.simulator.world();
    EventType type{
        .id = world.next_event_type_id(),
        .team_id = 11,
        .scheduling = kind,
        .title = title,
        .slug = "together",
        .hosts = {{.user_id = 101}, {.user_id = 102}}};
    const Id id = type.id;
    world.event_types.put(id, std::move(type), api.simulator.clock().now());
    return id;
}

TEST(CalcomPendingBookings, AreAcceptedWhenTheirHostMovesThemByKeyOrByAddress) {
    for (const char* by : {"key", "address", "nobody", "booker"}) {
        Api api;
        listen(api);
        const Id type = api.make_type("a");
        set_rest(api, type, "confirmationPolicy", R"({"type":"always"})");
        const std::string uid = book_for(api, "guest", type, kTen).uid();
        const std::string who(by);
        const std::string body =
            who == "address"
                ? R"({"start":"2023-11-15T11:00:00Z","rescheduledBy":"alice@example.org"})"
            : who == "booker"
                ? R"({"start":"2023-11-15T11:00:00Z","rescheduledBy":"guest@example.com"})"
                : kToEleven;
        const Response moved = act_as(api, who == "key" ? "alice" : "", uid, "reschedule", body);
        const bool host = who == "key" || who == "address";
        EXPECT_EQ(moved.data().at("status"), host ? "accepted" : "pending") << by;
        EXPECT_EQ(moved.trigger(), host ? "BOOKING_RESCHEDULED" : "BOOKING_REQUESTED") << by;
    }
}

TEST(CalcomPendingBookings, AnswerAMoveToWhereOneStandsAlreadyWithThatOne) {
    Api api;
    const Id type = api.make_type("a");
    set_rest(api, type, "confirmationPolicy", R"({"type":"always"})");
    const std::string first = book_for(api, "guest", type, kTen).uid();
    const std::string second = book_for(api, "guest", type, "2023-11-15T11:00:00Z").uid();
    EXPECT_EQ(act_as(api, "", first, "reschedule", kToEleven).uid(), second);
    EXPECT_EQ(api.simulator.world().bookings.find(first)->status, BookingStatus::Pending)
        << "nothing was moved";
}

TEST(CalcomReschedule, RefusesAnAddressThatIsNone) {
    Api api;
    const std::string uid = book_for(api, "guest", api.make_type("a"), kTen).uid();
    EXPECT_EQ(
        act_as(
            api, "", uid, "reschedule", R"({"start":"2023-11-15T11:00:00Z","rescheduledBy":"x"})"
        )
            .message(),
        "rescheduledBy property is wrong,Invalid rescheduledBy email format "
    );
}

TEST(CalcomReschedule, PutsAnotherHostIntoTheOldTitle) {
    Api api;
    const Id type = team_type(api, Scheduling::RoundRobin);
    api.simulator.world().users.edit(101, api.clock.now())->name = "Alice Albrecht";
    api.simulator.world().users.edit(102, api.clock.now())->name = "Bob Brandt";
    const Response made = book_for(api, "guest", type, kTen);
    EXPECT_EQ(made.data().at("title"), "Together between Alice Albrecht and Guest");
    api.simulator.world().event_types.edit(type, api.clock.now())->title = "Renamed";
    // Alice is taken at eleven.
    book_for(api, "other", api.make_type("own"), "2023-11-15T11:00:00Z");
    EXPECT_EQ(
        act_as(api, "", made.uid(), "reschedule", kToEleven).data().at("title"),
        "Together between Bob Brandt and Guest"
    );
}

TEST(CalcomReassignment, ChangesHostTitleAndUpdatedAtAndTellsNobody) {
    Api api;
    listen(api);
    const Id type = team_type(api, Scheduling::RoundRobin);
    const Response made = book_for(api, "guest", type, kTen);
    api.clock.advance(std::chrono::minutes(1));
    const Response given = act_as(api, "alice", made.uid(), "reassign/102", "{}");
    EXPECT_EQ(given.status, 200);
    EXPECT_TRUE(given.sent.empty());
    const Booking& row = *api.simulator.world().bookings.find(made.uid());
    EXPECT_EQ(row.host_user_id, 102);
    EXPECT_EQ(row.title, "Together between bob and Guest");
    const std::string since = "2023-11-14T22:14:20.000Z"; // the minute that has passed
    const auto changed = [&](const std::string& query) {
        return api.as("alice")
            .send("GET", "/v2/bookings?sortUpdatedAt=asc&" + query, "", "2024-08-13")
            .data()
            .as_array()
            .size();
    };
    EXPECT_EQ(changed("afterUpdatedAt=" + since), 1U);
    EXPECT_EQ(changed("afterUpdatedAt=2023-11-14T22:14:20.001Z"), 0U);
    EXPECT_EQ(changed("beforeUpdatedAt=2023-11-14T22:14:19Z"), 0U);
    EXPECT_EQ(act_as(api, "alice", made.uid(), "reassign/999", "{}").status, 404);
}

TEST(CalcomEmailVerification, WantsACodeAndTheRightOne) {
    Api api;
    const Id type = api.make_type("a");
    set_rest(api, type, "requiresBookerEmailVerification", "true");
    EXPECT_EQ(
        book_for(api, "guest", type, kTen).text,
        R"({"statusCode":400,"message":"email_verification_required"})"
    );
    EXPECT_EQ(
        book_for(api, "guest", type, kTen, R"(,"emailVerificationCode":"1")").text,
        R"({"statusCode":400,"message":"invalid_verification_code"})"
    );
    const Response made =
        book_for(api, "guest", type, kTen, R"(,"emailVerificationCode":"424242")");
    EXPECT_EQ(made.status, 201);
    EXPECT_EQ(act_as(api, "", made.uid(), "reschedule", kToEleven).status, 201);
}

TEST(CalcomAttendees, AreRefusedInTheWordsOfTheirValidators) {
    Api api;
    const Id type = api.make_type("a");
    const auto refused = [&](const std::string& attendee) {
        return post_as(
                   api,
                   "",
                   "/v2/bookings",
                   R"({"start":"2023-11-15T10:00:00Z","eventTypeId":)" + std::to_string(type) +
                       R"(,"attendee":{"name":"G","timeZone":"Europe/Berlin",)" + attendee + "}}"
        )
            .message();
    };
    EXPECT_EQ(
        refused(R"("email":"nobody")"),
        "attendee property is wrong, email property is wrong,Invalid email format "
    );
    EXPECT_EQ(
        refused(R"("phoneNumber":"030")"),
        "attendee property is wrong, phoneNumber property is wrong,Invalid phone number format. "
        "Please use international format. "
    );
}

TEST(CalcomPhoneBookings, HaveAMadeUpAddressAndTheNumberEverywhere) {
    Api api;
    listen(api);
    const Id type = api.make_type("a");
    const Response made = post_as(
        api,
        "",
        "/v2/bookings",
        R"({"start":"2023-11-15T10:00:00Z","eventTypeId":)" + std::to_string(type) +
            R"(,"attendee":{"name":"G","timeZone":"Europe/Berlin","phoneNumber":"+4930123456"}})"
    );
    const json::value attendee = made.data().at("attendees").at(0);
    EXPECT_EQ(attendee.at("email"), "4930123456@sms.cal.com");
    EXPECT_EQ(attendee.at("phoneNumber"), "+4930123456");
    const json::object said = made.payload();
    EXPECT_EQ(said.at("attendees").at(0).at("phoneNumber"), "+4930123456");
    EXPECT_EQ(said.at("responses").at("attendeePhoneNumber").at("value"), "+4930123456");
}

TEST(CalcomPlaces, AreThoseOfTheTypeAndOnesThatTheBookerNames) {
    Api api;
    listen(api);
    const Id type = api.make_type("a");
    api.simulator.world().event_types.edit(type, api.clock.now())->locations =
        json::parse(R"([{"type":"address","address":"Elbchaussee 12","public":true},
                        {"type":"attendeePhone"}])")
            .as_array();
    const Response called = book_for(
        api, "guest", type, kTen, R"(,"location":{"type":"attendeePhone","phone":"+4930123456"})"
    );
    EXPECT_EQ(called.data().at("location"), "+4930123456");
    const json::value answer = json::parse(R"({"value":"phone","optionValue":"+4930123456"})");
    EXPECT_EQ(called.data().at("bookingFieldsResponses").at("location"), answer);
    EXPECT_EQ(
        called.payload().at("responses").at("location").at("value"),
        json::parse(R"({"value":"+4930123456","optionValue":""})")
    );
    EXPECT_EQ(called.payload().at("location"), "+4930123456");
    EXPECT_EQ(
        book_for(api, "guest", type, "2023-11-15T11:00:00Z", R"(,"location":{"type":"link"})")
            .message(),
        "Booking location with type link not valid for event type with id=" + std::to_string(type) +
            ". The event type has following location types: address, attendeePhone, and only these "
            "types are allowed for booking location."
    );
    EXPECT_EQ(
        book_for(api, "guest", type, "2023-11-15T11:00:00Z", R"(,"location":{"type":"address"})")
            .data()
            .at("location"),
        "Elbchaussee 12"
    );
}

TEST(CalcomInstantBookings, WaitForAHostAndTellOnlyThoseWhoAskForThem) {
    Api api;
    listen(api);
    const Id type = team_type(api, Scheduling::RoundRobin);
    EXPECT_EQ(
        api.post(
               "/v2/teams/11/event-types/" + std::to_string(type) + "/webhooks",
               R"({"active":true,"subscriberUrl":"http://hook/i",
                   "triggers":["INSTANT_MEETING","BOOKING_CREATED"]})"
        )
            .status,
        201
    );
    const Response made = book_for(api, "guest", type, kTen, R"(,"instant":true)");
    EXPECT_EQ(made.data().at("status"), "awaiting_host");
    EXPECT_EQ(made.data().at("hosts").at(0).at("id"), "unknown");
    EXPECT_EQ(made.trigger(), "INSTANT_MEETING");
    EXPECT_EQ(made.payload().at("uid").as_string(), made.uid());
    EXPECT_EQ(book_for(api, "guest", api.make_type("a"), kTen, R"(,"instant":true)").status, 400);
}

TEST(CalcomAnswers, MustFitTheirQuestions) {
    Api api;
    const Id type = api.make_type("a");
    api.patch(
        "/v2/event-types/" + std::to_string(type),
        R"({"bookingFields":[{"type":"number","slug":"age","label":"Age","required":true},
            {"type":"select","slug":"room","label":"Room","required":false,
             "options":["A","B"]}]})"
    );
    const auto refused = [&](const std::string& answers) {
        return book_for(api, "guest", type, kTen, R"(,"bookingFieldsResponses":)" + answers)
            .message();
    };
    EXPECT_EQ(refused("{}").substr(0, 42), "Missing required booking field response: a");
    EXPECT_EQ(
        refused(R"({"age":"7"})"),
        "Invalid type for booking field 'age'. Expected type number (compatible with field type "
        "'number'), but received string."
    );
    EXPECT_EQ(
        refused(R"({"age":7,"room":"C"})"),
        "Invalid option 'C' for booking field 'room'. Allowed options are: A, B."
    );
}

TEST(CalcomBookingList, TakesSeveralTypesAndTeams) {
    Api api;
    const Id one = api.make_type("a");
    const Id two = api.make_type("b");
    const Id team = team_type(api, Scheduling::Collective);
    book_for(api, "guest", one, kTen);
    book_for(api, "guest", two, "2023-11-15T11:00:00Z");
    book_for(api, "guest", team, "2023-11-15T12:00:00Z");
    api.as("alice");
    const auto list = [&](const std::string& query) {
        return api.send("GET", "/v2/bookings?" + query, "", "2024-08-13");
    };
    const auto count = [&](const std::string& query) {
        const Said said = list(query);
        return said.status == 200 ? static_cast<int>(said.data().as_array().size()) : -said.status;
    };
    const std::string a = std::to_string(one);
    const std::string b = std::to_string(two);
    EXPECT_EQ(count("eventTypeIds=" + a + "," + b), 2);
    EXPECT_EQ(count("eventTypeIds=" + a + ",99"), 1) << "one that exists is enough";
    EXPECT_EQ(count("eventTypeIds=98,99"), -400);
    EXPECT_EQ(count("eventTypeId=" + b + "&eventTypeIds=" + a), 1);
    EXPECT_EQ(count("teamsIds=11,12"), 1);
    EXPECT_EQ(count("teamIds=11"), 3) << "not its name";
    EXPECT_EQ(count("teamsIds=12"), 3) << "a team without types is no filter";
    EXPECT_EQ(count("take=2&skip=2&sortStart=desc"), 1);
    EXPECT_EQ(
        list("sortCreated=desc&sortStart=asc").data().at(0).at("start"), "2023-11-15T10:00:00.000Z"
    ) << "the start ranks higher";
    const Said wrong = list("take=many");
    EXPECT_EQ(
        wrong.body()
            .at("error")
            .at("details")
            .at("errors")
            .at(0)
            .at("constraints")
            .as_object()
            .size(),
        3U
    );
}

TEST(CalcomRequestsToMove, CancelABookingForGoodAndSaySoInTheWebhook) {
    Api api;
    listen(api);
    const std::string uid = book_for(api, "guest", api.make_type("a"), kTen).uid();
    const Request nothing;
    const Context context{
        .request = nothing,
        .world = api.simulator.world(),
        .settings = api.simulator.settings(),
        .now = api.clock.now(),
        .reads = api.clock.now()};
    const std::vector<Outbound> sent = ask_to_move(context, uid, "ill");
    ASSERT_EQ(sent.size(), 1U);
    const json::object said = json::parse(sent[0].body).at("payload").as_object();
    EXPECT_EQ(said.at("requestReschedule"), true);
    EXPECT_EQ(said.at("cancellationReason"), "Please reschedule. ill");
    EXPECT_EQ(said.at("cancelledBy"), "alice@example.org");
    const json::value after = api.send("GET", "/v2/bookings/" + uid, "", "2024-08-13").data();
    EXPECT_EQ(after.at("status"), "cancelled");
    EXPECT_EQ(after.at("cancelledByEmail"), "alice@example.org");
    const Response moved = act_as(api, "", uid, "reschedule", kToEleven);
    EXPECT_EQ(moved.status, 400);
    EXPECT_NE(moved.message().find("already to booking with uid=undefined"), std::string::npos)
        << moved.message();
}

} // namespace
} // namespace calfleet::calcom_sim
