// Whom the client believes to be the server, and what it costs to ask.

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "tests/integration/calcom/caller.h"
#include "tests/support/wait.h"

namespace calfleet::integration {
namespace {

using namespace std::chrono_literals;
using http::FailureReason;
using http::Phase;

void serve_all(Peer& peer) {
    while (peer.read_request())
        if (!peer.send(answer_of("{}"))) return;
}

class HttpClientTls : public testing::Test {
protected:
    HttpClientTls() { authority.write(ca_file); }

    // What a call to a server with that certificate ends in; the server must not get a request.
    http::Failure refusal_of(const Identity& identity, int newest_version = 0) {
        RawServer server(serve_all, server_context(identity, newest_version));
        Caller caller(tls_settings(server, ca_file));
        const auto result = caller.call(get());
        EXPECT_EQ(server.requests().size(), 0U);
        if (const auto* failure = std::get_if<http::Failure>(&result)) return *failure;
        ADD_FAILURE() << "the server was believed";
        return {};
    }

    test_support::TemporaryDirectory directory{"tls"};
    std::string ca_file{directory.path() / "ca.pem"};
    CertificateAuthority authority;
};

TEST_F(HttpClientTls, BelievesACertificateOfItsAuthorityForItsHost) {
    RawServer server(serve_all, server_context(authority.issue({})));
    Caller caller(tls_settings(server, ca_file));
    const auto result = caller.call(get());
    ASSERT_TRUE(std::holds_alternative<http::Answer>(result))
        << std::get<http::Failure>(result).text;
    EXPECT_EQ(std::get<http::Answer>(result).body, "{}");
    EXPECT_NE(
        server.requests().at(0).find("Authorization: Bearer cal_live_secret\r\n"), std::string::npos
    );
}

TEST_F(HttpClientTls, BelievesAnAddressWrittenIntoTheCertificate) {
    RawServer server(serve_all, server_context(authority.issue({.name = "IP:127.0.0.1"})));
    Caller caller(tls_settings(server, ca_file, "127.0.0.1"));
    EXPECT_TRUE(std::holds_alternative<http::Answer>(caller.call(get())));
}

TEST_F(HttpClientTls, RefusesTheCertificateOfAnotherHost) {
    const auto failure = refusal_of(authority.issue({.name = "DNS:api.example.org"}));
    EXPECT_EQ(failure.phase, Phase::NotSent);
    EXPECT_EQ(failure.reason, FailureReason::Certificate);
    EXPECT_NE(failure.text.find("hostname mismatch"), std::string::npos) << failure.text;
}

TEST_F(HttpClientTls, RefusesAnExpiredCertificate) {
    const auto failure = refusal_of(authority.issue({.valid_from_days = -10, .valid_to_days = -5}));
    EXPECT_EQ(failure.phase, Phase::NotSent);
    EXPECT_EQ(failure.reason, FailureReason::Certificate);
    EXPECT_NE(failure.text.find("expired"), std::string::npos) << failure.text;
}

TEST_F(HttpClientTls, RefusesACertificateThatNobodySigned) {
    const auto failure = refusal_of(self_signed({}));
    EXPECT_EQ(failure.phase, Phase::NotSent);
    EXPECT_EQ(failure.reason, FailureReason::Certificate);
}

TEST_F(HttpClientTls, RefusesAnAuthorityThatItWasNotTold) {
    const CertificateAuthority stranger;
    EXPECT_EQ(refusal_of(stranger.issue({})).reason, FailureReason::Certificate);
}

TEST_F(HttpClientTls, RefusesTls11) {
    const auto failure = refusal_of(authority.issue({}), TLS1_1_VERSION);
    EXPECT_EQ(failure.phase, Phase::NotSent);
    EXPECT_EQ(failure.reason, FailureReason::Tls);
}

TEST_F(HttpClientTls, SpeaksTls12) {
    RawServer server(serve_all, server_context(authority.issue({}), TLS1_2_VERSION));
    Caller caller(tls_settings(server, ca_file));
    EXPECT_TRUE(std::holds_alternative<http::Answer>(caller.call(get())));
}

TEST_F(HttpClientTls, AServerThatNeverShakesHandsIsGivenUpAfterTheConnectTime) {
    RawServer server([](Peer& peer) { peer.closed_within(10s); });
    auto settings = tls_settings(server, ca_file);
    settings.connect_timeout = 300ms;
    Caller caller(settings);
    const auto result = caller.call(get());
    const auto& failure = std::get<http::Failure>(result);
    EXPECT_EQ(failure.phase, Phase::NotSent);
    EXPECT_EQ(failure.reason, FailureReason::Connect);
}

TEST_F(HttpClientTls, AServerThatSpeaksNoTlsGetsNothing) {
    RawServer server([](Peer& peer) { peer.send(answer_of("{}")); });
    Caller caller(tls_settings(server, ca_file));
    const auto result = caller.call(get());
    EXPECT_EQ(std::get<http::Failure>(result).reason, FailureReason::Tls);
    EXPECT_EQ(server.requests().size(), 0U);
}

TEST_F(HttpClientTls, AnEndWithoutFarewellIsACutAndNoEndOfTheBody) {
    RawServer server(
        [](Peer& peer) {
            peer.read_request();
            peer.send("HTTP/1.1 200 OK\r\n\r\n{\"half\":");
            peer.drop();
        },
        server_context(authority.issue({}))
    );
    Caller caller(tls_settings(server, ca_file));
    const auto result = caller.call(post());
    ASSERT_TRUE(std::holds_alternative<http::Failure>(result));
    EXPECT_EQ(std::get<http::Failure>(result).phase, Phase::Ambiguous);
}

TEST_F(HttpClientTls, KeepsConnectionsAndResumesSessions) {
    RawServer server(serve_all, server_context(authority.issue({})));
    Caller caller(tls_settings(server, ca_file));
    for (int i = 0; i < 3; ++i)
        ASSERT_TRUE(std::holds_alternative<http::Answer>(caller.call(patch())));
    EXPECT_EQ(server.connections(), 1U);
    for (int i = 0; i < 3; ++i)
        ASSERT_TRUE(std::holds_alternative<http::Answer>(caller.call(post())));
    EXPECT_EQ(server.connections(), 4U);
    EXPECT_EQ(caller.client->status().resumed, 3U);
}

TEST_F(HttpClientTls, CarriesABodyOfManyRecords) {
    RawServer server(
        [](Peer& peer) {
            const auto request = peer.read_request();
            peer.send(answer_of(std::string(1'000'000, request ? request->back() : '?')));
        },
        server_context(authority.issue({}))
    );
    Caller caller(tls_settings(server, ca_file));
    http::Call call = post();
    call.body = std::string(1'000'000, 'y');
    const auto result = caller.call(std::move(call));
    ASSERT_TRUE(std::holds_alternative<http::Answer>(result));
    EXPECT_EQ(std::get<http::Answer>(result).body, std::string(1'000'000, 'y'));
    EXPECT_EQ(std::get<http::Answer>(result).bytes_sent, server.requests().at(0).size());
}

TEST_F(HttpClientTls, NeedsACaFileThatHoldsCertificates) {
    metrics::Registry metrics("test");
    http::ClientSettings settings;
    settings.origin = {http::Scheme::Https, "localhost", 443};
    settings.ca_file = directory.path() / "none.pem";
    const auto client = http::Client::create(settings, system_clock(), metrics);
    ASSERT_FALSE(client);
    EXPECT_EQ(client.error().kind, ErrorKind::Invalid);
    EXPECT_NE(client.error().message.find("none.pem"), std::string::npos);
}

} // namespace
} // namespace calfleet::integration
