#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "tests/calcom-sim/webhooks_meetings.h"
#include "tests/calcom-sim/webhooks_send.h"
#include "tests/unit/calcom_sim/steps.h"

namespace calfleet::calcom_sim {
namespace {

constexpr const char* kTen = "2023-11-15T10:00:00Z";

std::string registration(const std::string& place, const std::string& more = {}) {
    return R"({"active":true,"subscriberUrl":"http://hook/)" + place +
           R"(","triggers":["BOOKING_CREATED","BOOKING_REQUESTED","BOOKING_RESCHEDULED",)"
           R"("BOOKING_CANCELLED","BOOKING_REJECTED","MEETING_STARTED"])" +
           more + "}";
}

Said hook(Api& api, const std::string& place, const std::string& more = {}) {
    return api.post("/v2/webhooks", registration(place, more));
}

std::string header(const Outbound& delivery, std::string_view name) {
    for (const auto& [known, value] : delivery.headers)
        if (known == name) return value;
    return {};
}

json::object payload(const Outbound& delivery) {
    return json::parse(delivery.body).at("payload").as_object();
}

struct Booked {
    std::string uid{};
    std::vector<Outbound> sent{};
};
Booked book(Api& api, Id type, const std::string& start = kTen, const std::string& more = {}) {
    Steps steps(api, post_of("/v2/bookings", wish(type, start, more)));
    EXPECT_EQ(steps.finish(), 201) << steps.body();
    const json::value body = json::parse(steps.body());
    return {.uid = body.at("data").at("uid").as_string().c_str(), .sent = std::move(steps.sent)};
}

TEST(CalcomWebhooks, AreRegisteredOncePerUrlWithTheSecretInClear) {
    Api api;
    const Said made = hook(api, "a", R"(,"secret":"s3")");
    EXPECT_EQ(made.status, 201);
    EXPECT_EQ(made.data().at("secret"), "s3");
    EXPECT_EQ(hook(api, "a").status, 409);
    EXPECT_EQ(
        api.post("/v2/webhooks", R"({"active":true,"subscriberUrl":"x","triggers":["NO"]})").status,
        400
    );
    const std::string target = "/v2/webhooks/" + std::string(made.data().at("id").as_string());
    EXPECT_EQ(api.as("bob").get(target).status, 403);
    EXPECT_EQ(api.as("alice").patch(target, R"({"active":false})").data().at("active"), false);
    EXPECT_EQ(api.send("DELETE", target).status, 200);
    EXPECT_EQ(api.get(target).status, 404);
}

TEST(CalcomWebhooks, AreSignedOverTheirBytesAndSayWhenThereIsNoSecret) {
    EXPECT_EQ(
        signature("key", "The quick brown fox jumps over the lazy dog"),
        "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"
    );
    Api api;
    const Id type = api.make_type("a");
    hook(api, "secret", R"(,"secret":"s3")");
    hook(api, "open");
    for (const Outbound& delivery : book(api, type).sent)
        EXPECT_EQ(
            header(delivery, "X-Cal-Signature-256"),
            delivery.url == "http://hook/secret" ? signature("s3", delivery.body)
                                                 : "no-secret-provided"
        );
}

TEST(CalcomWebhooks, OfABookingGoOutBeforeTheAnswerWithMetadata) {
    Api api;
    const Id type = api.make_type("a");
    hook(api, "a");
    Steps steps(api, post_of("/v2/bookings", wish(type, kTen, R"(,"metadata":{"k":"v"})")));
    EXPECT_TRUE(steps.sent.empty());
    ASSERT_TRUE(steps.advance());
    ASSERT_EQ(steps.sent.size(), 1U);
    EXPECT_EQ(steps.body(), "") << "not answered yet";
    EXPECT_EQ(payload(steps.sent[0]).at("startTime"), "2023-11-15T10:00:00Z");
    EXPECT_EQ(payload(steps.sent[0]).at("metadata").at("k"), "v");
    EXPECT_EQ(payload(steps.sent[0]).at("status"), "ACCEPTED");
    EXPECT_EQ(steps.finish(), 201);
}

TEST(CalcomWebhooks, OfACancellationGoOutBeforeTheRowChangesWithoutMetadata) {
    Api api;
    const Id type = api.make_type("a");
    hook(api, "a");
    const std::string uid = book(api, type).uid;
    const auto status = [&] { return api.simulator.world().bookings.find(uid)->status; };
    Steps steps(api, post_of("/v2/bookings/" + uid + "/cancel", R"({"cancellationReason":"x"})"));
    ASSERT_EQ(steps.sent.size(), 1U);
    EXPECT_EQ(status(), BookingStatus::Accepted);
    EXPECT_EQ(payload(steps.sent[0]).at("startTime"), "2023-11-15T10:00:00+00:00");
    EXPECT_FALSE(payload(steps.sent[0]).contains("metadata"));
    EXPECT_EQ(steps.finish(), 200);
    EXPECT_EQ(status(), BookingStatus::Cancelled);
}

TEST(CalcomWebhooks, OfACancellationFollowTheRowWhereTheSettingSaysSo) {
    Api api;
    api.simulator.settings().cancel_webhook_first = false;
    const Id type = api.make_type("a");
    hook(api, "a");
    const std::string uid = book(api, type).uid;
    Steps steps(api, post_of("/v2/bookings/" + uid + "/cancel", R"({"cancellationReason":"x"})"));
    EXPECT_EQ(steps.sent.size(), 1U);
    EXPECT_EQ(api.simulator.world().bookings.find(uid)->status, BookingStatus::Cancelled);
}

TEST(CalcomWebhooks, OfCancelsAtTheSameMomentAreSentByEach) {
    Api api;
    const Id type = api.make_type("a");
    hook(api, "a");
    const std::string target = "/v2/bookings/" + book(api, type).uid + "/cancel";
    Steps first(api, post_of(target, "{}", ""));
    Steps second(api, post_of(target, "{}", ""));
    EXPECT_EQ(first.finish(), 200);
    EXPECT_EQ(second.finish(), 200);
    EXPECT_EQ(first.sent.size() + second.sent.size(), 2U);
}

TEST(CalcomWebhooks, TellOfAMoveOnlyOnceWithBothUids) {
    Api api;
    const Id type = api.make_type("a");
    hook(api, "a");
    const std::string old = book(api, type).uid;
    Steps steps(
        api, post_of("/v2/bookings/" + old + "/reschedule", R"({"start":"2023-11-15T11:00:00Z"})")
    );
    EXPECT_EQ(steps.finish(), 201);
    ASSERT_EQ(steps.sent.size(), 1U);
    EXPECT_EQ(steps.sent[0].name, "BOOKING_RESCHEDULED");
    EXPECT_EQ(payload(steps.sent[0]).at("rescheduleUid").as_string(), old);
    EXPECT_NE(payload(steps.sent[0]).at("uid").as_string(), old);
}

TEST(CalcomWebhooks, OfAConfirmationWriteMillisecondsAndNoMetadata) {
    Api api;
    const Id type = api.make_type("a");
    hook(api, "a");
    api.simulator.world().event_types.edit(type, api.clock.now())->rest["confirmationPolicy"] =
        json::object{{"type", "always"}};
    Booked pending = book(api, type, kTen, R"(,"metadata":{"k":"v"})");
    EXPECT_EQ(pending.sent.at(0).name, "BOOKING_REQUESTED");
    Steps steps(api, post_of("/v2/bookings/" + pending.uid + "/confirm", "{}"));
    EXPECT_EQ(steps.finish(), 200);
    EXPECT_EQ(steps.sent.at(0).name, "BOOKING_CREATED");
    EXPECT_EQ(payload(steps.sent[0]).at("startTime"), "2023-11-15T10:00:00.000Z");
    EXPECT_FALSE(payload(steps.sent[0]).contains("metadata"));
    Booked other = book(api, type, "2023-11-15T11:00:00Z");
    Steps declined(api, post_of("/v2/bookings/" + other.uid + "/decline", R"({"reason":"no"})"));
    EXPECT_EQ(declined.sent.at(0).name, "BOOKING_REJECTED");
}

TEST(CalcomWebhooks, OfAManagedParentHearOfTheChildrenAndOfAUserNotOfCollectives) {
    Api api;
    const auto [parent, child] = api.make_managed("managed");
    hook(api.as("bob"), "bob");
    api.as("alice").post(
        "/v2/teams/11/event-types/" + std::to_string(parent) + "/webhooks", registration("team")
    );
    EXPECT_EQ(book(api, child).sent.size(), 2U);
    World& world = api.simulator.world();
    const Id id = world.next_event_type_id();
    world.event_types.put(
        id,
        {.id = id,
         .team_id = 11,
         .scheduling = Scheduling::Collective,
         .title = "Both",
         .slug = "both",
         .hosts = {{.user_id = 102}}},
        api.clock.now()
    );
    EXPECT_EQ(book(api, id, "2023-11-15T14:00:00Z").sent.size(), 0U);
}

TEST(CalcomWebhooks, TakeTheBodyOfATemplate) {
    Api api;
    const Id type = api.make_type("a");
    hook(api, "a", R"(,"payloadTemplate":"{\"what\":\"{{type}} {{organizer.name}}\"}")");
    const std::vector<Outbound> sent = book(api, type).sent;
    EXPECT_EQ(sent.at(0).body, R"({"what":"a alice"})");
}

TEST(CalcomWebhooks, AreLostDoubledHeldBackAndDelayedByTheSettings) {
    Random dice(1);
    Settings settings;
    const std::vector<Outbound> one{Outbound{.url = "u"}};
    settings.webhook_loss = 1;
    EXPECT_EQ(afflicted(one, settings, dice).size(), 0U);
    settings = {};
    settings.webhook_duplicates = 1;
    EXPECT_EQ(afflicted(one, settings, dice).size(), 2U);
    settings = {};
    settings.webhook_reordering = 1;
    EXPECT_GT(afflicted(one, settings, dice).at(0).after.count(), 0);
    settings = {};
    settings.webhook_delay = std::chrono::milliseconds(70);
    EXPECT_EQ(afflicted(one, settings, dice).at(0).after.count(), 70);
}

TEST(CalcomMeetings, AreToldOfOnceAndFlat) {
    Api api;
    const Id type = api.make_type("a");
    hook(api, "a");
    const std::string uid = book(api, type).uid;
    World& world = api.simulator.world();
    const Settings settings;
    const Instant start = world.bookings.find(uid)->start;
    EXPECT_TRUE(meetings_due(world, settings, start - std::chrono::seconds(1)).empty());
    const std::vector<Outbound> due = meetings_due(world, settings, start);
    ASSERT_EQ(due.size(), 1U);
    const json::value body = json::parse(due[0].body);
    EXPECT_EQ(body.at("triggerEvent"), "MEETING_STARTED");
    EXPECT_EQ(body.at("uid").as_string(), uid);
    EXPECT_FALSE(body.as_object().contains("payload"));
    EXPECT_TRUE(meetings_due(world, settings, start).empty());
}

} // namespace
} // namespace calfleet::calcom_sim
