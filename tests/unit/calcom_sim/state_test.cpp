#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "tests/calcom-sim/options.h"
#include "tests/calcom-sim/state.h"
#include "tests/calcom-sim/state_compare.h"
#include "tests/unit/calcom_sim/api.h"

namespace calfleet::calcom_sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string complaint_about(const std::string& document) {
    const Memory memory;
    World world(memory);
    const auto loaded = load_state(world, json::parse(document), Instant{});
    return loaded ? "none" : loaded.error().message;
}

TEST(CalcomState, ComesBackFromItsOwnDump) {
    Api api;
    api.make_type("a");
    api.make_managed("m");
    const json::object dumped = dump_state(api.simulator.world());
    const Memory memory;
    World other(memory);
    ASSERT_TRUE(load_state(other, dumped, Instant{}));
    EXPECT_EQ(dump_state(other), dumped);
    EXPECT_EQ(other.next_event_type_id(), api.simulator.world().next_event_type_id());
}

TEST(CalcomState, NamesWhatBecameDifferentAndOnlyThat) {
    Api api;
    const auto [parent, child] = api.make_managed("m");
    const Id own = api.make_type("a");
    const json::object before = dump_state(api.simulator.world());
    EXPECT_TRUE(state_changes(before, dump_state(api.simulator.world())).empty());
    const std::string target = "/v2/event-types/" + std::to_string(own);
    EXPECT_EQ(api.patch(target, R"({"title":"T"})").status, 200);
    EXPECT_TRUE(state_changes(before, dump_state(api.simulator.world())).empty())
        << "a write that changes nothing";
    api.patch(target, R"({"title":"New","seats":{"seatsPerTimeSlot":2}})");
    api.make_type("b");
    api.as("bob").send("DELETE", "/v2/event-types/" + std::to_string(child));
    const std::string at = "eventTypes[" + std::to_string(own) + "]";
    const std::vector<std::string> expected{
        "eventTypes[" + std::to_string(child) + "]: gone",
        at + R"(.rest.seats: new, {"disabled":false,"seatsPerTimeSlot":2})",
        at + ".title: \"T\" became \"New\"",
        "eventTypes[" + std::to_string(own + 1) + "]: new"};
    EXPECT_EQ(state_changes(before, dump_state(api.simulator.world())), expected);
}

TEST(CalcomState, IsTheSameTextWhateverTheOrderInWhichPropertiesCame) {
    const auto dumped = [](const std::string& body) {
        Api api;
        api.patch("/v2/event-types/" + std::to_string(api.make_type("a")), body);
        return json::serialize(dump_state(api.simulator.world()));
    };
    EXPECT_EQ(
        dumped(R"({"offsetStart":5,"customName":"x"})"),
        dumped(R"({"customName":"x","offsetStart":5})")
    );
}

TEST(CalcomState, NamesTheFieldThatIsWrong) {
    EXPECT_EQ(
        complaint_about(R"({"users":[{"id":1,"username":"a"},{"id":"x","username":"b"}]})"),
        "users[1].id is \"x\": give a whole number"
    );
    EXPECT_EQ(
        complaint_about(R"({"memberships":[{"id":1,"userId":1,"teamId":1,"role":"BOSS"}]})"),
        "memberships[0].role is \"BOSS\": give one of MEMBER ADMIN OWNER"
    );
    EXPECT_EQ(
        complaint_about(R"({"eventType":[]})"),
        "state.eventType is unknown: did you mean eventTypes?"
    );
    EXPECT_EQ(
        complaint_about(R"({"keys":[{"name":"a","value":"secret","userId":1}]})"),
        "keys[].value is \"secret\": give a key that begins with cal_"
    );
}

TEST(CalcomState, StaysAsItWasWhenANewOneIsWrong) {
    Api api;
    EXPECT_FALSE(load_state(api.simulator.world(), json::parse(R"({"users":[{}]})"), Instant{}));
    EXPECT_EQ(api.get("/v2/me").status, 200);
}

TEST(CalcomReplicaLag, ShowsEveryGetTheWorldOfAWhileAgo) {
    Api api;
    api.simulator.settings().replica_lag = seconds(5);
    api.simulator.settings_changed();
    const Id id = api.make_type("a");
    const std::string target = "/v2/event-types/" + std::to_string(id);
    EXPECT_EQ(api.get(target).status, 404) << "created, but the replica does not know";
    EXPECT_EQ(api.patch(target, R"({"title":"one"})").status, 200) << "writes see the present";
    api.clock.advance(seconds(6));
    EXPECT_EQ(api.get(target).data().at("title"), "one");
    api.patch(target, R"({"title":"two"})");
    EXPECT_EQ(api.get(target).data().at("title"), "one");
    EXPECT_EQ(api.get("/v2/event-types").data().at(0).at("title"), "one");
    api.clock.advance(seconds(6));
    EXPECT_EQ(api.get("/v2/event-types").data().at(0).at("title"), "two");
    api.send("DELETE", target);
    EXPECT_EQ(api.get(target).status, 200);
    api.clock.advance(seconds(6));
    EXPECT_EQ(api.get(target).status, 404);
}

TEST(CalcomClock, RunsAsFastAsItIsTold) {
    ManualClock real(Instant{seconds(100)});
    SimClock clock(real);
    clock.set(Instant{seconds(1000)}, 60.0);
    real.advance(seconds(2));
    EXPECT_EQ(clock.now(), Instant{seconds(1120)});
    clock.set(clock.now(), 0);
    real.advance(seconds(50));
    EXPECT_EQ(clock.now(), Instant{seconds(1120)});
}

TEST(CalcomLedger, ForgetsTheOldestAndNumbersOn) {
    Ledger ledger(2);
    for (int request = 0; request < 3; ++request)
        ledger.add({.key = "a"});
    EXPECT_EQ(ledger.find(1), nullptr);
    ASSERT_NE(ledger.find(3), nullptr);
    EXPECT_EQ(ledger.select({}).size(), 2U);
    EXPECT_EQ(ledger.select({.after = 2}).size(), 1U);
    EXPECT_EQ(ledger.last_number(), 3U);
}

TEST(CalcomLedger, KeepsNothingWhenItIsSwitchedOff) {
    Ledger ledger(0);
    EXPECT_EQ(ledger.add({}), 1U);
    EXPECT_EQ(ledger.find(1), nullptr);
}

TEST(CalcomLedger, CountsTheMostArrivalsOfAnySlidingWindow) {
    Ledger ledger(100);
    const Monotonic start{seconds(10)};
    for (const int at : {0, 900, 1000, 1100, 1899, 1900})
        ledger.add(
            {.arrived = start + milliseconds(at), .key = "a", .status = at == 1100 ? 429 : 200}
        );
    ledger.add({.arrived = start, .key = "b", .status = 200});
    const json::object summary = ledger.summary(milliseconds(1000));
    // 900 to 1899 is less than a second, 900 to 1900 is not.
    EXPECT_EQ(summary.at("a").at("mostInWindow"), 4);
    EXPECT_EQ(summary.at("a").at("mostAdmittedInWindow"), 3);
    EXPECT_EQ(summary.at("a").at("requests"), 6);
    EXPECT_EQ(summary.at("a").at("statuses").at("429"), 1);
    EXPECT_EQ(summary.at("b").at("mostInWindow"), 1);
}

TEST(CalcomOptions, NameTheOptionTheValueAndWhatToGive) {
    const auto complaint = [](const std::vector<std::string>& arguments) {
        const auto options = parse_options(arguments);
        return options ? "none" : options.error().message;
    };
    EXPECT_EQ(complaint({"--port", "70000"}), "--port is \"70000\": give a number from 0 to 65535");
    EXPECT_EQ(complaint({"--prot", "1"}), "unknown option --prot: see --help");
    EXPECT_EQ(complaint({"--port"}), "--port needs a value");
    EXPECT_EQ(
        complaint({"--tls-cert", "a.pem"}),
        "--tls-cert and --tls-key belong together: give both or none"
    );
    const auto options = parse_options({"--no-limiter", "--latency-ms", "50", "--parent-death"});
    ASSERT_TRUE(options);
    EXPECT_FALSE(options->settings.limiter);
    EXPECT_EQ(options->settings.latency, milliseconds(50));
    EXPECT_TRUE(options->parent_death);
}

} // namespace
} // namespace calfleet::calcom_sim
