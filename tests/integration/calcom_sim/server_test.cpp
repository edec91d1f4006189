// The program over real sockets: connections, faults of the wire, TLS, its own life and death.
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <csignal>
#include <optional>

#include "tests/calcom-sim/client/calcom_simulator.h"
#include "tests/calcom-sim/client/certificates.h"
#include "tests/calcom-sim/client/tls_call.h"
#include "tests/support/tcp_socket.h"

namespace calfleet::test_support {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;
using End = Pipe::Result;

constexpr seconds kSoon{20};
constexpr const char* kGetMe =
    "GET /v2/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer cal_alice\r\n\r\n";

json::value small_world() {
    return json::parse(R"({
        "users": [{"id": 101, "username": "alice"}],
        "keys": [{"name": "alice", "value": "cal_alice", "userId": 101}],
        "eventTypes": [{"id": 7001, "ownerId": 101, "title": "T", "slug": "t"}]})");
}

/// A connection that says exactly what came and how it ended.
class Wire {
public:
    explicit Wire(std::uint16_t port)
        : socket_(connect_to("127.0.0.1", port)) {}

    void send(std::string_view bytes) {
        const Clock::time_point deadline = Clock::now() + kSoon;
        while (!bytes.empty() && Clock::now() < deadline) {
            pollfd waiting{.fd = socket_.fd(), .events = POLLOUT, .revents = 0};
            if (::poll(&waiting, 1, 100) <= 0) continue;
            const auto sent = ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent < 0) return;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }
    /// Until so many bytes are there, or the end; nothing happens after the deadline.
    End read(std::size_t most) {
        const Clock::time_point deadline = Clock::now() + kSoon;
        End end = End::Fine;
        while (end == End::Fine && text.size() < most && Clock::now() < deadline) {
            pollfd waiting{.fd = socket_.fd(), .events = POLLIN, .revents = 0};
            std::string more;
            if (::poll(&waiting, 1, 100) > 0) end = Pipe::read(socket_, more);
            text += more;
        }
        return end;
    }
    End read_to_end() { return read(std::string::npos); }
    std::string body() const {
        const auto end = text.find("\r\n\r\n");
        return end == std::string::npos ? "" : text.substr(end + 4);
    }

    std::string text{};

private:
    Socket socket_;
};

class CalcomSimServer : public testing::Test {
protected:
    void SetUp() override { simulator.seed(small_world()); }
    SimulatorAnswer me() {
        return simulator.call("GET", "/v2/me", {{"Authorization", "Bearer cal_alice"}});
    }
    Wire ask() {
        Wire wire(simulator.port());
        wire.send(kGetMe);
        return wire;
    }
    json::object last_entry() { return simulator.ledger().back().as_object(); }

    CalcomSimulator simulator{};
};

TEST_F(CalcomSimServer, KeepsAConnectionAndEndsAnIdleOneInOrder) {
    simulator.set({{"idleTimeoutMs", 300}});
    Wire wire(simulator.port());
    wire.send(kGetMe);
    ASSERT_TRUE(eventually(kSoon, [&] { return simulator.requests() == 1; }));
    wire.send(kGetMe);
    EXPECT_EQ(wire.read_to_end(), End::Ended);
    EXPECT_EQ(simulator.requests(), 2U);
    EXPECT_NE(wire.text.find("Keep-Alive: timeout=5"), std::string::npos);
    const json::object second = last_entry();
    EXPECT_EQ(second.at("connection"), simulator.ledger().at(0).at("connection"));
    EXPECT_EQ(second.at("on_connection"), 2);
}

TEST_F(CalcomSimServer, ExecutesAndResets) {
    simulator.add_fault({{"do", "reset"}});
    Wire wire = ask();
    EXPECT_EQ(wire.read_to_end(), End::Broken);
    EXPECT_EQ(wire.text, "");
    EXPECT_EQ(last_entry().at("executed"), true);
    EXPECT_EQ(last_entry().at("status"), 0);
}

TEST_F(CalcomSimServer, ExecutesAndHangsUpInOrder) {
    simulator.add_fault({{"do", "hang_up"}});
    Wire wire = ask();
    EXPECT_EQ(wire.read_to_end(), End::Ended);
    EXPECT_EQ(wire.text, "");
}

TEST_F(CalcomSimServer, ExecutesAndNeverAnswers) {
    simulator.add_fault({{"do", "never_answer"}, {"hold_ms", 50}});
    Wire wire = ask();
    EXPECT_EQ(wire.read_to_end(), End::Ended);
    EXPECT_EQ(wire.text, "");
    EXPECT_EQ(last_entry().at("executed"), true);
    EXPECT_EQ(last_entry().at("answered_ns"), 0);
}

TEST_F(CalcomSimServer, CutsTheBodyAfterSoManyBytes) {
    simulator.add_fault({{"do", "cut"}, {"after_bytes", 7}, {"count", 1}});
    Wire orderly = ask();
    EXPECT_EQ(orderly.read_to_end(), End::Ended);
    EXPECT_EQ(orderly.body(), "{\"statu");
    simulator.add_fault({{"do", "cut"}, {"after_bytes", 7}, {"how", "reset"}});
    EXPECT_EQ(ask().read_to_end(), End::Broken);
}

TEST_F(CalcomSimServer, SendsBodiesWithoutAnEndAndHugeOnes) {
    const std::string endless = simulator.add_fault({{"do", "endless"}});
    Wire wire = ask();
    wire.read(1U << 20U);
    EXPECT_GE(wire.text.size(), 1U << 20U);
    EXPECT_NE(wire.text.find("Transfer-Encoding: chunked"), std::string::npos);
    simulator.remove_fault(endless);
    simulator.add_fault({{"do", "huge"}, {"bytes", 3'000'000}});
    const SimulatorAnswer answer = me();
    EXPECT_EQ(answer.text.size(), 3'000'000U);
    EXPECT_EQ(answer.json().at("status"), "success") << "blanks change nothing";
}

TEST_F(CalcomSimServer, DripsByteByByte) {
    simulator.add_fault({{"do", "drip"}, {"bytes_per_second", 50}});
    const Clock::time_point before = Clock::now();
    Wire wire = ask();
    wire.read(6);
    EXPECT_EQ(wire.text, "HTTP/1");
    EXPECT_GE(Clock::now() - before, milliseconds(100));
}

TEST_F(CalcomSimServer, SaysContinueFirstAndCloses) {
    simulator.add_fault({{"do", "continue_first"}});
    simulator.add_fault({{"do", "connection_close"}});
    Wire wire = ask();
    EXPECT_EQ(wire.read_to_end(), End::Ended);
    EXPECT_TRUE(wire.text.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
    EXPECT_NE(wire.text.find("Connection: close"), std::string::npos);
}

TEST_F(CalcomSimServer, RedirectsWithoutExecuting) {
    simulator.add_fault({{"do", "redirect"}, {"location", "http://elsewhere.invalid/"}});
    const SimulatorAnswer answer = me();
    EXPECT_EQ(answer.status, 302);
    EXPECT_EQ(answer.header("location"), "http://elsewhere.invalid/");
    EXPECT_EQ(last_entry().at("executed"), false);
}

TEST_F(CalcomSimServer, RefusesABodyAboveTheLimit) {
    const SimulatorAnswer answer = simulator.call(
        "PATCH",
        "/v2/event-types/7001",
        {{"Authorization", "Bearer cal_alice"}, {"cal-api-version", "2024-06-14"}},
        R"({"description":")" + std::string(150'000, 'x') + R"("})"
    );
    EXPECT_EQ(answer.status, 413);
    EXPECT_EQ(answer.json().at("message"), "request entity too large");
}

TEST_F(CalcomSimServer, AnswersOneClientWhileThousandsWait) {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    constexpr std::size_t kWaiting = 2048;
    if (files.rlim_cur < kWaiting + 100)
        GTEST_SKIP() << "only " << files.rlim_cur << " descriptors";
    simulator.set({{"limiter", false}});
    simulator.add_fault({{"do", "delay"}, {"ms", 600'000}, {"match", {{"path", "/v2/me"}}}});
    std::vector<Wire> waiting;
    waiting.reserve(kWaiting);
    for (std::size_t client = 0; client < kWaiting; ++client)
        waiting.push_back(ask());
    ASSERT_TRUE(eventually(kSoon, [&] { return simulator.requests() == kWaiting; }));
    EXPECT_EQ(
        simulator.call("GET", "/v2/teams", {{"Authorization", "Bearer cal_alice"}}).status, 200
    );
}

TEST_F(CalcomSimServer, IsTheSameAfterAKillWhenItsWorldIsGivenBack) {
    simulator.edit_event_type(7001, {{"price", 4200}, {"title", "Edited"}});
    const json::object world = simulator.state();
    const std::uint16_t port = simulator.port();
    simulator.kill();
    EXPECT_THROW(me(), std::runtime_error);
    simulator.start();
    EXPECT_EQ(simulator.port(), port);
    simulator.seed(world);
    EXPECT_EQ(simulator.state(), world);
    const SimulatorAnswer answer = simulator.call(
        "GET",
        "/v2/event-types/7001",
        {{"Authorization", "Bearer cal_alice"}, {"cal-api-version", "2024-06-14"}}
    );
    EXPECT_EQ(answer.json().at("data").at("price"), 4200);
}

TEST_F(CalcomSimServer, SaysWhatIsDifferentSinceAnEarlierState) {
    const json::object before = simulator.state();
    EXPECT_TRUE(simulator.changes_since(before).empty());
    simulator.edit_event_type(7001, {{"price", 4200}});
    const std::vector<std::string> changes = simulator.changes_since(before);
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0], "eventTypes[7001].price: 0 became 4200");
    EXPECT_EQ(simulator.admin("POST", "/sim/state/changes", "[]").status, 400);
}

TEST_F(CalcomSimServer, MeasuresItsLimitsByItsOwnClock) {
    simulator.set({{"keyLimit", {{"requests", 1}}}});
    EXPECT_EQ(me().status, 200);
    EXPECT_EQ(me().status, 429);
    simulator.set_clock({{"advanceMs", 59'000}});
    EXPECT_EQ(me().status, 429);
    simulator.set_clock({{"advanceMs", 62'000}});
    EXPECT_EQ(me().status, 200);
}

TEST_F(CalcomSimServer, RevokesAndRestoresAKeyAndLocksAUser) {
    simulator.revoke_key("alice");
    EXPECT_EQ(me().status, 401);
    simulator.restore_key("alice");
    EXPECT_EQ(me().status, 200);
    simulator.lock_user(101);
    EXPECT_EQ(me().status, 403);
}

TEST_F(CalcomSimServer, TellsWhatIsWrongWithAnOrder) {
    EXPECT_EQ(simulator.admin("POST", "/sim/faults", R"({"do":"expolde"})").status, 400);
    const SimulatorAnswer unknown = simulator.admin("GET", "/sim/nothing");
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(unknown.json().at("error"), "no endpoint GET /sim/nothing; see README.md");
    EXPECT_EQ(
        simulator.admin("PATCH", "/sim/settings", R"({"latencyMs":-1})").json().at("error"),
        "settings.latencyMs is -1: give milliseconds from 0"
    );
}

std::string refusal_of(Certificate kind, const std::vector<std::string>& more = {}) {
    const TemporaryDirectory directory("certificates");
    const CertificateFiles files = make_certificate(directory.path(), "sim", kind);
    std::vector<std::string> arguments{"--tls-cert", files.certificate, "--tls-key", files.key};
    arguments.insert(arguments.end(), more.begin(), more.end());
    CalcomSimulator simulator(arguments);
    simulator.seed(small_world());
    try {
        const auto answer =
            get_over_tls(simulator.port(), files.authority, "localhost", "/v2/me", "cal_alice");
        EXPECT_EQ(simulator.requests(), 1U);
        return std::to_string(answer.status);
    } catch (const std::runtime_error& failure) {
        EXPECT_EQ(simulator.requests(), 0U) << "the key must not have been sent";
        return failure.what();
    }
}

TEST(CalcomSimTls, ServesAClientThatTrustsItsAuthority) {
    EXPECT_EQ(refusal_of(Certificate::Good), "200");
}

TEST(CalcomSimTls, ShowsCertificatesThatAClientMustRefuse) {
    for (const Certificate kind :
         {Certificate::OtherHost, Certificate::Expired, Certificate::SelfSigned})
        EXPECT_NE(refusal_of(kind).find("certificate verify failed"), std::string::npos)
            << static_cast<int>(kind);
}

TEST(CalcomSimTls, SpeaksAnOldVersionThatAClientMustRefuse) {
    EXPECT_NE(
        refusal_of(Certificate::Good, {"--old-tls"}).find("TLS to localhost"), std::string::npos
    );
}

TEST(CalcomSimProgram, EndsOnSigtermWithZero) {
    CalcomSimulator simulator;
    simulator.process().signal(SIGTERM);
    EXPECT_EQ(simulator.process().wait_exit(kSoon), (Exit{0, 0}));
}

TEST(CalcomSimProgram, DiesWithItsParent) {
    const TemporaryDirectory directory("parent");
    Process parent(
        {.argv = {"sh", "-c", std::string(CALFLEET_BIN_DIR) + "/calcom-sim --parent-death; true"},
         .directory = directory.path(),
         .name = "parent"}
    );
    const auto line = parent.wait_for_line("port", kSoon);
    ASSERT_TRUE(line);
    const auto port = json::parse(*line).at("port").to_number<std::uint16_t>();
    const auto answers = [&] {
        Wire wire(port);
        wire.send("GET /v2/nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        wire.read_to_end();
        return !wire.text.empty();
    };
    ASSERT_TRUE(answers());
    parent.signal(SIGKILL);
    EXPECT_TRUE(eventually(kSoon, [&] { return !answers(); }));
}

TEST(CalcomSimProgram, RefusesASeedFileWithTheFieldsPlace) {
    const TemporaryDirectory directory("seed");
    const auto path = directory.path() / "seed.json";
    const Finished wrote =
        run({.argv = {"sh", "-c", R"(echo '{"users":[{"id":1}]}' > )" + path.string()},
             .directory = directory.path()},
            kSoon);
    ASSERT_EQ(wrote.exit.code, 0);
    const Finished finished =
        run({.argv = {std::string(CALFLEET_BIN_DIR) + "/calcom-sim", "--seed-file", path.string()},
             .directory = directory.path()},
            kSoon);
    EXPECT_EQ(finished.exit.code, 1);
    EXPECT_NE(finished.err.find("users[0].username is missing"), std::string::npos) << finished.err;
}

} // namespace
} // namespace calfleet::test_support
