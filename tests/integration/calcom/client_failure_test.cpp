// What the client makes of servers that fail in every way: the class that decides what may happen
// next, and that no failure was sent twice.

#include "common/calcom/answer_class.h"

#include <gtest/gtest.h>

#include "tests/integration/calcom/caller.h"

namespace calfleet::integration {
namespace {

using namespace std::chrono_literals;
using http::FailureReason;
using http::Phase;

// What the result means for a booking.
std::string class_of(const http::CallResult& result) {
    static json::Parser parser;
    const calcom::RequestKind kind{.effect = calcom::Effect::Once};
    const auto outcome = calcom::classify(kind, result, parser, system_clock().now());
    static constexpr std::string_view kNames[] = {
        "not_sent", "rate_limited", "definite", "maybe_ours", "credential", "unknown", "confirmed"};
    return std::string(kNames[outcome.index()]);
}

http::Failure failure_of(const http::CallResult& result) {
    if (const auto* failure = std::get_if<http::Failure>(&result)) return *failure;
    ADD_FAILURE() << "an answer of status " << std::get<http::Answer>(result).status;
    return {};
}

// Calls once a server that answers each request with these bytes and then closes.
struct Attempt {
    explicit Attempt(std::string bytes, http::Call call = post())
        : server([bytes](Peer& peer) {
            if (peer.read_request()) peer.send(bytes);
        })
        , result(Caller(plain_settings(server)).call(std::move(call))) {}
    RawServer server;
    http::CallResult result;
};

TEST(HttpClientFailure, AnAnswerCutAtAnyByteIsUnknownAndTheServerSawOneRequest) {
    const std::string whole = answer_of(R"({"status":"success","data":{"uid":"a"}})");
    for (std::size_t size = 0; size < whole.size(); size += 3) {
        const Attempt attempt(whole.substr(0, size));
        ASSERT_EQ(class_of(attempt.result), "unknown") << size;
        ASSERT_EQ(failure_of(attempt.result).reason, FailureReason::Closed) << size;
        ASSERT_EQ(attempt.server.requests().size(), 1U) << size;
    }
    EXPECT_EQ(class_of(Attempt(whole).result), "confirmed");
}

TEST(HttpClientFailure, AResetAfterTheRequestIsUnknown) {
    RawServer server([](Peer& peer) {
        peer.read_request();
        peer.reset();
    });
    Caller caller(plain_settings(server));
    const auto result = caller.call(post());
    EXPECT_EQ(class_of(result), "unknown");
    EXPECT_EQ(failure_of(result).reason, FailureReason::Closed);
    EXPECT_EQ(failure_of(result).sends, 1);
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST(HttpClientFailure, ABodyWithoutEndIsCutOffAtItsLimit) {
    RawServer server([](Peer& peer) {
        peer.read_request();
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        const std::string chunk = "4000\r\n" + std::string(0x4000, 'x') + "\r\n";
        while (peer.send(chunk)) {
        }
    });
    Caller caller(plain_settings(server));
    const auto result = caller.call(post());
    EXPECT_EQ(class_of(result), "unknown");
    EXPECT_EQ(failure_of(result).reason, FailureReason::BodyTooLarge);
    EXPECT_EQ(failure_of(result).status, 200);
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST(HttpClientFailure, AFloodOfHeadersIsCutOffAtItsLimit) {
    RawServer server([](Peer& peer) {
        peer.read_request();
        peer.send("HTTP/1.1 200 OK\r\n");
        while (peer.send("X-Flood: " + std::string(1000, 'x') + "\r\n")) {
        }
    });
    Caller caller(plain_settings(server));
    const auto result = caller.call(post());
    EXPECT_EQ(class_of(result), "unknown");
    EXPECT_EQ(failure_of(result).reason, FailureReason::HeaderTooLarge);
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST(HttpClientFailure, AnAnswerThatCreepsIsCutOffLongBeforeTheDeadline) {
    RawServer server([](Peer& peer) {
        peer.read_request();
        for (const char c : answer_of(std::string(2000, 'x')))
            if (peer.closed_within(10ms) || !peer.send(std::string_view(&c, 1))) return;
    });
    auto settings = plain_settings(server);
    settings.low_speed_bytes = 100;
    settings.low_speed_window = 300ms;
    Caller caller(settings);
    const auto result = caller.call(post());
    EXPECT_EQ(class_of(result), "unknown");
    EXPECT_EQ(failure_of(result).reason, FailureReason::TooSlow);
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST(HttpClientFailure, AServerThatThinksLongIsNotCreeping) {
    RawServer server([](Peer& peer) {
        peer.read_request();
        if (!peer.closed_within(500ms)) peer.send(answer_of("{}"));
    });
    auto settings = plain_settings(server);
    settings.low_speed_window = 100ms;
    Caller caller(settings);
    EXPECT_TRUE(std::holds_alternative<http::Answer>(caller.call(post())));
}

TEST(HttpClientFailure, ASilentServerIsUnknownAtTheDeadline) {
    RawServer server([](Peer& peer) {
        peer.read_request();
        peer.closed_within(10s);
    });
    auto settings = plain_settings(server);
    settings.total_timeout = 300ms;
    Caller caller(settings);
    const auto result = caller.call(post());
    EXPECT_EQ(class_of(result), "unknown");
    EXPECT_EQ(failure_of(result).reason, FailureReason::Deadline);
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST(HttpClientFailure, ALeaseEndsACallBeforeTheTotalTime) {
    RawServer server([](Peer& peer) {
        peer.read_request();
        peer.closed_within(10s);
    });
    Caller caller(plain_settings(server));
    const Monotonic until = system_clock().monotonic() + 300ms;
    EXPECT_EQ(failure_of(caller.call(post(), until)).reason, FailureReason::Deadline);
    const auto late = caller.call(post(), system_clock().monotonic());
    EXPECT_EQ(class_of(late), "not_sent") << "nothing is sent after the end of a lease";
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST(HttpClientFailure, AWebPageIsUnknownWhateverItsStatus) {
    const Attempt attempt(answer_of("<html>Checking your browser</html>"));
    EXPECT_EQ(class_of(attempt.result), "unknown");
    EXPECT_EQ(attempt.server.requests().size(), 1U);
}

TEST(HttpClientFailure, AnEncodingThatWasNotAskedForIsUnknown) {
    const Attempt attempt(answer_of("\x1f\x8b", "Content-Encoding: gzip\r\n"));
    EXPECT_EQ(class_of(attempt.result), "unknown");
    EXPECT_EQ(failure_of(attempt.result).reason, FailureReason::UnexpectedEncoding);
    EXPECT_NE(
        attempt.server.requests().at(0).find("Accept-Encoding: identity\r\n"), std::string::npos
    );
}

TEST(HttpClientFailure, ARedirectIsNotFollowedAndTheKeyGoesNowhereElse) {
    RawServer elsewhere([](Peer& peer) { peer.read_request(); });
    const Attempt attempt(
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:" + std::to_string(elsewhere.port()) +
        "/\r\nContent-Length: 0\r\n\r\n"
    );
    EXPECT_EQ(class_of(attempt.result), "unknown");
    EXPECT_EQ(std::get<http::Answer>(attempt.result).status, 302);
    EXPECT_EQ(attempt.server.requests().size(), 1U);
    EXPECT_EQ(elsewhere.connections(), 0U);
}

TEST(HttpClientFailure, AnAnswerBeforeTheWholeRequestIsStillTheAnswer) {
    // Closing with bytes unread resets the connection, in the middle of our sending.
    RawServer server([](Peer& peer) {
        peer.send("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}");
    });
    http::Call call = post();
    call.body = std::string(8 * 1024 * 1024, 'x');
    Caller caller(plain_settings(server));
    const auto result = caller.call(std::move(call));
    ASSERT_TRUE(std::holds_alternative<http::Answer>(result)) << failure_of(result).text;
    EXPECT_EQ(std::get<http::Answer>(result).status, 413);
}

TEST(HttpClientFailure, AClosedPortMeansThatNothingWasSent) {
    std::uint16_t port = 0;
    {
        port = RawServer([](Peer&) {}).port();
    }
    http::ClientSettings settings;
    settings.origin = {http::Scheme::Http, "127.0.0.1", port};
    settings.peer = "test";
    Caller caller(settings);
    const auto result = caller.call(post());
    EXPECT_EQ(class_of(result), "not_sent");
    EXPECT_EQ(failure_of(result).reason, FailureReason::Connect);
    EXPECT_EQ(failure_of(result).sends, 0);
}

TEST(HttpClientFailure, AHostWithoutAddressMeansThatNothingWasSent) {
    http::ClientSettings settings;
    settings.origin = {http::Scheme::Https, "no-such-host.invalid", 443};
    settings.peer = "test";
    Caller caller(settings);
    const auto failure = failure_of(caller.call(get()));
    EXPECT_EQ(failure.phase, Phase::NotSent);
    EXPECT_EQ(failure.reason, FailureReason::Resolve);
}

TEST(HttpClientFailure, PlainHttpLeavesForThisMachineOnly) {
    http::ClientSettings settings;
    settings.origin = {http::Scheme::Http, "192.0.2.1", 80};
    settings.peer = "test";
    Caller caller(settings);
    const auto failure = failure_of(caller.call(get()));
    EXPECT_EQ(failure.phase, Phase::NotSent);
    EXPECT_EQ(failure.reason, FailureReason::PlainHttp);
    EXPECT_EQ(caller.client->status().opened, 1U);
}

TEST(HttpClientFailure, ACallThatIsNoRequestIsNotSent) {
    RawServer server([](Peer& peer) { peer.read_request(); });
    Caller caller(plain_settings(server));
    http::Call call = post();
    call.headers.push_back({"X", "a\r\nHost: evil"});
    EXPECT_EQ(failure_of(caller.call(std::move(call))).reason, FailureReason::InvalidCall);
    EXPECT_EQ(server.connections(), 0U);
}

TEST(HttpClientFailure, SaysWhyWithoutTheKeyTheTargetOrTheBody) {
    const Attempt attempt("nonsense\r\n\r\n");
    const std::string text = failure_of(attempt.result).text;
    EXPECT_NE(text.find("127.0.0.1"), std::string::npos);
    for (const char* secret : {"cal_live_secret", "/v2/bookings", "2026-12-01"})
        EXPECT_EQ(text.find(secret), std::string::npos) << secret;
}

TEST(HttpClientFailure, IsCountedByWhatMayHaveHappened) {
    RawServer server([](Peer& peer) {
        peer.read_request();
        peer.reset();
    });
    Caller caller(plain_settings(server));
    caller.call(post());
    caller.call(post(), system_clock().monotonic());
    const std::string text = caller.metrics.exposition();
    for (const char* outcome : {"ambiguous", "not_sent"})
        EXPECT_NE(
            text.find(
                "calfleet_http_request_duration_seconds_count{worker=\"test\",peer=\"test\","
                "status_class=\"" +
                std::string(outcome) + "\"} 1"
            ),
            std::string::npos
        ) << outcome;
}

} // namespace
} // namespace calfleet::integration
