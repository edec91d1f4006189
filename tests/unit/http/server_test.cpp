#include "common/http/server.h"
#include "common/log/capture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/unit/http/raw_client.h"

namespace calfleet::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;
using namespace std::chrono_literals;

Routes sample_routes() {
    return {
        {"/live", [](const Request&) { return Response{.body = "ok\n"}; }},
        {"/ready",
         [](const Request&) { return Response{.status = 503, .body = "not joined yet\n"}; }},
        {"/echo", [](const Request& request) { return Response{.body = request.query}; }},
        {"/large", [](const Request&) { return Response{.body = std::string(3'000'000, 'x')}; }},
        {"/broken", [](const Request&) -> Response { throw std::runtime_error("oops"); }}};
}

std::unique_ptr<Server> serve(ServerSettings settings = {}) {
    settings.address = "127.0.0.1";
    auto server = Server::start(settings, sample_routes());
    EXPECT_TRUE(server) << server.error().message;
    return std::move(*server);
}

std::string answer_to(const Server& server, std::string_view request) {
    RawClient client(server.port());
    client.send(request);
    return client.read_to_end();
}

std::string get(std::string_view target) {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
}

TEST(HttpServer, AnswersItsRoutes) {
    const auto server = serve();
    const std::string live = answer_to(*server, get("/live"));
    EXPECT_THAT(live, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(live, HasSubstr("Content-Type: text/plain; charset=utf-8\r\n"));
    EXPECT_THAT(live, EndsWith("\r\n\r\nok\n"));
    EXPECT_THAT(answer_to(*server, get("/ready")), StartsWith("HTTP/1.1 503"));
    EXPECT_THAT(answer_to(*server, get("/echo?a=b&c")), EndsWith("\r\n\r\na=b&c"));
}

TEST(HttpServer, RefusesOtherPathsAndMethods) {
    const auto server = serve();
    EXPECT_THAT(answer_to(*server, get("/")), StartsWith("HTTP/1.1 404"));
    EXPECT_THAT(answer_to(*server, get("/live/")), StartsWith("HTTP/1.1 404"));
    const std::string reply =
        answer_to(*server, "DELETE /live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(reply, StartsWith("HTTP/1.1 405"));
    EXPECT_THAT(reply, HasSubstr("Allow: GET, HEAD\r\n"));
}

TEST(HttpServer, TellsTheLengthButSendsNoBodyForHead) {
    const auto server = serve();
    const std::string reply =
        answer_to(*server, "HEAD /live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(reply, HasSubstr("Content-Length: 3\r\n"));
    EXPECT_THAT(reply, EndsWith("\r\n\r\n"));
}

TEST(HttpServer, KeepsAConnectionForSeveralRequestsAndThenCloses) {
    const auto server = serve({.max_requests_per_connection = 2});
    RawClient client(server->port());
    client.send("GET /live HTTP/1.1\r\nHost: x\r\n\r\nGET /live HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_THAT(client.read_header(), Not(HasSubstr("Connection: close")));
    EXPECT_EQ(client.read_bytes(3), "ok\n");
    EXPECT_THAT(client.read_header(), HasSubstr("Connection: close"));
    EXPECT_EQ(client.read_to_end(), "ok\n");
}

TEST(HttpServer, SendsLargeAnswersWhole) {
    const auto server = serve();
    EXPECT_GT(answer_to(*server, get("/large")).size(), 3'000'000U);
}

TEST(HttpServer, HidesWhatWentWrongInAHandlerButLogsIt) {
    const log::Capture capture;
    const auto server = serve();
    const std::string reply = answer_to(*server, get("/broken"));
    EXPECT_THAT(reply, StartsWith("HTTP/1.1 500"));
    EXPECT_THAT(reply, Not(HasSubstr("oops")));
    EXPECT_THAT(capture.lines_of("http.handler_failed"), SizeIs(1));
}

TEST(HttpServer, RefusesWhatIsNoRequestAndLives) {
    const auto server = serve();
    for (const std::string& bytes :
         {std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 tls hello\r\n\r\n"),
          std::string("GET\r\n\r\n"),
          std::string("GET /live HTTP/9.9\r\n\r\n"),
          std::string("\0\0\0\0\r\n\r\n", 8),
          std::string("GET /live HTTP/1.1\r\nbad header\r\n\r\n")})
        EXPECT_THAT(answer_to(*server, bytes), testing::AnyOf("", StartsWith("HTTP/1.1 400")));
    EXPECT_THAT(answer_to(*server, get("/live")), StartsWith("HTTP/1.1 200"));
}

TEST(HttpServer, RefusesBodiesAndLargeHeaders) {
    const auto server = serve();
    EXPECT_THAT(
        answer_to(*server, "GET /live HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"),
        StartsWith("HTTP/1.1 413")
    );
    EXPECT_THAT(
        answer_to(
            *server, "GET /live HTTP/1.1\r\nHost: x\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n"
        ),
        StartsWith("HTTP/1.1 431")
    );
}

TEST(HttpServer, ClosesAConnectionThatSendsItsHeaderTooSlowly) {
    const auto server = serve({.header_deadline = 100ms});
    RawClient client(server->port());
    client.send("GET /live HTTP/1.1\r\nHost:");
    EXPECT_EQ(client.read_to_end(), "");
}

TEST(HttpServer, ClosesTheOldestThatWaitsForTheConnectionAboveItsLimit) {
    const auto server = serve({.max_connections = 2});
    RawClient oldest(server->port());
    oldest.send("GET /live HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_THAT(oldest.read_header(), StartsWith("HTTP/1.1 200"));
    RawClient younger(server->port());
    younger.send("GET /live HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_THAT(younger.read_header(), StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(answer_to(*server, get("/live")), StartsWith("HTTP/1.1 200"));
    EXPECT_EQ(oldest.read_to_end(), "ok\n");
    younger.send("GET /live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(
        younger.read_to_end(), testing::AllOf(StartsWith("ok\n"), EndsWith("\r\n\r\nok\n"))
    );
}

TEST(HttpServer, StopsAlthoughAClientHoldsOn) {
    const auto server = serve();
    RawClient client(server->port());
    client.send("GET /live HTTP/1.1\r\nHost: x\r\n\r\n");
    client.read_header();
    server->stop();
    server->stop();
    EXPECT_EQ(client.read_to_end(), "ok\n");
}

TEST(HttpServer, SaysWhyItCannotListen) {
    const auto server = serve();
    const auto taken = Server::start({.address = "127.0.0.1", .port = server->port()}, {});
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().kind, ErrorKind::Unavailable);
    EXPECT_THAT(taken.error().message, HasSubstr(std::to_string(server->port())));
    const auto nowhere = Server::start({.address = "localhost"}, {});
    ASSERT_FALSE(nowhere);
    EXPECT_EQ(nowhere.error().kind, ErrorKind::Invalid);
    EXPECT_THAT(nowhere.error().message, HasSubstr("'localhost'"));
}

} // namespace
} // namespace calfleet::http
