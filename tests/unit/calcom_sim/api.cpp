#include "tests/unit/calcom_sim/api.h"

#include "common/core/text.h"

#include <boost/json/parse.hpp>

#include <stdexcept>

#include "tests/calcom-sim/state.h"

namespace calfleet::calcom_sim {
namespace {

constexpr const char* kWorld = R"({
    "users": [{"id": 101, "username": "alice"}, {"id": 102, "username": "bob"}],
    "keys": [{"name": "alice", "value": "cal_alice", "userId": 101},
             {"name": "bob", "value": "cal_bob", "userId": 102},
             {"name": "old", "value": "cal_old", "userId": 101, "expired": true}],
    "teams": [{"id": 11, "name": "Team", "slug": "team"}],
    "memberships": [{"id": 1, "userId": 101, "teamId": 11, "role": "OWNER"},
                    {"id": 2, "userId": 102, "teamId": 11}],
    "schedules": [{"id": 301, "ownerId": 101}, {"id": 302, "ownerId": 102}],
    "lastIds": {"eventTypes": 7000}})";

} // namespace

json::value Said::body() const {
    return text.empty() ? json::value(nullptr) : json::parse(text);
}

json::value Said::data() const {
    return body().at("data");
}

Api::Api()
    : clock(Instant{std::chrono::seconds(1'700'000'000)})
    , simulator(clock) {
    const auto loaded = load_state(simulator.world(), json::parse(kWorld), clock.now());
    if (!loaded) throw std::runtime_error(loaded.error().message);
    as("alice");
}

Api& Api::as(const std::string& name) {
    authorization_ = name.empty() ? "" : "Bearer cal_" + name;
    return *this;
}

Said Api::send(
    const std::string& method,
    const std::string& target,
    const std::string& body,
    const std::string& version
) {
    const Reply reply = simulator.handle(
        {.method = method,
         .target = target,
         .version = version,
         .authorization = authorization_,
         .content_type = content_type,
         .if_none_match = if_none_match,
         .body = body,
         .client_address = "127.0.0.1"}
    );
    Said said{.text = reply.body};
    for (const std::string_view line : split(reply.head, '\n')) {
        if (line.starts_with("HTTP/1.1 "))
            said.status = static_cast<int>(parse_int64(line.substr(9, 3)).value_or(0));
        const auto colon = line.find(": ");
        if (colon != std::string_view::npos)
            said.headers[std::string(line.substr(0, colon))] = trim(line.substr(colon + 2));
    }
    return said;
}

Id Api::make_type(const std::string& slug) {
    const Said made =
        post("/v2/event-types", R"({"title":"T","lengthInMinutes":30,"slug":")" + slug + R"("})");
    return made.data().at("id").as_int64();
}

std::pair<Id, Id> Api::make_managed(const std::string& slug) {
    const Said made = post(
        "/v2/teams/11/event-types",
        R"({"title":"M","lengthInMinutes":30,"schedulingType":"managed","hosts":[{"userId":102}],"slug":")" +
            slug + R"("})"
    );
    const json::value all = made.data();
    return {all.at(0).at("id").as_int64(), all.at(1).at("id").as_int64()};
}

void Api::fault(const std::string& text) {
    auto fault = parse_fault(json::parse(text));
    if (!fault) throw std::runtime_error(fault.error().message);
    simulator.faults().add(std::move(*fault));
}

} // namespace calfleet::calcom_sim
