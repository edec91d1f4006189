// Typed requests against a server that answers as Cal.com does, and as it should not.

#include "common/calcom/client.h"

#include <gtest/gtest.h>

#include <atomic>

#include "tests/integration/calcom/caller.h"

namespace calfleet::calcom {
namespace {

using integration::answer_of;
using integration::Caller;
using integration::Peer;
using integration::plain_settings;
using integration::RawServer;

const ApiKey kKey("cal_live_123");
constexpr Until kNever = Until::max();

std::string success(std::string_view data) {
    return answer_of(R"({"status":"success","data":)" + std::string(data) + "}");
}

std::string event_type(int id, std::string_view more = "") {
    return R"({"id":)" + std::to_string(id) +
           R"(,"title":"Massage","slug":"massage","lengthInMinutes":45)" + std::string(more) + "}";
}

// A client, and a server that gives every request the same answer.
struct Call {
    explicit Call(std::string answer)
        : server([answer](Peer& peer) {
            while (peer.read_request())
                if (!peer.send(answer)) return;
        })
        , caller(plain_settings(server))
        , client(*caller.client, system_clock()) {}

    std::string first_request() const { return server.requests().at(0); }

    RawServer server;
    Caller caller;
    Client client;
};

template <class T, class Class>
const Class* setback(const Reply<T>& reply) {
    return reply.setback() == nullptr ? nullptr : std::get_if<Class>(reply.setback());
}

TEST(CalcomClient, AsksWithKeyAndVersionAndReadsTheAnswer) {
    Call call(success(R"({"id":42,"email":"ana@example.org","username":"ana"})"));
    const auto reply = call.caller.wait_for(call.client.me(kKey, kNever));
    ASSERT_TRUE(reply.value());
    EXPECT_EQ(reply.value()->id, UserId{42});
    const std::string request = call.first_request();
    EXPECT_TRUE(request.starts_with("GET /v2/me HTTP/1.1\r\n")) << request;
    EXPECT_NE(request.find("Authorization: Bearer cal_live_123\r\n"), std::string::npos);
    EXPECT_NE(request.find("cal-api-version: 2024-08-13\r\n"), std::string::npos);
}

TEST(CalcomClient, PatchesWithVersionAndShowsWhatWasDropped) {
    Call call(success(event_type(7, R"(,"hidden":false,"price":0)")));
    EventTypePatch patch;
    patch.hidden = true;
    patch.length_minutes = 45;
    const auto reply =
        call.caller.wait_for(call.client.patch_event_type(kKey, EventTypeId{7}, patch, kNever));
    ASSERT_TRUE(reply.value());
    EXPECT_EQ(compare(patch, *reply.value()), (Differences{{"hidden", "true", "false"}}));
    const std::string request = call.first_request();
    EXPECT_TRUE(request.starts_with("PATCH /v2/event-types/7 HTTP/1.1\r\n"));
    EXPECT_NE(request.find("cal-api-version: 2024-06-14\r\n"), std::string::npos);
    EXPECT_NE(request.find("Content-Type: application/json\r\n"), std::string::npos);
    EXPECT_TRUE(request.ends_with("\r\n\r\n{\"lengthInMinutes\":45,\"hidden\":true}"));
}

TEST(CalcomClient, DoesNotSendAPatchThatTheServerWouldSwallow) {
    Call call(success(event_type(7)));
    EventTypePatch patch;
    patch.title = " ";
    const auto reply = call.caller.wait_for(
        call.client.patch_team_event_type(kKey, TeamId{11}, EventTypeId{7}, patch, kNever)
    );
    const auto* definite = setback<PatchedTeamEventType, Definite>(reply);
    ASSERT_TRUE(definite);
    EXPECT_EQ(definite->status, 0);
    EXPECT_EQ(call.server.connections(), 0U);
}

TEST(CalcomClient, TellsAManagedParentFromItsChildren) {
    Call call(success(
        "[" + event_type(7, R"(,"teamId":11,"schedulingType":"managed")") + "," +
        event_type(8, R"(,"ownerId":2,"parentEventTypeId":7)") + "," +
        event_type(9, R"(,"ownerId":3,"parentEventTypeId":7)") + "]"
    ));
    EventTypePatch patch;
    patch.hidden = false;
    const auto reply = call.caller.wait_for(
        call.client.patch_team_event_type(kKey, TeamId{11}, EventTypeId{7}, patch, kNever)
    );
    ASSERT_TRUE(reply.value());
    EXPECT_EQ(reply.value()->event_type.id, EventTypeId{7});
    ASSERT_EQ(reply.value()->children.size(), 2U);
    EXPECT_EQ(reply.value()->children[1].owner, UserId{3});
    EXPECT_EQ(call.first_request().find("PATCH /v2/teams/11/event-types/7 "), 0U);
}

TEST(CalcomClient, FindsTheChildOfAUserOrNothing) {
    Call found(success("[" + event_type(8, R"(,"ownerId":2)") + "]"));
    const UserSlug slug{"ana", "massage", ""};
    const auto child = found.caller.wait_for(found.client.user_event_type(kKey, slug, kNever));
    ASSERT_TRUE(child.value());
    EXPECT_EQ(child.value()->value().id, EventTypeId{8});
    Call none(success("[]"));
    const auto nobody = none.caller.wait_for(none.client.user_event_type(kKey, slug, kNever));
    ASSERT_TRUE(nobody.value());
    EXPECT_FALSE(nobody.value()->has_value());
}

TEST(CalcomClient, ReadsMembershipsPageByPage) {
    std::atomic<int> page{0};
    const auto member = [](int id) {
        return R"({"id":)" + std::to_string(id) + R"(,"userId":1,"teamId":11})";
    };
    RawServer server([&](Peer& peer) {
        while (peer.read_request()) {
            std::string data;
            const int first = page++ == 0 ? 1 : 251;
            for (int id = first; id < first + (first == 1 ? 250 : 3); ++id)
                data += (data.empty() ? "" : ",") + member(id);
            if (!peer.send(success("[" + data + "]"))) return;
        }
    });
    Caller caller(plain_settings(server));
    Client client(*caller.client, system_clock());
    MembershipCollector collector;
    while (!collector.complete()) {
        auto reply =
            caller.wait_for(client.memberships(kKey, TeamId{11}, collector.next_skip(), kNever));
        ASSERT_TRUE(reply.value());
        ASSERT_TRUE(collector.add(std::move(*reply.value())));
    }
    EXPECT_EQ(collector.take().size(), 253U);
    EXPECT_NE(server.requests().at(1).find("take=250&skip=250 "), std::string::npos);
}

TEST(CalcomClient, TakesASuccessOfAnotherShapeForATroubledServer) {
    Call call(success(R"({"eventTypeGroups":[]})"));
    const auto reply = call.caller.wait_for(call.client.team_event_types(kKey, TeamId{11}, kNever));
    const auto* unknown = setback<std::vector<EventType>, Unknown>(reply);
    ASSERT_TRUE(unknown);
    EXPECT_EQ(unknown->status, 200);
    EXPECT_EQ(unknown->text, "unexpected: data: an object, expected an array");
}

/// It stays so however often it is asked for: no trouble of the server's that waiting would end.
TEST(CalcomClient, TakesWhatIsLargerThanIsKeptForARefusal) {
    const std::string fat =
        R"({"id":7,"title":"a","slug":"a","lengthInMinutes":5,"description":")" +
        std::string(70'000, 'x') + "\"}";
    Call call(success(fat));
    const auto reply = call.caller.wait_for(call.client.event_type(kKey, EventTypeId{7}, kNever));
    const auto* refused = setback<EventType, Definite>(reply);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->refusal, Refusal::TooLarge);
    EXPECT_EQ(refused->text, "data.description: 70000 bytes, at most 65536 are kept");
}

TEST(CalcomClient, PassesOnWhatTheLimiterSaysWhateverTheAnswer) {
    Call refused("HTTP/1.1 429 Too Many Requests\r\nX-RateLimit-Reset-Default: 75\r\n"
                 "X-RateLimit-Remaining-Default: 0\r\nContent-Length: 0\r\n\r\n");
    const auto reply =
        refused.caller.wait_for(refused.client.event_type(kKey, EventTypeId{7}, kNever));
    const auto* limited = setback<EventType, RateLimited>(reply);
    ASSERT_TRUE(limited);
    EXPECT_EQ(limited->freeze, std::chrono::seconds(75));
    EXPECT_EQ(reply.limits.remaining(), 0);
    EXPECT_EQ(refused.server.requests().size(), 1U) << "a refused request is not repeated";
}

TEST(CalcomClient, ReadsAnAnswerOfManyEventTypes) {
    std::string list;
    for (int id = 1; id <= 3000; ++id)
        list += (list.empty() ? "" : ",") +
                event_type(id, R"(,"description":")" + std::string(300, 'x') + "\"");
    Call call(success("[" + list + "]"));
    const auto reply = call.caller.wait_for(call.client.own_event_types(kKey, kNever));
    ASSERT_TRUE(reply.value());
    EXPECT_EQ(reply.value()->size(), 3000U);
}

} // namespace
} // namespace calfleet::calcom
