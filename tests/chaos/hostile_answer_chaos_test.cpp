// What a server, a proxy or somebody between may answer instead of an event type: none of it harms
// the worker, its neighbours or the services, and the key goes nowhere else.

#include <boost/json/object.hpp>
#include <gmock/gmock.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "tests/chaos/pusher_fleet.h"
#include "tests/support/requirements.h"
#include "tests/support/tcp_socket.h"
#include "tests/support/wait.h"

namespace calfleet::service_pusher {
namespace {

using namespace std::chrono_literals;
using boost::json::array;
using boost::json::object;
using test_support::eventually;

/// Eight answers of at most 4 MiB, and the program itself.
constexpr std::int64_t kMostMemoryKib = 64 * 1024;

enum class Meaning {
    Trouble, ///< proves nothing: later again, nobody is to blame, the service stays pending
    Fine,    ///< strange, but all that matters is in it
};

struct Hostile {
    const char* name;
    object fault;
    Meaning meaning{Meaning::Trouble};
};

std::vector<Hostile> hostile_answers(std::uint16_t elsewhere) {
    const std::string location =
        "http://127.0.0.1:" + std::to_string(elsewhere) + "/v2/event-types/1001";
    return {
        {"a page with 200", {{"do", "html"}, {"status", 200}}},
        {"a page with 502", {{"do", "html"}, {"status", 502}}},
        {"a body that is cut", {{"do", "cut"}, {"after_bytes", 40}}},
        {"a body that is cut by a reset", {{"do", "cut"}, {"after_bytes", 40}, {"how", "reset"}}},
        {"a body without an end", {{"do", "endless"}}},
        {"a body of 100 MiB", {{"do", "huge"}}},
        {"a redirect to somebody else", {{"do", "redirect"}, {"location", location}}},
        {"a permanent redirect that keeps the method",
         {{"do", "redirect"}, {"status", 308}, {"location", location}}},
        {"a byte a second", {{"do", "drip"}}},
        {"silence", {{"do", "never_answer"}}},
        {"a reset", {{"do", "reset"}}},
        {"an encoding that nobody asked for",
         {{"do", "header"}, {"name", "Content-Encoding"}, {"value", "gzip"}}},
        {"ten thousand headers", {{"do", "header"}, {"name", "X-More"}, {"times", 10'000}}},
        {"unknown fields",
         {{"do", "mutate"},
          {"set", {{"brandNew", {{"deep", array{1, nullptr, "x"}}}}, {"beta", true}}}},
         Meaning::Fine},
        {"unknown words in fields that have a list of words",
         {{"do", "mutate"},
          {"set",
           {{"schedulingType", "telepathic"},
            {"locations", array{object{{"type", "hologram"}, {"room", 7}}}},
            {"bookingFields", array{object{{"type", "scent"}, {"slug", "s"}}}}}}},
         Meaning::Fine},
        {"100 Continue first", {{"do", "continue_first"}}, Meaning::Fine}};
}

/// Which calls are answered so, and which part of the answers: with all at once they would be more
/// than half of the calls of a minute, and the host's breaker would stop everybody, rightly.
struct Part {
    const char* method;
    bool second;
};

/// A company for every answer, and the last one whose answers are as ever.
class HostileAnswerChaos : public testing::TestWithParam<Part> {
protected:
    void SetUp() override { REQUIRE_OR_SKIP("postgres", test_support::postgres_is_missing()); }

    /// Numbers of the faults, in order.
    static std::vector<std::string>
    misbehave(PusherFleet& fleet, const std::vector<Hostile>& answers) {
        std::vector<std::string> faults;
        for (std::size_t i = 0; i < answers.size(); ++i) {
            object fault = answers[i].fault;
            fault["match"] = {
                {"key", "user" + std::to_string(i + 1)}, {"method", GetParam().method}};
            faults.push_back(fleet.simulator().add_fault(fault));
        }
        return faults;
    }
    static std::string expected_of(Meaning meaning) {
        return meaning == Meaning::Fine ? "synced" : "pending, parked server_trouble 0";
    }
    static std::string state_of(const PusherFleet& fleet, std::size_t company) {
        const int number = static_cast<int>(company);
        const std::string service = fleet.ask(
            "select concat_ws(' ', sync_status, sync_error) from platform.services where "
            "company_id = " +
            std::to_string(number)
        );
        const std::string job = fleet.waiting(number);
        return job.empty() ? service : service + ", " + job;
    }
};

TEST_P(HostileAnswerChaos, IsNoEndOfTheWorkerAndNoBlameOfTheEvent) {
    const auto elsewhere = test_support::listen_on(0);
    auto answers = hostile_answers(test_support::port_of(elsewhere));
    const auto middle = answers.begin() + static_cast<std::ptrdiff_t>(answers.size() / 2);
    GetParam().second ? answers.erase(answers.begin(), middle)
                      : answers.erase(middle, answers.end());
    const std::size_t healthy = answers.size() + 1;
    PusherFleet fleet({.companies = static_cast<int>(healthy), .services = 1});
    fleet.simulator().set({{"limiter", false}});
    const auto faults = misbehave(fleet, answers);
    auto& worker = fleet.start("worker");
    fleet.edit("Edited");
    // Silence takes the whole time that a call may take.
    (void)eventually(30s, [&] {
        return fleet.count("calfleet.jobs where state = 'running' or run_at <= now()") == 0;
    });
    for (std::size_t i = 0; i < answers.size(); ++i) {
        EXPECT_EQ(state_of(fleet, i + 1), expected_of(answers[i].meaning)) << answers[i].name;
        EXPECT_GE(fleet.simulator().hits(faults[i]), 1) << answers[i].name;
    }
    EXPECT_EQ(state_of(fleet, healthy), "synced");
    fleet.edit("Edited again", "company_id = " + std::to_string(healthy));
    EXPECT_TRUE(eventually(20s, [&] { return state_of(fleet, healthy) == "synced"; }));
    EXPECT_TRUE(worker.running()) << fleet.log();
    EXPECT_EQ(fleet.count("calfleet.dead_letters"), 0);
    EXPECT_FALSE(test_support::accept_from(elsewhere).open()) << "somebody followed a redirect";
    std::printf(
        "peak memory of the worker after %zu kinds of %s answers: %lld MiB\n",
        answers.size(),
        GetParam().method,
        static_cast<long long>(worker.peak_rss_kib() / 1024)
    );
    EXPECT_LE(worker.peak_rss_kib(), kMostMemoryKib);

    fleet.simulator().remove_faults();
    ASSERT_TRUE(fleet.settled()) << fleet.log();
    fleet.expect_all_pushed();
    EXPECT_FALSE(test_support::accept_from(elsewhere).open()) << "somebody followed a redirect";
    fleet.stop();
}

INSTANTIATE_TEST_SUITE_P(
    Calls,
    HostileAnswerChaos,
    testing::Values(
        Part{"GET", false}, Part{"GET", true}, Part{"PATCH", false}, Part{"PATCH", true}
    ),
    [](const auto& part) {
        return part.param.method + std::string(part.param.second ? "SecondPart" : "FirstPart");
    }
);

} // namespace
} // namespace calfleet::service_pusher
