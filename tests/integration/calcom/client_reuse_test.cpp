// Which connection a call travels on, how often it is sent, and how many there may be.

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <gtest/gtest.h>

#include <atomic>

#include "tests/integration/calcom/caller.h"
#include "tests/support/wait.h"

namespace calfleet::integration {
namespace {

using namespace std::chrono_literals;
using http::FailureReason;
using http::Phase;

const std::string kGood = answer_of("{}");

int sends_of(const http::CallResult& result) {
    return std::visit([](const auto& one) { return one.sends; }, result);
}

bool answered(const http::CallResult& result) {
    return std::holds_alternative<http::Answer>(result);
}

// Answers every request until the client closes.
void serve_all(Peer& peer) {
    while (peer.read_request())
        if (!peer.send(kGood)) return;
}

// Answers the first request of a connection and closes after having read the second.
void answer_once(Peer& peer) {
    if (!peer.read_request() || !peer.send(kGood)) return;
    peer.read_request();
}

TEST(HttpClientReuse, ReadsAndPatchesShareAConnection) {
    RawServer server(serve_all);
    Caller caller(plain_settings(server));
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(answered(caller.call(get())));
        EXPECT_TRUE(answered(caller.call(patch())));
    }
    EXPECT_EQ(server.requests().size(), 6U);
    EXPECT_EQ(server.connections(), 1U);
}

TEST(HttpClientReuse, AWriteThatMustNotBeRepeatedHasAConnectionOfItsOwn) {
    RawServer server(serve_all);
    Caller caller(plain_settings(server));
    EXPECT_TRUE(answered(caller.call(get())));
    EXPECT_TRUE(answered(caller.call(post())));
    EXPECT_TRUE(answered(caller.call(post())));
    EXPECT_EQ(server.connections(), 3U);
    EXPECT_NE(server.requests()[1].find("Connection: close\r\n"), std::string::npos);
    EXPECT_EQ(caller.client->status().idle, 1U) << "the one of the read";
}

TEST(HttpClientReuse, APatchOnADyingConnectionIsAmbiguousAndNotSentAgain) {
    RawServer server(answer_once);
    Caller caller(plain_settings(server));
    ASSERT_TRUE(answered(caller.call(patch())));
    const auto result = caller.call(patch());
    ASSERT_FALSE(answered(result));
    const auto& failure = std::get<http::Failure>(result);
    EXPECT_EQ(failure.phase, Phase::Ambiguous);
    EXPECT_EQ(failure.reason, FailureReason::Closed);
    EXPECT_EQ(failure.sends, 1);
    EXPECT_EQ(server.requests().size(), 2U);
}

TEST(HttpClientReuse, AReadOnADyingConnectionIsSentOnceMoreAndSaysSo) {
    RawServer server(answer_once);
    Caller caller(plain_settings(server));
    EXPECT_EQ(sends_of(caller.call(get())), 1);
    const auto result = caller.call(get());
    EXPECT_TRUE(answered(result));
    EXPECT_EQ(sends_of(result), 2);
    EXPECT_EQ(server.requests().size(), 3U);
    EXPECT_EQ(server.connections(), 2U);
}

TEST(HttpClientReuse, AReadIsNeverSentAThirdTime) {
    std::atomic<int> connections{0};
    RawServer server([&](Peer& peer) {
        const bool first = connections++ == 0;
        if (peer.read_request() && first && peer.send(kGood)) peer.read_request();
    });
    Caller caller(plain_settings(server));
    ASSERT_TRUE(answered(caller.call(get())));
    const auto result = caller.call(get());
    EXPECT_FALSE(answered(result));
    EXPECT_EQ(sends_of(result), 2);
    EXPECT_EQ(server.requests().size(), 3U);
}

TEST(HttpClientReuse, AReadOnAFreshConnectionIsNotSentAgain) {
    RawServer server([](Peer& peer) { peer.read_request(); });
    Caller caller(plain_settings(server));
    EXPECT_EQ(sends_of(caller.call(get())), 1);
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST(HttpClientReuse, ABegunAnswerIsNotAskedForAgain) {
    std::atomic<int> requests{0};
    RawServer server([&](Peer& peer) {
        while (peer.read_request())
            if (++requests == 2) {
                peer.send("HTTP/1.1 2");
                return;
            } else if (!peer.send(kGood))
                return;
    });
    Caller caller(plain_settings(server));
    ASSERT_TRUE(answered(caller.call(get())));
    EXPECT_FALSE(answered(caller.call(get())));
    EXPECT_EQ(server.requests().size(), 2U);
}

TEST(HttpClientReuse, AConnectionThatTheServerClosedMeanwhileIsNotTried) {
    RawServer server([](Peer& peer) {
        if (peer.read_request()) peer.send(kGood);
    });
    Caller caller(plain_settings(server));
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(answered(caller.call(patch()))) << i;
        // The server's end of the connection is closed when its thread has gone.
        ASSERT_TRUE(test_support::eventually(5s, [&] { return server.open() == 0; }));
    }
    EXPECT_EQ(server.requests().size(), 5U);
}

TEST(HttpClientReuse, WordsBeyondTheAnswerEndTheConnection) {
    RawServer server([](Peer& peer) {
        while (peer.read_request())
            if (!peer.send(kGood + kGood)) return;
    });
    Caller caller(plain_settings(server));
    EXPECT_TRUE(answered(caller.call(get())));
    EXPECT_TRUE(answered(caller.call(get())));
    EXPECT_EQ(server.connections(), 2U) << "the second answer belongs to nobody";
}

TEST(HttpClientReuse, AnUnusedConnectionIsClosedBeforeTheServerDoes) {
    RawServer server(serve_all);
    auto settings = plain_settings(server);
    settings.idle_timeout = 100ms;
    Caller caller(settings);
    EXPECT_TRUE(answered(caller.call(get())));
    EXPECT_EQ(caller.client->status().idle, 1U);
    caller.run_until([&] { return server.open() == 0; });
    EXPECT_EQ(caller.client->status().idle, 0U);
    EXPECT_TRUE(answered(caller.call(get())));
    EXPECT_EQ(server.connections(), 2U);
}

TEST(HttpClientReuse, TheLoopEndsWhenNothingIsOpen) {
    RawServer server(serve_all);
    auto settings = plain_settings(server);
    settings.idle_timeout = 50ms;
    Caller caller(settings);
    EXPECT_TRUE(answered(caller.call(get())));
    caller.io.restart();
    caller.io.run_for(kLongEnough);
    EXPECT_TRUE(caller.io.stopped()) << "no timer of ours keeps the loop alive";
}

TEST(HttpClientLimits, ManyCallsShareTheConnectionsThatThereMayBe) {
    RawServer server(serve_all);
    auto settings = plain_settings(server);
    settings.max_connections = 3;
    Caller caller(settings);
    std::vector<http::Call> calls;
    for (int i = 0; i < 60; ++i)
        calls.push_back(i % 3 == 0 ? post() : i % 3 == 1 ? get() : patch());
    for (const auto& result : caller.call_all(calls))
        EXPECT_TRUE(answered(result));
    EXPECT_EQ(server.requests().size(), 60U);
    // Without a limit it would be 60.
    EXPECT_LE(server.most_open(), 20U) << "three, and those whose closing the server has not seen";
    EXPECT_EQ(caller.client->status().calls, 0U);
}

TEST(HttpClientLimits, ACallThatFindsNoRoomIsNotSent) {
    RawServer server([](Peer& peer) {
        peer.read_request();
        peer.closed_within(10s);
    });
    auto settings = plain_settings(server);
    settings.max_connections = 1;
    Caller caller(settings);
    boost::asio::co_spawn(
        caller.io,
        caller.client->call(post(), system_clock().monotonic() + 2s),
        [](std::exception_ptr, const http::CallResult&) {}
    );
    caller.run_until([&] { return server.requests().size() == 1; });
    const auto result = caller.call(post(), system_clock().monotonic() + 100ms);
    EXPECT_EQ(std::get<http::Failure>(result).reason, FailureReason::NoRoom);
    EXPECT_EQ(std::get<http::Failure>(result).phase, Phase::NotSent);
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST(HttpClientCancellation, ClosesTheConnectionAndMakesRoom) {
    RawServer server([](Peer& peer) {
        peer.read_request();
        peer.closed_within(10s);
    });
    auto settings = plain_settings(server);
    settings.max_connections = 1;
    Caller caller(settings);
    boost::asio::cancellation_signal cancel;
    std::exception_ptr thrown;
    bool ended = false;
    boost::asio::co_spawn(
        caller.io,
        caller.client->call(post()),
        boost::asio::bind_cancellation_slot(
            cancel.slot(),
            [&](std::exception_ptr failure, const http::CallResult&) {
                thrown = failure;
                ended = true;
            }
        )
    );
    caller.run_until([&] { return server.requests().size() == 1; });
    EXPECT_EQ(caller.client->status().calls, 1U);
    cancel.emit(boost::asio::cancellation_type::terminal);
    caller.run_until([&] { return ended && server.open() == 0; });
    ASSERT_TRUE(thrown);
    try {
        std::rethrow_exception(thrown);
    } catch (const boost::system::system_error& error) {
        EXPECT_EQ(error.code(), boost::asio::error::operation_aborted);
    }
    EXPECT_EQ(caller.client->status().calls, 0U);
}

TEST(HttpClientCancellation, OfACallInLineLetsTheOthersPass) {
    RawServer server([](Peer& peer) {
        if (!peer.read_request() || peer.closed_within(200ms)) return;
        peer.send(kGood);
    });
    auto settings = plain_settings(server);
    settings.max_connections = 1;
    Caller caller(settings);
    boost::asio::cancellation_signal cancel;
    int answers = 0;
    int aborted = 0;
    const auto count = [&](std::exception_ptr failure, const http::CallResult& result) {
        ++(failure ? aborted : answers);
        EXPECT_TRUE(failure || answered(result));
    };
    boost::asio::co_spawn(caller.io, caller.client->call(post()), count);
    boost::asio::co_spawn(
        caller.io,
        caller.client->call(post()),
        boost::asio::bind_cancellation_slot(cancel.slot(), count)
    );
    boost::asio::co_spawn(caller.io, caller.client->call(post()), count);
    caller.run_until([&] { return caller.client->status().waiting == 2; });
    cancel.emit(boost::asio::cancellation_type::terminal);
    caller.run_until([&] { return answers == 2 && aborted == 1; });
    EXPECT_EQ(server.requests().size(), 2U);
}

TEST(HttpClientLife, OutlivesTheLoopItWasUsedOn) {
    RawServer server(serve_all);
    metrics::Registry metrics("test");
    auto client = http::Client::create(plain_settings(server), system_clock(), metrics).value();
    for (int round = 0; round < 2; ++round) {
        boost::asio::io_context io;
        std::optional<http::CallResult> result;
        boost::asio::co_spawn(
            io,
            client->call(get()),
            [&](std::exception_ptr, http::CallResult one) { result = std::move(one); }
        );
        while (!result && io.run_one_for(kLongEnough) != 0) {
        }
        ASSERT_TRUE(result && answered(*result)) << round;
        EXPECT_EQ(client->status().idle, 1U);
    }
    EXPECT_TRUE(test_support::eventually(5s, [&] { return server.open() == 0; }));
}

TEST(HttpClientLife, ALoopThatGoesTakesItsCallsAlong) {
    RawServer server([](Peer& peer) {
        peer.read_request();
        peer.closed_within(10s);
    });
    metrics::Registry metrics("test");
    auto client = http::Client::create(plain_settings(server), system_clock(), metrics).value();
    {
        boost::asio::io_context io;
        boost::asio::co_spawn(
            io, client->call(get()), [](std::exception_ptr, const http::CallResult&) {}
        );
        while (server.requests().empty())
            io.run_one_for(10ms);
    }
    EXPECT_TRUE(test_support::eventually(5s, [&] { return server.open() == 0; }));
}

} // namespace
} // namespace calfleet::integration
