#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "tests/unit/calcom_sim/api.h"

namespace calfleet::calcom_sim {
namespace {

std::string complaint_about(const std::string& text) {
    const auto fault = parse_fault(json::parse(text));
    return fault ? "none" : fault.error().message;
}

TEST(CalcomFaults, HitAfterTheSkippedOnesAndSoOftenAsCounted) {
    Api api;
    api.fault(R"({"do":"status","status":503,"skip":1,"count":2})");
    std::vector<int> statuses;
    for (int request = 0; request < 5; ++request)
        statuses.push_back(api.get("/v2/me").status);
    EXPECT_EQ(statuses, (std::vector<int>{200, 503, 503, 200, 200}));
}

TEST(CalcomFaults, HitOnlyWhomTheyAreMeantFor) {
    Api api;
    api.fault(R"({"do":"html","match":{"key":"bob","method":"GET","path":"/v2/teams/*"}})");
    EXPECT_EQ(api.get("/v2/teams/11").status, 200);
    EXPECT_EQ(api.as("bob").get("/v2/me").status, 200);
    const Said page = api.get("/v2/teams/11");
    EXPECT_EQ(page.status, 502);
    EXPECT_EQ(page.headers.at("Content-Type"), "text/html; charset=utf-8");
    EXPECT_FALSE(page.headers.contains("X-Request-Id")) << "the edge knows no request ids";
}

TEST(CalcomFaults, ThrowTheSameDiceForTheSameSeed) {
    const auto run = [] {
        Api api;
        api.fault(R"({"do":"status","probability":0.5,"seed":7})");
        std::string hits;
        for (int request = 0; request < 40; ++request)
            hits.push_back(api.get("/v2/me").status == 200 ? '.' : 'x');
        return hits;
    };
    const std::string first = run();
    EXPECT_EQ(first, run());
    EXPECT_NE(first.find('.'), std::string::npos);
    EXPECT_NE(first.find('x'), std::string::npos);
}

TEST(CalcomFaults, ExecuteAndReportAFailureWhenToldSo) {
    Api api;
    const std::string target = "/v2/event-types/" + std::to_string(api.make_type("a"));
    api.fault(R"({"id":"lie","do":"status","status":500,"execute":true})");
    EXPECT_EQ(api.patch(target, R"({"title":"done"})").status, 500);
    api.simulator.faults().clear();
    EXPECT_EQ(api.get(target).data().at("title"), "done");
    const Entry& entry = *api.simulator.ledger().find(2);
    EXPECT_TRUE(entry.executed);
    EXPECT_EQ(entry.status, 500);
    EXPECT_EQ(entry.fault, "lie");
    EXPECT_EQ(entry.effects.at(0).kind, "event-type.updated");
}

TEST(CalcomFaults, DoNotExecuteAndDoNotCountByThemselves) {
    Api api;
    const std::string target = "/v2/event-types/" + std::to_string(api.make_type("a"));
    const std::string before = api.get("/v2/me").headers.at("X-RateLimit-Remaining-Default");
    api.fault(R"({"do":"status","status":500,"count":1})");
    EXPECT_EQ(api.patch(target, R"({"title":"done"})").status, 500);
    EXPECT_EQ(api.get(target).data().at("title"), "T");
    EXPECT_EQ(
        std::stoi(before) - 2,
        std::stoi(api.get("/v2/me").headers.at("X-RateLimit-Remaining-Default"))
    );
}

TEST(CalcomFaults, WriteTheResetOfA429InEveryFormThatWasSeen) {
    const auto reset = [](const std::string& form) {
        Api api;
        api.fault(
            R"({"do":"rate_limit","reset_s":30,"retry_after":9,"headers":")" + form + R"("})"
        );
        const Said said = api.get("/v2/me");
        EXPECT_EQ(said.status, 429);
        EXPECT_EQ(said.headers.at("Retry-After"), "9");
        const auto found = said.headers.find("X-RateLimit-Reset-Default");
        return found == said.headers.end() ? "none" : found->second;
    };
    EXPECT_EQ(reset("seconds"), "30");
    EXPECT_EQ(reset("epoch"), "1700000030");
    EXPECT_EQ(reset("text"), "soon");
    EXPECT_EQ(reset("none"), "none");
}

TEST(CalcomFaults, ChangeTheObjectsOfAnAnswer) {
    Api api;
    api.make_type("a");
    api.fault(
        R"({"do":"mutate","set":{"schedulingType":"hybrid","brandNew":{"x":1}},"remove":["slug"]})"
    );
    const json::value shown = api.get("/v2/event-types").data().at(0);
    EXPECT_EQ(shown.at("schedulingType"), "hybrid");
    EXPECT_TRUE(shown.as_object().contains("brandNew"));
    EXPECT_FALSE(shown.as_object().contains("slug"));
}

TEST(CalcomFaults, AddHeadersThatNobodyExpects) {
    Api api;
    api.fault(R"({"do":"header","name":"Content-Encoding","value":"gzip"})");
    EXPECT_EQ(api.get("/v2/me").headers.at("Content-Encoding"), "gzip");
    EXPECT_EQ(
        complaint_about(R"({"do":"header","name":"x","times":0})"),
        "fault.times is 0: give 1 to 100000"
    );
}

TEST(CalcomFaults, AddUp) {
    Api api;
    api.fault(R"({"id":"a","do":"delay","ms":20})");
    api.fault(R"({"id":"b","do":"cut","after_bytes":5,"how":"reset"})");
    api.fault(R"({"id":"c","do":"delay","ms":30,"before":true})");
    Request request{.method = "GET", .path = "/v2/me"};
    const auto misfortune = api.simulator.faults().strike("alice", request);
    ASSERT_TRUE(misfortune);
    EXPECT_EQ(misfortune->after.count(), 20);
    EXPECT_EQ(misfortune->before.count(), 30);
    EXPECT_EQ(misfortune->transport.cut_after, 5U);
    EXPECT_EQ(misfortune->transport.ending, Transport::Ending::Reset);
    EXPECT_EQ(misfortune->ids, "a,b,c");
}

TEST(CalcomFaults, AreRefusedWithTheFieldAndWhatToGive) {
    EXPECT_EQ(complaint_about(R"({"do":"delay"})"), "fault.ms is missing: give it");
    EXPECT_EQ(
        complaint_about(R"({"do":"status","stat":1})"),
        "fault.stat is unknown: did you mean status?"
    );
    EXPECT_EQ(
        complaint_about(R"({"do":"drip","bytes_per_second":0})"),
        "fault.bytes_per_second is 0: give more than 0"
    );
    EXPECT_EQ(
        complaint_about(R"({"do":"endless","match":{"kye":"a"}})"),
        "fault.match.kye is unknown: did you mean key?"
    );
}

} // namespace
} // namespace calfleet::calcom_sim
