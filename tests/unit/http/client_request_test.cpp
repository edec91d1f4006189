#include "common/http/client_request.h"

#include <gtest/gtest.h>

namespace calfleet::http {
namespace {

const Origin kOrigin{Scheme::Https, "api.cal.com", 443};

Call patch() {
    Call call;
    call.method = Method::Patch;
    call.target = "/v2/event-types/7";
    call.headers = {{"cal-api-version", "2024-06-14"}};
    call.body = R"({"title":"x"})";
    call.reuse = Reuse::Pooled;
    call.authorization = Secret<std::string>("Bearer cal_live_123");
    return call;
}

std::string refusal_of(const Call& call) {
    const auto bytes = request_bytes(call, kOrigin, "calfleet");
    return bytes ? "accepted" : bytes.error().message;
}

TEST(RequestBytes, AreExactlyTheRequestAndKnowWhereItsHeadEnds) {
    const auto bytes = request_bytes(patch(), kOrigin, "calfleet");
    const std::string head = "PATCH /v2/event-types/7 HTTP/1.1\r\n"
                             "Host: api.cal.com\r\n"
                             "User-Agent: calfleet\r\n"
                             "Accept-Encoding: identity\r\n"
                             "cal-api-version: 2024-06-14\r\n"
                             "Authorization: Bearer cal_live_123\r\n"
                             "Content-Length: 13\r\n\r\n";
    EXPECT_EQ(bytes->view(), head + R"({"title":"x"})");
    EXPECT_EQ(bytes->head_size(), head.size());
}

TEST(RequestBytes, OfAFreshCallAskTheServerToClose) {
    Call call = patch();
    call.reuse = Reuse::Fresh;
    EXPECT_NE(
        request_bytes(call, kOrigin, "")->view().find("Connection: close\r\n"),
        std::string_view::npos
    );
}

TEST(RequestBytes, OfAGetHaveNoLength) {
    Call call;
    call.target = "/v2/me";
    EXPECT_EQ(
        request_bytes(call, kOrigin, "")->view(),
        "GET /v2/me HTTP/1.1\r\nHost: api.cal.com\r\nAccept-Encoding: identity\r\nConnection: "
        "close\r\n\r\n"
    );
}

TEST(RequestBytes, CannotCarryASecondRequestInAField) {
    Call call = patch();
    call.headers.push_back({"X-Note", "a\r\nHost: evil"});
    EXPECT_EQ(refusal_of(call), "the header X-Note has a control character");
    call = patch();
    call.headers.push_back({"X Note", "a"});
    EXPECT_EQ(refusal_of(call), "a header of a call has no valid name");
    for (const char* target : {"", "v2/me", "/v2 /me", "/v2\r\n", "/v2/\xC3\xA4"}) {
        call = patch();
        call.target = target;
        EXPECT_NE(refusal_of(call).find("target"), std::string::npos) << target;
    }
}

TEST(RequestBytes, DoNotShowTheKeyThatIsWrong) {
    Call call = patch();
    call.authorization = Secret<std::string>("Bearer cal_live_123\n");
    EXPECT_EQ(refusal_of(call), "the authorization of a call has a control character");
}

TEST(RequestBytes, LeaveTheFieldsOfTheClientToTheClient) {
    for (const char* name : {"Host", "authorization", "Content-Length", "Transfer-Encoding"}) {
        Call call = patch();
        call.headers.push_back({name, "1"});
        EXPECT_EQ(refusal_of(call), "the header " + std::string(name) + " is the client's to set");
    }
}

TEST(RequestBytes, OfAWriteMayNotBeAskedToGoTwice) {
    Call call = patch();
    call.reuse = Reuse::PooledTwice;
    EXPECT_EQ(refusal_of(call), "PATCH must not be sent twice: only GET may");
    EXPECT_EQ(request_bytes(call, kOrigin, "").error().kind, ErrorKind::Bug);
}

} // namespace
} // namespace calfleet::http
