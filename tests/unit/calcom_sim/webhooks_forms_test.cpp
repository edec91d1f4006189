#include <boost/json/serialize.hpp>

#include "tests/unit/calcom_sim/exchanges.h"

namespace calfleet::calcom_sim {
namespace {

constexpr const char* kTen = "2023-11-15T10:00:00Z";

std::string message(const Said& said) {
    return std::string(said.body().at("error").at("message").as_string());
}

std::string registration(const std::string& more = {}) {
    return R"({"active":true,"subscriberUrl":"http://hook/a","triggers":["BOOKING_CREATED"])" +
           more + "}";
}

TEST(CalcomWebhookGuards, NameThemselvesAndWhatIsNotTheirs) {
    Api api;
    const Id type = api.make_type("a");
    const Id other = api.make_type("b");
    const std::string number = std::to_string(type);
    const Said own = api.post("/v2/webhooks", registration());
    const std::string id(own.data().at("id").as_string());
    const Said made = api.post("/v2/event-types/" + number + "/webhooks", registration());
    const std::string of_type(made.data().at("id").as_string());
    for (const char* method : {"GET", "PATCH", "DELETE"}) {
        const Said said = api.as("bob").send(method, "/v2/webhooks/" + id, "{}");
        EXPECT_EQ(said.status, 403);
        EXPECT_EQ(
            message(said),
            "IsUserWebhookGuard - user with id=(102) is not the owner of webhook with id=(" + id +
                ")"
        );
    }
    EXPECT_EQ(
        message(api.get("/v2/event-types/" + number + "/webhooks")),
        "IsUserEventTypeWebhookGuard - User (102) is not the owner of event type (" + number + ")"
    );
    api.as("alice");
    EXPECT_EQ(
        message(api.get("/v2/event-types/99/webhooks")),
        "IsUserEventTypeWebhookGuard - Event type (99) not found"
    );
    const Said loose = api.get("/v2/event-types/" + number + "/webhooks/" + id);
    EXPECT_EQ(loose.status, 400);
    EXPECT_EQ(
        message(loose),
        "IsUserEventTypeWebhookGuard - Webhook (" + id + ") is not associated with an event type"
    );
    const Said mixed = api.get("/v2/event-types/" + std::to_string(other) + "/webhooks/" + of_type);
    EXPECT_EQ(mixed.status, 403);
    EXPECT_EQ(
        message(mixed),
        "IsUserEventTypeWebhookGuard - Webhook (" + of_type +
            ") is not associated with event type (" + std::to_string(other) + ")"
    );
    EXPECT_EQ(
        message(api.get("/v2/teams/11/event-types/" + number + "/webhooks")),
        "IsTeamEventTypeWebhookGuard - Event type (" + number + ") not found for team (11)"
    );
}

TEST(CalcomWebhookFields, AreChecked) {
    Api api;
    EXPECT_EQ(api.post("/v2/webhooks", registration(R"(,"version":"2021-10-20")")).status, 201);
    const Said version = api.post("/v2/webhooks", registration(R"(,"version":"2025-01-01")"));
    EXPECT_EQ(version.status, 400);
    const json::value error = version.body().at("error").at("details").at("errors").at(0);
    EXPECT_EQ(error.at("property"), "version");
    EXPECT_EQ(
        error.at("constraints").at("isEnum"),
        "version must be one of the following values: 2021-10-20"
    );
    EXPECT_EQ(api.post("/v2/webhooks", registration(R"(,"secret":7)")).status, 400);
    EXPECT_EQ(
        message(api.post(
            "/v2/webhooks",
            R"({"active":true,"subscriberUrl":"x","triggers":["DELEGATION_CREDENTIAL_ERROR"]})"
        )),
        "DELEGATION_CREDENTIAL_ERROR trigger is only available for organization webhooks"
    );
}

TEST(CalcomWebhookList, ComesInPages) {
    Api api;
    for (const char* place : {"a", "b", "c", "d", "e", "f"}) {
        api.post(
            "/v2/webhooks",
            R"({"active":true,"triggers":[],"subscriberUrl":")" + std::string(place) + "\"}"
        );
        api.clock.advance(std::chrono::seconds(1));
    }
    const Said second = api.get("/v2/webhooks?take=1&skip=1");
    ASSERT_EQ(second.data().as_array().size(), 1U);
    EXPECT_EQ(second.data().at(0).at("subscriberUrl"), "b");
    EXPECT_EQ(api.get("/v2/webhooks?skip=6").data().as_array().size(), 0U);
    const json::value whole = api.get("/v2/webhooks").data();
    std::string all;
    for (const json::value& one : whole.as_array())
        all += one.at("subscriberUrl").as_string();
    EXPECT_EQ(all, "abcdef") << "in the order of their making";
}

std::string told_by(const std::string& pattern, const std::string& guest, std::string& type) {
    Api api;
    const Id event_type = api.make_type("a");
    json::object body = json::parse(registration()).as_object();
    body["payloadTemplate"] = pattern;
    EXPECT_EQ(api.post("/v2/webhooks", json::serialize(body)).status, 201);
    std::string wanted = wish(event_type, kTen);
    wanted.replace(wanted.find("Guest"), 5, guest);
    const Response said = post_as(api, "", "/v2/bookings", wanted);
    EXPECT_EQ(said.sent.size(), 1U);
    for (const auto& [name, value] : said.sent.at(0).headers)
        if (name == "Content-Type") type = value;
    return said.sent.at(0).body;
}

TEST(CalcomTemplates, AreFilledFromThePayloadAndTheEnvelopeAndStayJson) {
    std::string type;
    EXPECT_EQ(
        told_by(
            R"({ "a" : "{{triggerEvent}}", "b":"{{ attendees.0.name }}", "c":"{{nothing}}",
                "d":"{{attendees}}", "e":"{{organizer.language.locale}}", "f":"{{length}}" })",
            "Bo",
            type
        ),
        R"({"a":"BOOKING_CREATED","b":"Bo","c":"","d":"[object Object]","e":"en","f":"30"})"
    );
    EXPECT_EQ(type, "application/json");
}

TEST(CalcomTemplates, EscapeWhatHtmlWouldTakeForItsOwn) {
    std::string type;
    EXPECT_EQ(
        told_by(R"({"n":"{{attendees.0.name}}","r":"{{{attendees.0.name}}}"})", "A & B's", type),
        R"({"n":"A &amp; B&#x27;s","r":"A & B's"})"
    );
    EXPECT_EQ(type, "application/json");
}

TEST(CalcomTemplates, SendTheWordFalseWhenAValueBreaksThem) {
    std::string type;
    EXPECT_EQ(told_by(R"({"n":"{{attendees.0.name}}"})", R"(A \"B\")", type), "false");
    EXPECT_EQ(type, "application/json");
}

TEST(CalcomTemplates, ThatAreNoJsonAreAForm) {
    std::string type;
    EXPECT_EQ(told_by("who={{attendees.0.name}}", "Bo", type), "who=Bo");
    EXPECT_EQ(type, "application/x-www-form-urlencoded");
}

TEST(CalcomWebhooks, LeaveTheOrganizersIdOutWhereTheSettingSaysSo) {
    Api api;
    listen(api);
    const std::string uid = book_for(api, "guest", api.make_type("a"), kTen).uid();
    api.simulator.settings().webhook_organizer_ids = false;
    const json::object organizer =
        act_as(api, "", uid, "cancel", "{}").payload().at("organizer").as_object();
    EXPECT_FALSE(organizer.contains("id"));
    EXPECT_FALSE(organizer.contains("username"));
    EXPECT_EQ(organizer.at("email"), "alice@example.org");
}

TEST(CalcomEntityTags, AreAnsweredWith304AndNoBody) {
    Api api;
    const std::string target = "/v2/event-types/" + std::to_string(api.make_type("a"));
    const Said first = api.get(target);
    api.if_none_match = first.headers.at("ETag");
    const Said same = api.get(target);
    EXPECT_EQ(same.status, 304);
    EXPECT_EQ(same.text, "");
    EXPECT_EQ(same.headers.at("ETag"), first.headers.at("ETag"));
    EXPECT_TRUE(same.headers.contains("X-RateLimit-Remaining-Default"));
    EXPECT_FALSE(same.headers.contains("Content-Type"));
    EXPECT_EQ(api.patch(target, R"({"title":"New"})").status, 200);
    EXPECT_EQ(api.get(target).status, 200);
}

} // namespace
} // namespace calfleet::calcom_sim
