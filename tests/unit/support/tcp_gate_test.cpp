#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include "tests/support/tcp_gate.h"
#include "tests/support/tcp_socket.h"
#include "tests/support/wait.h"

namespace calfleet::test_support {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Cut = TcpGate::Cut;
using Mode = TcpGate::Mode;

constexpr seconds kSoon{10};

/// Answers every byte with itself and remembers what it got, one connection after the other.
class EchoServer {
public:
    EchoServer()
        : listener_(listen_on(0))
        , port_(port_of(listener_))
        , thread_([this] { serve(); }) {}
    ~EchoServer() {
        stopping_ = true;
        thread_.join();
    }
    std::uint16_t port() const { return port_; }
    std::string received() const {
        const std::lock_guard lock(mutex_);
        return received_;
    }

private:
    void serve() {
        while (!stopping_) {
            pollfd waiting{.fd = listener_.fd(), .events = POLLIN, .revents = 0};
            if (::poll(&waiting, 1, 10) <= 0) continue;
            const Socket client = accept_from(listener_);
            while (!stopping_ && client.open() && echo(client)) {
            }
        }
    }
    bool echo(const Socket& client) {
        pollfd waiting{.fd = client.fd(), .events = POLLIN, .revents = 0};
        if (::poll(&waiting, 1, 10) <= 0) return true;
        std::string bytes;
        if (Pipe::read(client, bytes) != Pipe::Result::Fine) return false;
        const std::lock_guard lock(mutex_);
        received_ += bytes;
        return ::send(client.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL) >= 0;
    }
    Socket listener_;
    std::uint16_t port_;
    std::atomic<bool> stopping_{false};
    mutable std::mutex mutex_{};
    std::string received_{};
    std::thread thread_;
};

class Client {
public:
    explicit Client(const TcpGate& gate)
        : socket_(connect_to("127.0.0.1", gate.port())) {}
    bool connected() const { return socket_.open(); }
    void send(const std::string& text) const {
        ::send(socket_.fd(), text.data(), text.size(), MSG_NOSIGNAL);
    }
    /// True when exactly this came back in time.
    bool hears(const std::string& expected, milliseconds within = kSoon) {
        eventually(within, [&] {
            receive();
            return heard_.size() >= expected.size() || !alive_;
        });
        return heard_ == expected;
    }
    bool is_cut() {
        return eventually(kSoon, [&] {
            receive();
            return !alive_;
        });
    }
    const std::string& heard() const { return heard_; }

private:
    void receive() {
        if (!alive_) return;
        std::string bytes;
        alive_ = Pipe::read(socket_, bytes) == Pipe::Result::Fine;
        heard_ += bytes;
    }
    Socket socket_;
    std::string heard_{};
    bool alive_{true};
};

class TcpGateTest : public testing::Test {
protected:
    EchoServer server_{};
    TcpGate gate_{"127.0.0.1", server_.port()};
};

TEST_F(TcpGateTest, ForwardsBothWays) {
    Client client(gate_);
    client.send("hello");
    EXPECT_TRUE(client.hears("hello"));
    EXPECT_EQ(gate_.bytes_to_server(), 5U);
}

TEST_F(TcpGateTest, ForwardsMoreThanAnyBufferHolds) {
    Client client(gate_);
    std::string all;
    for (int round = 0; round < 64; ++round) {
        const std::string part(32 * 1024, static_cast<char>('a' + round % 26));
        client.send(part);
        all += part;
        ASSERT_TRUE(client.hears(all)) << "round " << round;
    }
}

TEST_F(TcpGateTest, BlackHoleConnectsButMovesNothingUntilItPasses) {
    gate_.set(Mode::BlackHole);
    Client client(gate_);
    client.send("late");
    EXPECT_FALSE(client.hears("late", milliseconds(100)));
    EXPECT_EQ(server_.received(), "");
    gate_.set(Mode::Pass);
    EXPECT_TRUE(client.hears("late"));
}

TEST_F(TcpGateTest, BlackHoleHoldsOpenConnectionsToo) {
    Client client(gate_);
    client.send("a");
    ASSERT_TRUE(client.hears("a"));
    gate_.set(Mode::BlackHole);
    client.send("b");
    EXPECT_FALSE(client.hears("ab", milliseconds(100)));
    EXPECT_EQ(server_.received(), "a");
}

TEST_F(TcpGateTest, RefusesNewConnectionsAndKeepsOpenOnes) {
    Client open(gate_);
    open.send("a");
    ASSERT_TRUE(open.hears("a"));
    gate_.set(Mode::Refuse);
    Client refused(gate_);
    EXPECT_TRUE(!refused.connected() || refused.is_cut());
    open.send("b");
    EXPECT_TRUE(open.hears("ab"));
}

TEST_F(TcpGateTest, ListensOnTheSamePortAfterRefusing) {
    const auto port = gate_.port();
    gate_.set(Mode::Refuse);
    gate_.set(Mode::Pass);
    EXPECT_EQ(gate_.port(), port);
    Client client(gate_);
    client.send("again");
    EXPECT_TRUE(client.hears("again"));
}

TEST_F(TcpGateTest, CutAllResetsEveryConnectionOnce) {
    Client first(gate_);
    first.send("a");
    ASSERT_TRUE(first.hears("a"));
    gate_.cut_all();
    EXPECT_TRUE(first.is_cut());
    EXPECT_EQ(gate_.connections(), 0);
    Client second(gate_);
    second.send("b");
    EXPECT_TRUE(second.hears("b"));
}

TEST_F(TcpGateTest, DelaysEachWay) {
    gate_.delay(milliseconds(60));
    Client client(gate_);
    const auto sent = std::chrono::steady_clock::now();
    client.send("slow");
    ASSERT_TRUE(client.hears("slow"));
    EXPECT_GE(std::chrono::steady_clock::now() - sent, milliseconds(120));
}

TEST_F(TcpGateTest, CutsAfterExactlySoManyBytes) {
    gate_.cut_after_bytes(7);
    Client client(gate_);
    client.send("0123456789");
    EXPECT_TRUE(client.is_cut());
    EXPECT_TRUE(eventually(kSoon, [&] { return server_.received() == "0123456"; }));
    EXPECT_EQ(gate_.cuts(), 1);
}

TEST_F(TcpGateTest, CutsBeforeAPatternReachesTheServer) {
    Client client(gate_);
    client.send("insert;");
    ASSERT_TRUE(client.hears("insert;"));
    gate_.cut_on_pattern("COMMIT", Cut::Before);
    client.send("COMMIT;");
    EXPECT_TRUE(client.is_cut());
    EXPECT_TRUE(eventually(kSoon, [&] { return gate_.cuts() == 1 && gate_.connections() == 0; }));
    EXPECT_EQ(server_.received(), "insert;");
}

TEST_F(TcpGateTest, CutsAfterAPatternReachedTheServerAndHidesTheAnswer) {
    Client client(gate_);
    gate_.cut_on_pattern("COMMIT", Cut::After);
    client.send("insert;COMMIT;");
    EXPECT_TRUE(client.is_cut());
    EXPECT_EQ(client.heard(), "");
    EXPECT_TRUE(eventually(kSoon, [&] { return server_.received() == "insert;COMMIT;"; }));
    EXPECT_EQ(gate_.cuts(), 1);
}

TEST_F(TcpGateTest, FindsAPatternThatCameInPieces) {
    gate_.cut_on_pattern("COMMIT", Cut::Before);
    Client client(gate_);
    client.send("COM");
    ASSERT_TRUE(client.hears("COM"));
    client.send("MIT");
    EXPECT_TRUE(client.is_cut());
    EXPECT_EQ(server_.received(), "COM");
}

TEST_F(TcpGateTest, DisarmsItselfAfterOneCut) {
    gate_.cut_on_pattern("x", Cut::Before);
    Client first(gate_);
    first.send("x");
    ASSERT_TRUE(first.is_cut());
    Client second(gate_);
    second.send("x");
    EXPECT_TRUE(second.hears("x"));
    EXPECT_EQ(gate_.cuts(), 1);
}

TEST_F(TcpGateTest, ForgetsACutThatWasTakenBack) {
    gate_.cut_on_pattern("x", Cut::Before);
    gate_.disarm();
    Client client(gate_);
    client.send("x");
    EXPECT_TRUE(client.hears("x"));
}

TEST(TcpGateWithoutServer, CutsTheClientAsTheServerWould) {
    const auto nobody = free_port();
    const TcpGate gate("127.0.0.1", nobody);
    Client client(gate);
    EXPECT_TRUE(client.is_cut());
}

} // namespace

} // namespace calfleet::test_support
