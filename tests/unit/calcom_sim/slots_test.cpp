#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "tests/calcom-sim/schedules_hours.h"
#include "tests/calcom-sim/schedules_zone.h"
#include "tests/unit/calcom_sim/api.h"

namespace calfleet::calcom_sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

Instant at(const char* text) {
    return parse_instant(text).value();
}

Date date(int year, unsigned month, unsigned day) {
    return std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
}

std::vector<std::string> starts(const Said& said) {
    std::vector<std::string> found;
    const json::value days = said.data();
    for (const auto& day : days.as_object())
        for (const json::value& slot : day.value().as_array())
            found.emplace_back(slot.at("start").as_string());
    return found;
}

Said slots(Api& api, Id type, const std::string& more = {}) {
    return api.send(
        "GET",
        "/v2/slots?eventTypeId=" + std::to_string(type) + "&start=2023-11-15&end=2023-11-15" + more,
        {},
        "2024-09-04"
    );
}

Said reserve(Api& api, Id type) {
    return api.send(
        "POST",
        "/v2/slots/reservations",
        R"({"slotStart":"2023-11-15T10:00:00Z","eventTypeId":)" + std::to_string(type) + "}",
        "2024-09-04"
    );
}

TEST(CalcomZones, AreThoseOfIana) {
    EXPECT_TRUE(is_time_zone("Europe/Berlin"));
    EXPECT_TRUE(is_time_zone("UTC"));
    for (const char* name : {"Mars/Olympus", "", "GMT+1", "Berlin"})
        EXPECT_FALSE(is_time_zone(name)) << name;
    EXPECT_EQ(utc_offset("Europe/Berlin", at("2026-07-01T00:00:00Z")), minutes(120));
    EXPECT_EQ(
        local_time("America/New_York", at("2026-11-23T08:00:00Z")), "2026-11-23T03:00:00.000-05:00"
    );
}

TEST(CalcomZones, KnowTheDaysOnWhichClocksChange) {
    const Date spring = date(2027, 3, 28);
    EXPECT_EQ(at_local_time("Europe/Berlin", spring, minutes(60)), at("2027-03-28T00:00:00Z"));
    EXPECT_EQ(at_local_time("Europe/Berlin", spring, minutes(540)), at("2027-03-28T07:00:00Z"));
    const Date autumn = date(2027, 10, 31);
    EXPECT_EQ(at_local_time("Europe/Berlin", autumn, minutes(540)), at("2027-10-31T08:00:00Z"));
    EXPECT_EQ(at_local_time("Europe/Berlin", autumn, minutes(150)), at("2027-10-31T00:30:00Z"));
}

TEST(CalcomSchedules, OpenOnTheirDaysAndOverridesReplaceADay) {
    Schedule schedule{.time_zone = "Europe/Berlin"};
    const Span week{.from = at("2026-11-20T00:00:00Z"), .to = at("2026-11-24T00:00:00Z")};
    EXPECT_EQ(open_hours(schedule, week).size(), 2U) << "Friday and Monday";
    schedule.overrides.push_back(json::object{
        {"date", "2026-11-20"}, {"startTime", "12:00"}, {"endTime", "13:00"}});
    const std::vector<Span> changed = open_hours(schedule, week);
    EXPECT_EQ(changed.front().from, at("2026-11-20T11:00:00Z"));
    EXPECT_EQ(changed.front().to, at("2026-11-20T12:00:00Z"));
    schedule.overrides[0] =
        json::object{{"date", "2026-11-20"}, {"startTime", "00:00"}, {"endTime", "00:00"}};
    EXPECT_EQ(open_hours(schedule, week).size(), 1U);
}

TEST(CalcomSpans, AreCutMergedAndShared) {
    const Instant zero = at("2026-01-01T00:00:00Z");
    const auto span = [&](int from, int to) {
        return Span{.from = zero + hours(from), .to = zero + hours(to)};
    };
    EXPECT_EQ(merged({span(3, 5), span(1, 3), span(7, 7)}), (std::vector{span(1, 5)}));
    EXPECT_EQ(
        without({span(0, 10)}, {span(2, 3), span(5, 12)}), (std::vector{span(0, 2), span(3, 5)})
    );
    EXPECT_EQ(
        common_to({span(0, 4), span(6, 9)}, {span(2, 7)}), (std::vector{span(2, 4), span(6, 7)})
    );
    EXPECT_TRUE(covers({span(0, 4)}, span(0, 4)));
    EXPECT_FALSE(covers({span(0, 4)}, span(3, 5)));
}

TEST(CalcomSlots, AreFreeSpansCutIntoLengthsAndADateAloneIsAWholeDay) {
    Api api;
    const Id type = api.make_type("a");
    EXPECT_EQ(starts(slots(api, type)).size(), 16U);
    EXPECT_EQ(starts(slots(api, type, "&duration=60")).size(), 8U);
    EXPECT_EQ(
        starts(slots(api, type, "&timeZone=Europe/Berlin")).front(), "2023-11-15T10:00:00.000+01:00"
    );
    EXPECT_EQ(
        slots(api, type, "&format=range").data().at("2023-11-15").at(0).at("end"),
        "2023-11-15T09:30:00.000Z"
    );
    EXPECT_EQ(slots(api, type, "&teamId=11").status, 400);
    EXPECT_EQ(slots(api, 9).status, 404);
}

TEST(CalcomSlots, DisappearWithABookingAndItsBuffers) {
    Api api;
    const Id type = api.make_type("a");
    api.patch("/v2/event-types/" + std::to_string(type), R"({"afterEventBuffer":15})");
    const std::string body =
        R"({"start":"2023-11-15T10:00:00Z","eventTypeId":)" + std::to_string(type) +
        R"(,"attendee":{"name":"G","email":"g@example.com","timeZone":"Europe/London"}})";
    EXPECT_EQ(api.send("POST", "/v2/bookings", body, "2024-08-13").status, 201);
    for (const std::string& start : starts(slots(api, type)))
        for (const char* taken : {"T09:30", "T10:00", "T10:30"})
            EXPECT_EQ(start.find(taken), std::string::npos) << start;
}

TEST(CalcomSlots, AreHiddenByAReservationThatGuardsNothing) {
    Api api;
    const Id type = api.make_type("a");
    const Said reserved = reserve(api, type);
    EXPECT_EQ(reserved.status, 201);
    EXPECT_EQ(starts(slots(api, type)).size(), 15U);
    EXPECT_EQ(reserve(api, type).status, 422);
    api.clock.advance(minutes(6));
    EXPECT_EQ(starts(slots(api, type)).size(), 16U) << "it has run out";
    EXPECT_EQ(reserve(api, type).status, 201);
}

TEST(CalcomSlots, OfTheOldVersionHaveAnotherPathAndAnotherShape) {
    Api api;
    const std::string query = "eventTypeId=" + std::to_string(api.make_type("a"));
    const std::string old = "/v2/slots/available?startTime=2023-11-15T00:00:00Z"
                            "&endTime=2023-11-16T00:00:00Z&" +
                            query;
    EXPECT_EQ(
        api.send("GET", old, {}, "").data().at("slots").at("2023-11-15").at(0).at("time"),
        "2023-11-15T09:00:00.000Z"
    );
    EXPECT_EQ(api.send("GET", old, {}, "2024-09-04").status, 404);
    EXPECT_EQ(api.send("GET", "/v2/slots?start=2023-11-15&end=2023-11-15&" + query).status, 404);
}

TEST(CalcomSchedules, AreMadeChangedAndShownInTwoVersions) {
    Api api;
    const Said made = api.send(
        "POST",
        "/v2/schedules",
        R"({"name":"Mornings","timeZone":"Europe/Berlin","isDefault":true,"availability":
            [{"days":["Monday"],"startTime":"08:00","endTime":"12:00"}]})",
        "2024-06-11"
    );
    EXPECT_EQ(made.status, 201);
    const std::string target = "/v2/schedules/" + json::serialize(made.data().at("id"));
    EXPECT_EQ(api.patch(target, R"({"timeZone":"Mars/Olympus"})").status, 400);
    EXPECT_EQ(api.get("/v2/schedules/default").data().at("name"), "Mornings");
    const json::array old = api.send("GET", "/v2/schedules", {}, "").data().as_array();
    EXPECT_EQ(old.back().at("workingHours").at(0).at("startTime"), 480);
    EXPECT_EQ(api.as("bob").get(target).status, 403);
}

} // namespace
} // namespace calfleet::calcom_sim
