// Whom the client believes to be the server, and what it costs to ask.

#include "common/http/client_tls.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <memory>

#include "tests/calcom-sim/client/certificates.h"
#include "tests/integration/calcom/caller.h"
#include "tests/support/wait.h"

namespace calfleet::integration {
namespace {

using namespace std::chrono_literals;
using http::FailureReason;
using http::Phase;
using test_support::Certificate;
using test_support::CertificateFiles;
using test_support::make_certificate;

void serve_all(Peer& peer) {
    while (peer.read_request())
        if (!peer.send(answer_of("{}"))) return;
}

class HttpClientTls : public testing::Test {
protected:
    // A server with such a certificate; authority() is to be trusted.
    std::unique_ptr<RawServer>
    server(Certificate kind, RawServer::Script script = serve_all, int newest_version = 0) {
        files = make_certificate(directory.path(), "server", kind);
        return std::make_unique<RawServer>(std::move(script), server_tls(files, newest_version));
    }
    std::string authority() const { return files.authority; }

    // What a call to a server with that certificate ends in; the server must not get a request.
    http::Failure refusal_of(Certificate kind, int newest_version = 0) {
        const auto refused = server(kind, serve_all, newest_version);
        Caller caller(tls_settings(*refused, authority()));
        const auto result = caller.call(get());
        EXPECT_EQ(refused->requests().size(), 0U);
        if (const auto* failure = std::get_if<http::Failure>(&result)) return *failure;
        ADD_FAILURE() << "the server was believed";
        return {};
    }

    test_support::TemporaryDirectory directory{"tls"};
    CertificateFiles files;
};

TEST_F(HttpClientTls, BelievesACertificateOfItsAuthorityForItsHost) {
    const auto good = server(Certificate::Good);
    Caller caller(tls_settings(*good, authority()));
    const auto result = caller.call(get());
    ASSERT_TRUE(std::holds_alternative<http::Answer>(result))
        << std::get<http::Failure>(result).text;
    EXPECT_EQ(std::get<http::Answer>(result).body, "{}");
    EXPECT_NE(
        good->requests().at(0).find("Authorization: Bearer cal_live_secret\r\n"), std::string::npos
    );
}

TEST_F(HttpClientTls, BelievesAnAddressWrittenIntoTheCertificate) {
    const auto good = server(Certificate::Good);
    Caller caller(tls_settings(*good, authority(), "127.0.0.1"));
    EXPECT_TRUE(std::holds_alternative<http::Answer>(caller.call(get())));
}

TEST_F(HttpClientTls, RefusesTheCertificateOfAnotherHost) {
    const auto failure = refusal_of(Certificate::OtherHost);
    EXPECT_EQ(failure.phase, Phase::NotSent);
    EXPECT_EQ(failure.reason, FailureReason::Certificate);
    EXPECT_NE(failure.text.find("hostname mismatch"), std::string::npos) << failure.text;
}

TEST_F(HttpClientTls, RefusesAnExpiredCertificate) {
    const auto failure = refusal_of(Certificate::Expired);
    EXPECT_EQ(failure.phase, Phase::NotSent);
    EXPECT_EQ(failure.reason, FailureReason::Certificate);
    EXPECT_NE(failure.text.find("expired"), std::string::npos) << failure.text;
}

TEST_F(HttpClientTls, RefusesACertificateThatNobodySigned) {
    const auto failure = refusal_of(Certificate::SelfSigned);
    EXPECT_EQ(failure.phase, Phase::NotSent);
    EXPECT_EQ(failure.reason, FailureReason::Certificate);
}

TEST_F(HttpClientTls, RefusesAnAuthorityThatItWasNotTold) {
    const auto stranger = server(Certificate::Good);
    const CertificateFiles other = make_certificate(directory.path(), "x", Certificate::Good);
    Caller caller(tls_settings(*stranger, other.authority));
    const auto result = caller.call(get());
    EXPECT_EQ(std::get<http::Failure>(result).reason, FailureReason::Certificate);
    EXPECT_EQ(stranger->requests().size(), 0U);
}

TEST_F(HttpClientTls, RefusesTls11) {
    const auto failure = refusal_of(Certificate::Good, TLS1_1_VERSION);
    EXPECT_EQ(failure.phase, Phase::NotSent);
    EXPECT_EQ(failure.reason, FailureReason::Tls);
}

TEST_F(HttpClientTls, RefusesTls11WhateverTheSystemsDefaultsAllow) {
    const auto context = http::TlsContext::create("localhost", "");
    ASSERT_TRUE(context) << context.error().message;
    const auto connection = (*context)->connection(-1);
    ASSERT_TRUE(connection);
    EXPECT_EQ(SSL_get_min_proto_version(connection.get()), TLS1_2_VERSION);
    EXPECT_EQ(SSL_get_verify_mode(connection.get()), SSL_VERIFY_PEER);
}

TEST_F(HttpClientTls, SpeaksTls12) {
    const auto good = server(Certificate::Good, serve_all, TLS1_2_VERSION);
    Caller caller(tls_settings(*good, authority()));
    EXPECT_TRUE(std::holds_alternative<http::Answer>(caller.call(get())));
}

TEST_F(HttpClientTls, AServerThatNeverShakesHandsIsGivenUpAfterTheConnectTime) {
    files = make_certificate(directory.path(), "server", Certificate::Good);
    RawServer silent([](Peer& peer) { peer.closed_within(10s); });
    auto settings = tls_settings(silent, authority());
    settings.connect_timeout = 300ms;
    Caller caller(settings);
    const auto result = caller.call(get());
    const auto& failure = std::get<http::Failure>(result);
    EXPECT_EQ(failure.phase, Phase::NotSent);
    EXPECT_EQ(failure.reason, FailureReason::Connect);
}

TEST_F(HttpClientTls, AServerThatSpeaksNoTlsGetsNothing) {
    files = make_certificate(directory.path(), "server", Certificate::Good);
    RawServer plain([](Peer& peer) { peer.send(answer_of("{}")); });
    Caller caller(tls_settings(plain, authority()));
    const auto result = caller.call(get());
    EXPECT_EQ(std::get<http::Failure>(result).reason, FailureReason::Tls);
    EXPECT_EQ(plain.requests().size(), 0U);
}

TEST_F(HttpClientTls, AnEndWithoutFarewellIsACutAndNoEndOfTheBody) {
    const auto good = server(Certificate::Good, [](Peer& peer) {
        peer.read_request();
        peer.send("HTTP/1.1 200 OK\r\n\r\n{\"half\":");
        peer.drop();
    });
    Caller caller(tls_settings(*good, authority()));
    const auto result = caller.call(post());
    ASSERT_TRUE(std::holds_alternative<http::Failure>(result));
    EXPECT_EQ(std::get<http::Failure>(result).phase, Phase::Ambiguous);
}

TEST_F(HttpClientTls, KeepsConnectionsAndResumesSessions) {
    const auto good = server(Certificate::Good);
    Caller caller(tls_settings(*good, authority()));
    for (int i = 0; i < 3; ++i)
        ASSERT_TRUE(std::holds_alternative<http::Answer>(caller.call(patch())));
    EXPECT_EQ(good->connections(), 1U);
    for (int i = 0; i < 3; ++i)
        ASSERT_TRUE(std::holds_alternative<http::Answer>(caller.call(post())));
    EXPECT_EQ(good->connections(), 4U);
    EXPECT_EQ(caller.client->status().resumed, 3U);
}

TEST_F(HttpClientTls, CarriesABodyOfManyRecords) {
    const auto good = server(Certificate::Good, [](Peer& peer) {
        const auto request = peer.read_request();
        peer.send(answer_of(std::string(1'000'000, request ? request->back() : '?')));
    });
    Caller caller(tls_settings(*good, authority()));
    http::Call call = post();
    call.body = std::string(1'000'000, 'y');
    const auto result = caller.call(std::move(call));
    ASSERT_TRUE(std::holds_alternative<http::Answer>(result));
    EXPECT_EQ(std::get<http::Answer>(result).body, std::string(1'000'000, 'y'));
    EXPECT_EQ(std::get<http::Answer>(result).bytes_sent, good->requests().at(0).size());
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
