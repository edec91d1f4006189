#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "tests/calcom-sim/state.h"
#include "tests/unit/calcom_sim/api.h"

namespace calfleet::calcom_sim {
namespace {

std::string parent_target(Id parent) {
    return "/v2/teams/11/event-types/" + std::to_string(parent);
}

const EventType* row(Api& api, Id id) {
    return api.simulator.world().event_types.find(id);
}

TEST(CalcomManagedTypes, DeleteMembersOwnTypesWithASlugThatIsPushedToTheParent) {
    Api api;
    const auto [parent, child] = api.make_managed("managed");
    const Id of_bob = api.as("bob").make_type("haircut");
    const Id of_alice = api.as("alice").make_type("haircut");
    const Said said = api.patch(parent_target(parent), R"({"slug":"haircut"})");
    EXPECT_EQ(said.status, 200);
    EXPECT_EQ(row(api, of_bob), nullptr) << "bob has a child, his own type is gone";
    EXPECT_NE(row(api, of_alice), nullptr) << "alice has none";
    ASSERT_NE(row(api, child), nullptr);
    EXPECT_EQ(row(api, child)->slug, "haircut");
    const auto entries = api.simulator.ledger().select({.method = "PATCH"});
    ASSERT_EQ(entries.back()->effects.size(), 2U);
    EXPECT_EQ(entries.back()->effects[1].kind, "event-type.replaced");
    EXPECT_EQ(entries.back()->effects[1].id, std::to_string(of_bob));
}

TEST(CalcomManagedTypes, ArePartlyWrittenWhenAnotherManagedTypesChildHasTheSlug) {
    Api api;
    const auto [first, first_child] = api.make_managed("one");
    const auto [second, second_child] = api.make_managed("two");
    // The database would not let the parent have it either: its team's types are apart.
    api.simulator.world().event_types.edit(second, api.clock.now())->slug = "other";
    const Said said = api.patch(parent_target(first), R"({"slug":"two","title":"New"})");
    EXPECT_EQ(said.status, 409);
    EXPECT_EQ(said.body().at("error").at("code"), "CONFLICT");
    EXPECT_EQ(row(api, first)->slug, "two");
    EXPECT_EQ(row(api, first_child)->slug, "one");
    EXPECT_NE(row(api, second_child), nullptr);
}

TEST(CalcomManagedTypes, ShowHiddenChildrenAgainAndHideOnlyTheParent) {
    Api api;
    const auto [parent, child] = api.make_managed("managed");
    api.as("bob");
    EXPECT_EQ(
        api.patch("/v2/event-types/" + std::to_string(child), R"({"hidden":true})").status, 200
    );
    EXPECT_TRUE(row(api, child)->hidden);
    api.as("alice").patch(parent_target(parent), R"({"lengthInMinutes":45})");
    EXPECT_FALSE(row(api, child)->hidden);
    api.patch(parent_target(parent), R"({"hidden":true})");
    EXPECT_TRUE(row(api, parent)->hidden);
    EXPECT_FALSE(row(api, child)->hidden);
    const std::string wish = R"({"start":"2023-11-15T10:00:00Z","eventTypeId":)" +
                             std::to_string(child) +
                             R"(,"attendee":{"name":"G","email":"g@example.com",)"
                             R"("timeZone":"Europe/Berlin"}})";
    EXPECT_EQ(api.as("").send("POST", "/v2/bookings", wish, "2024-08-13").status, 201);
}

TEST(CalcomManagedTypes, LeaveTheirChildrenWhatTheyUnlock) {
    Api api;
    const auto [parent, child] = api.make_managed("managed");
    api.simulator.world().event_types.edit(parent, api.clock.now())->metadata =
        json::parse(R"({"managedEventConfig":{"unlockedFields":{"title":true,"hidden":true}}})")
            .as_object();
    EventType& own = *api.simulator.world().event_types.edit(child, api.clock.now());
    own.title = "Mine";
    own.length_minutes = 20;
    own.hidden = true;
    api.patch(parent_target(parent), "{}");
    EXPECT_EQ(row(api, child)->title, "Mine");
    EXPECT_EQ(row(api, child)->length_minutes, 30);
    EXPECT_FALSE(row(api, child)->hidden);
}

TEST(CalcomLengths, MakeATypeUnbookableWhenItsOwnIsNotOnOffer) {
    Api api;
    const Id type = api.make_type("a");
    const std::string target = "/v2/event-types/" + std::to_string(type);
    const auto book = [&](const std::string& hour, const std::string& more) {
        return api.send(
            "POST",
            "/v2/bookings",
            R"({"start":"2023-11-15T)" + hour + R"(:00:00Z","eventTypeId":)" +
                std::to_string(type) +
                R"(,"attendee":{"name":"G","email":"g@example.com","timeZone":"Europe/Berlin"})" +
                more + "}",
            "2024-08-13"
        );
    };
    const json::value shown = api.patch(target, R"({"lengthInMinutesOptions":[15,30,60]})").data();
    EXPECT_EQ(shown.at("lengthInMinutesOptions"), json::parse("[15,30,60]"));
    EXPECT_EQ(shown.at("metadata").at("multipleDuration"), json::parse("[15,30,60]"));
    const Said made = book("10", "");
    EXPECT_EQ(made.status, 201);
    EXPECT_EQ(api.patch(target, R"({"lengthInMinutes":35})").status, 200) << "nothing warns";
    const std::string unbookable = R"({"statusCode":400,"message":"Invalid event length"})";
    EXPECT_EQ(book("12", "").text, unbookable);
    EXPECT_EQ(
        book("12", R"(,"lengthInMinutes":35)").body().at("error").at("message"),
        "Provided 'lengthInMinutes' is not one of the possible lengths for the event type. The "
        "possible lengths are: 15, 30, 60"
    );
    EXPECT_EQ(book("12", R"(,"lengthInMinutes":15)").data().at("duration"), 15);
    const Said moved = api.send(
        "POST",
        "/v2/bookings/" + std::string(made.data().at("uid").as_string()) + "/reschedule",
        R"({"start":"2023-11-15T14:00:00Z"})",
        "2024-08-13"
    );
    EXPECT_EQ(moved.text, unbookable);
}

TEST(CalcomLengths, OnOfferAreWholeNumbersThatDiffer) {
    Api api;
    const std::string target = "/v2/event-types/" + std::to_string(api.make_type("a"));
    for (const char* options : {"[]", "[15,15]", "[0]", R"(["15"])", "15"}) {
        const Said said =
            api.patch(target, R"({"lengthInMinutesOptions":)" + std::string(options) + "}");
        ASSERT_EQ(said.status, 400) << options;
        EXPECT_EQ(
            said.body().at("error").at("details").at("errors").at(0).at("property"),
            "lengthInMinutesOptions"
        );
    }
}

TEST(CalcomSlugs, AreKeptAsTheyAreWrittenButForTheirBeginning) {
    Api api;
    const std::string target = "/v2/event-types/" + std::to_string(api.make_type("a"));
    EXPECT_EQ(api.patch(target, R"({"slug":"  --Hair Cut Ü "})").data().at("slug"), "Hair Cut Ü");
    EXPECT_EQ(api.patch(target, R"({"slug":""})").data().at("slug"), "Hair Cut Ü");
}

TEST(CalcomEventTypes, MeetNowhereWhenTheyArePersonalAndNoPlaceIsNamed) {
    Api api;
    const Id type = api.make_type("a");
    EXPECT_EQ(
        api.get("/v2/event-types/" + std::to_string(type)).data().at("locations"), json::array()
    );
    const auto [parent, child] = api.make_managed("managed");
    EXPECT_EQ(row(api, parent)->locations.size(), 1U);
}

} // namespace
} // namespace calfleet::calcom_sim
