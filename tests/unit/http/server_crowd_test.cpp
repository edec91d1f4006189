#include "common/http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <functional>
#include <list>

#include "tests/unit/http/raw_client.h"

// Clients that hold connections and get nowhere: whatever they do, a probe is answered at once.
namespace calfleet::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;
using namespace std::chrono_literals;

constexpr auto kPromptly = 2s; // a probe of Kubernetes gives up after one; this machine may be busy

struct Crowd {
    std::string name;
    std::size_t size{0};
    std::size_t addresses{1};
    std::function<void(RawClient&)> behave;
};

void PrintTo(const Crowd& crowd, std::ostream* out) {
    *out << crowd.name;
}

void stay_silent(RawClient&) {}
void begin_a_header(RawClient& client) {
    client.send("GET /live HTTP/1.1\r\nHost: ");
}
void ask_and_stay(RawClient& client) {
    client.send("GET /live HTTP/1.1\r\nHost: x\r\n\r\n");
}
void ask_for_much_and_not_read(RawClient& client) {
    client.take_little();
    client.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
}

// Both ends of every connection are descriptors of this process.
void allow_descriptors(rlim_t count) {
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_cur >= count) return;
    limit.rlim_cur = std::min(count, limit.rlim_max);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
}

std::unique_ptr<Server> serve() {
    auto server = Server::start(
        {.address = "127.0.0.1"},
        {{"/live", [](const Request&) { return Response{.body = "ok\n"}; }},
         {"/large", [](const Request&) { return Response{.body = std::string(1'000'000, 'x')}; }}}
    );
    EXPECT_TRUE(server) << server.error().message;
    return std::move(*server);
}

class ProbesInACrowd : public testing::TestWithParam<Crowd> {};

TEST_P(ProbesInACrowd, AreAnsweredPromptlyTenTimesOfTen) {
    allow_descriptors(2500);
    const auto server = serve();
    std::list<RawClient> crowd;
    for (std::size_t i = 0; i < GetParam().size; ++i) {
        const std::size_t address = i % GetParam().addresses;
        GetParam().behave(crowd.emplace_back(
            server->port(),
            "127.0." + std::to_string(address / 200) + "." + std::to_string(address % 200 + 1)
        ));
    }
    for (int probe = 0; probe < 10; ++probe) {
        const auto start = std::chrono::steady_clock::now();
        RawClient client(server->port());
        client.send("GET /live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        const std::string reply = client.read_to_end();
        EXPECT_THAT(reply, StartsWith("HTTP/1.1 200")) << "probe " << probe;
        EXPECT_LT(std::chrono::steady_clock::now() - start, kPromptly) << "probe " << probe;
    }
}

std::vector<Crowd> crowds() {
    const std::vector<std::pair<std::string, void (*)(RawClient&)>> behaviours{
        {"Silent", stay_silent},
        {"WithHalfAHeader", begin_a_header},
        {"IdleAfterARequest", ask_and_stay},
        {"NotReading", ask_for_much_and_not_read}};
    std::vector<Crowd> all;
    for (const auto& [name, behave] : behaviours)
        for (const std::size_t size : {64UL, 200UL, 1000UL})
            for (const std::size_t addresses : {1UL, 7UL, 1000UL}) {
                // What is not read stays in memory: a flood of it proves no more than some.
                if (behave == ask_for_much_and_not_read && size > 64) continue;
                if (addresses > size) continue;
                all.push_back(
                    {std::to_string(size) + name + "From" + std::to_string(addresses),
                     size,
                     addresses,
                     behave}
                );
            }
    return all;
}

std::string name_of(const testing::TestParamInfo<Crowd>& crowd) {
    return crowd.param.name;
}

INSTANTIATE_TEST_SUITE_P(Crowds, ProbesInACrowd, testing::ValuesIn(crowds()), name_of);

TEST(CrowdedServer, TakesTheRoomFromTheAddressThatHasTheMost) {
    const auto server = serve();
    RawClient patient(server->port(), "127.0.0.9");
    ask_and_stay(patient);
    EXPECT_THAT(patient.read_header(), StartsWith("HTTP/1.1 200"));
    std::list<RawClient> crowd;
    for (int i = 0; i < 300; ++i)
        crowd.emplace_back(server->port(), "127.0.0." + std::to_string(10 + i % 3));
    ask_and_stay(patient);
    EXPECT_EQ(patient.read_bytes(3), "ok\n");
    EXPECT_THAT(patient.read_header(), StartsWith("HTTP/1.1 200"));
}

TEST(CrowdedServer, DoesNotCutOffAnAnswerWhileOthersOnlyWait) {
    const auto server = serve();
    RawClient reader(server->port(), "127.0.0.9");
    ask_for_much_and_not_read(reader);
    EXPECT_THAT(reader.read_header(), HasSubstr("Content-Length: 1000000"));
    std::list<RawClient> crowd;
    for (int i = 0; i < 300; ++i)
        crowd.emplace_back(server->port(), "127.0.1." + std::to_string(1 + i % 150));
    EXPECT_EQ(reader.read_bytes(1'000'000).size(), 1'000'000U);
}

} // namespace
} // namespace calfleet::http
