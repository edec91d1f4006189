#include <gtest/gtest.h>

#include "tests/unit/calcom_sim/api.h"

namespace calfleet::calcom_sim {
namespace {

TEST(CalcomVersions, MeanTheOldestWhenMissingOrUnknown) {
    Api api;
    const std::string target = "/v2/event-types/" + std::to_string(api.make_type("a"));
    EXPECT_TRUE(
        api.send("GET", target, {}, "2024-06-14").data().as_object().contains("lengthInMinutes")
    );
    for (const char* version : {"", "2024-04-15", "2030-01-01"})
        EXPECT_EQ(api.send("GET", target, {}, version).data().at("eventType").at("length"), 30)
            << version;
    EXPECT_EQ(api.send("GET", target, {}, "2024-08-13").status, 404);
    EXPECT_EQ(api.send("GET", "/api/v2/me", {}, "2024-09-04").status, 200);
}

TEST(CalcomEventTypes, DropWhatTheyDoNotKnowWith200) {
    Api api;
    const std::string target = "/v2/event-types/" + std::to_string(api.make_type("a"));
    const Said said = api.patch(
        target, R"({"price":500,"currency":"eur","length":60,"ownerId":1,"title":"New"})"
    );
    EXPECT_EQ(said.status, 200);
    EXPECT_EQ(said.data().at("price"), 0);
    EXPECT_EQ(said.data().at("currency"), "usd");
    EXPECT_EQ(said.data().at("lengthInMinutes"), 30);
    EXPECT_EQ(said.data().at("ownerId"), 101);
    EXPECT_EQ(said.data().at("title"), "New");
}

TEST(CalcomEventTypes, LoseTheirBookingFieldsToAPatchWithoutTheVersion) {
    Api api;
    const std::string target = "/v2/event-types/" + std::to_string(api.make_type("a"));
    EXPECT_EQ(api.get(target).data().at("bookingFields").as_array().size(), 7U);
    EXPECT_EQ(api.send("PATCH", target, R"({"title":"Harmless"})", "").status, 200);
    const json::value after = api.get(target).data();
    ASSERT_EQ(after.at("bookingFields").as_array().size(), 1U);
    EXPECT_EQ(after.at("bookingFields").at(0).at("slug"), "email");
    EXPECT_EQ(after.at("title"), "Harmless");
}

TEST(CalcomEventTypes, RefuseAWrongLengthWithTheValidatorsWords) {
    Api api;
    const std::string target = "/v2/event-types/" + std::to_string(api.make_type("a"));
    const Said said = api.patch(target, R"({"lengthInMinutes":"45"})");
    EXPECT_EQ(said.status, 400);
    const json::value error = said.body().at("error").at("details").at("errors").at(0);
    EXPECT_EQ(error.at("property"), "lengthInMinutes");
    EXPECT_EQ(error.at("constraints").at("isInt"), "lengthInMinutes must be an integer number");
}

TEST(CalcomEventTypes, IgnoreABodyThatIsNotJsonAndFailOnAnArray) {
    Api api;
    const std::string target = "/v2/event-types/" + std::to_string(api.make_type("a"));
    EXPECT_EQ(api.patch(target, "[1]").status, 500);
    EXPECT_EQ(api.patch(target, R"({"title": "x")").status, 400);
    api.content_type = "text/plain";
    const Said said = api.patch(target, R"({"title":"unseen"})");
    EXPECT_EQ(said.status, 200);
    EXPECT_EQ(said.data().at("title"), "T");
}

TEST(CalcomEventTypes, AreSeenByTheirOwnerOnlyAndHiddenOnesAreListedForHimAlone) {
    Api api;
    const std::string target = "/v2/event-types/" + std::to_string(api.make_type("a"));
    api.patch(target, R"({"hidden":true})");
    EXPECT_EQ(api.get("/v2/event-types").data().as_array().size(), 1U);
    EXPECT_EQ(api.as("bob").get("/v2/event-types?username=alice").data().as_array().size(), 0U);
    EXPECT_EQ(api.get(target).status, 404);
    EXPECT_EQ(api.patch(target, "{}").status, 404);
    EXPECT_EQ(api.send("DELETE", target).status, 403);
}

TEST(CalcomEventTypes, AnswerAnUnchangedOneWith304) {
    Api api;
    const std::string target = "/v2/event-types/" + std::to_string(api.make_type("a"));
    api.if_none_match = api.get(target).headers.at("ETag");
    const Said unchanged = api.get(target);
    EXPECT_EQ(unchanged.status, 304);
    EXPECT_EQ(unchanged.text, "");
    api.patch(target, R"({"title":"other"})");
    EXPECT_EQ(api.get(target).status, 200);
}

TEST(CalcomEventTypes, ComeInTheOrderOfTheirLastChange) {
    Api api;
    const Id first = api.make_type("a");
    const Id second = api.make_type("b");
    api.patch("/v2/event-types/" + std::to_string(first), "{}");
    const json::value list = api.get("/v2/event-types").data();
    EXPECT_EQ(list.at(0).at("id"), second);
    EXPECT_EQ(list.at(1).at("id"), first);
    const json::value sorted = api.get("/v2/event-types?sortCreatedAt=asc").data();
    EXPECT_EQ(sorted.at(0).at("id"), first);
}

TEST(CalcomManagedTypes, AnswerAWriteWithTheParentAndItsChildren) {
    Api api;
    const auto [parent, child] = api.make_managed("m");
    const json::value read = api.get("/v2/teams/11/event-types/" + std::to_string(parent)).data();
    EXPECT_TRUE(read.is_object());
    EXPECT_EQ(read.at("hosts").at(0).at("userId"), 102);
    EXPECT_EQ(api.get("/v2/teams/11/event-types/" + std::to_string(child)).status, 404);
    const json::value list = api.get("/v2/teams/11/event-types").data();
    EXPECT_EQ(list.as_array().size(), 1U) << "children are not in the team's list";
    const json::value found = api.get("/v2/event-types?username=bob&eventSlug=m").data();
    EXPECT_EQ(found.at(0).at("id"), child);
    EXPECT_TRUE(found.at(0).at("metadata").as_object().contains("managedEventConfig"));
}

TEST(CalcomManagedTypes, ResetTheirChildrenWithEveryWriteEvenAnEmptyOne) {
    Api api;
    const auto [parent, child] = api.make_managed("m");
    const std::string of_child = "/v2/event-types/" + std::to_string(child);
    const Said own =
        api.as("bob").patch(of_child, R"({"title":"Mine","hidden":true,"slug":"mine"})");
    EXPECT_EQ(own.status, 200) << "the lock is not enforced";
    EXPECT_EQ(own.data().at("title"), "Mine");
    const Said reset =
        api.as("alice").patch("/v2/teams/11/event-types/" + std::to_string(parent), "{}");
    EXPECT_EQ(reset.data().as_array().size(), 2U);
    const json::value after = api.as("bob").get(of_child).data();
    EXPECT_EQ(after.at("title"), "M");
    EXPECT_EQ(after.at("slug"), "m");
    EXPECT_EQ(after.at("hidden"), false);
}

TEST(CalcomManagedTypes, GiveAMemberWhoReturnsANewChild) {
    Api api;
    const auto [parent, child] = api.make_managed("m");
    const std::string target = "/v2/teams/11/event-types/" + std::to_string(parent);
    EXPECT_EQ(api.patch(target, R"({"hosts":[]})").data().as_array().size(), 1U);
    const json::value again = api.patch(target, R"({"hosts":[{"userId":102}]})").data();
    EXPECT_GT(again.at(1).at("id").as_int64(), child);
    EXPECT_EQ(api.send("DELETE", "/v2/teams/11/memberships/2").status, 200);
    EXPECT_EQ(api.get(target).data().at("hosts").as_array().size(), 0U);
}

TEST(CalcomManagedTypes, DisplaceAPersonalTypeOfTheSameSlug) {
    Api api;
    const Id personal = api.as("bob").make_type("m");
    api.as("alice").make_managed("m");
    EXPECT_EQ(api.as("bob").get("/v2/event-types/" + std::to_string(personal)).status, 404);
}

TEST(CalcomTeamTypes, LeaveAnOrphanBehindWhenAPendingHostIsRefused) {
    Api api;
    api.simulator.world().memberships.edit(2, api.clock.now())->accepted = false;
    const Said refused = api.post(
        "/v2/teams/11/event-types",
        R"({"title":"x","slug":"x","lengthInMinutes":30,"schedulingType":"collective","hosts":[{"userId":102}]})"
    );
    EXPECT_EQ(refused.status, 403);
    const json::value list = api.get("/v2/teams/11/event-types").data();
    ASSERT_EQ(list.as_array().size(), 1U);
    EXPECT_EQ(list.at(0).at("hosts").as_array().size(), 0U);
}

TEST(CalcomTeamTypes, RefuseTheirOwnUnchangedSlug) {
    Api api;
    const auto [parent, child] = api.make_managed("m");
    const Said said =
        api.patch("/v2/teams/11/event-types/" + std::to_string(parent), R"({"slug":"m"})");
    EXPECT_EQ(said.status, 400);
}

TEST(CalcomMemberships, ArePagedWithoutAnEndMarkAndKeepInvitations) {
    Api api;
    api.simulator.world().memberships.edit(2, api.clock.now())->accepted = false;
    const json::value all = api.get("/v2/teams/11/memberships").body();
    EXPECT_EQ(all.at("data").as_array().size(), 2U);
    EXPECT_FALSE(all.as_object().contains("pagination"));
    EXPECT_EQ(all.at("data").at(1).at("accepted"), false);
    EXPECT_EQ(api.get("/v2/teams/11/memberships?take=1&skip=1").data().at(0).at("id"), 2);
    EXPECT_EQ(api.get("/v2/teams/11/memberships?take=251").status, 400);
    EXPECT_EQ(api.as("bob").get("/v2/teams/11").status, 200) << "invited members see the team";
    EXPECT_EQ(api.get("/v2/teams/11/memberships").status, 403);
}

TEST(CalcomMemberships, AreFilteredByAddressesThatAreOnes) {
    Api api;
    const auto list = [&](const std::string& emails) {
        return api.get("/v2/teams/11/memberships?emails=" + emails);
    };
    EXPECT_EQ(list("BOB@example.org,%20bob@example.org").data().as_array().size(), 1U);
    EXPECT_EQ(list("").data().as_array().size(), 2U);
    const Said wrong = list("bob@example.org,nobody");
    EXPECT_EQ(wrong.status, 400);
    EXPECT_EQ(
        wrong.body().at("error").at("details").at("errors").at(0).at("constraints").at("isEmail"),
        "Each email must be a valid email address"
    );
    std::string many;
    for (int number = 0; number < 21; ++number)
        many += std::to_string(number) + "@example.org,";
    EXPECT_EQ(list(many).status, 400);
}

} // namespace
} // namespace calfleet::calcom_sim
