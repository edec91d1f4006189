#include "common/calcom/requests.h"

#include <gtest/gtest.h>

#include "tests/unit/http/headers.h"

namespace calfleet::calcom {
namespace {

const ApiKey kKey("cal_live_123");

std::string version_of(const http::Call& call) {
    return http::header_of(call.headers, "CAL-API-VERSION");
}

EventTypePatch hidden() {
    EventTypePatch patch;
    patch.hidden = true;
    return patch;
}

TEST(Requests, CarryTheVersionOfTheirResource) {
    const TeamId team{11};
    const EventTypeId type{7};
    EXPECT_EQ(version_of(event_type_request(kKey, type)), "2024-06-14");
    EXPECT_EQ(version_of(own_event_types_request(kKey)), "2024-06-14");
    EXPECT_EQ(version_of(user_event_type_request(kKey, {"ana", "massage", ""})), "2024-06-14");
    EXPECT_EQ(version_of(team_event_type_request(kKey, team, type)), "2024-06-14");
    EXPECT_EQ(version_of(me_request(kKey)), "2024-08-13");
    EXPECT_EQ(version_of(memberships_request(kKey, team, 0)), "2024-08-13");
    EXPECT_EQ(api_version(Resource::Slots), "2024-09-04");
}

TEST(Requests, PatchNoEventTypeWithoutItsVersion) {
    EXPECT_EQ(version_of(patch_event_type_request(kKey, EventTypeId{7}, hidden())), "2024-06-14");
    EXPECT_EQ(
        version_of(patch_team_event_type_request(kKey, TeamId{11}, EventTypeId{7}, hidden())),
        "2024-06-14"
    );
}

TEST(Requests, PatchInJsonOnAConnectionThatIsNotUsedTwice) {
    const auto call = patch_team_event_type_request(kKey, TeamId{11}, EventTypeId{7}, hidden());
    EXPECT_EQ(call.method, http::Method::Patch);
    EXPECT_EQ(call.target, "/v2/teams/11/event-types/7");
    EXPECT_EQ(call.body, R"({"hidden":true})");
    EXPECT_EQ(call.reuse, http::Reuse::Pooled);
    EXPECT_EQ(http::header_of(call.headers, "content-type"), "application/json");
}

TEST(Requests, KeepTheKeyOutOfEverythingButTheAuthorization) {
    const auto call = user_event_type_request(kKey, {"ana", "massage", ""});
    EXPECT_EQ(call.authorization.reveal_for_use(), "Bearer cal_live_123");
    EXPECT_EQ(call.target.find("cal_live"), std::string::npos);
    for (const http::Header& header : call.headers)
        EXPECT_EQ(header.value.find("cal_live"), std::string::npos);
}

TEST(Requests, EncodeNamesThatComeFromOutside) {
    EXPECT_EQ(
        user_event_type_request(kKey, {"ana&orgId=1", "a/b", "praxis nord"}).target,
        "/v2/event-types?username=ana%26orgId%3D1&eventSlug=a%2Fb&orgSlug=praxis%20nord"
    );
}

TEST(Requests, PageMembershipsByWhatWasReceived) {
    EXPECT_EQ(
        memberships_request(kKey, TeamId{11}, 250).target,
        "/v2/teams/11/memberships?take=250&skip=250"
    );
}

} // namespace
} // namespace calfleet::calcom
