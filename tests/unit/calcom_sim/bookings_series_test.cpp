#include "tests/unit/calcom_sim/exchanges.h"

namespace calfleet::calcom_sim {
namespace {

constexpr const char* kTen = "2023-11-15T10:00:00Z";

struct Series {
    std::string uid{};
    std::vector<std::string> bookings{};
};

Series book_series(Api& api, Id type) {
    set_rest(api, type, "recurrence", R"({"interval":1,"occurrences":3,"frequency":"weekly"})");
    const json::array made = book_for(api, "guest", type, kTen).data().as_array();
    Series series{.uid = std::string(made[0].at("recurringBookingUid").as_string())};
    for (const json::value& one : made)
        series.bookings.emplace_back(one.at("uid").as_string());
    return series;
}

std::string statuses(Api& api, const Series& series) {
    std::string all;
    for (const std::string& uid : series.bookings)
        all += api.simulator.world().bookings.find(uid)->status == BookingStatus::Cancelled ? "c"
                                                                                            : "a";
    return all;
}

TEST(CalcomSeries, IsToldOfOnceWhenItIsCancelledAndTheWebhookSaysHowItRecurs) {
    Api api;
    listen(api);
    const Series series = book_series(api, api.make_type("a"));
    ASSERT_EQ(series.bookings.size(), 3U);
    const Response all =
        act_as(api, "alice", series.uid, "cancel", R"({"cancellationReason":"all"})");
    EXPECT_EQ(all.data().as_array().size(), 3U);
    EXPECT_EQ(all.payload().at("uid").as_string(), series.bookings[2]);
    EXPECT_EQ(
        all.payload().at("recurringEvent"), json::parse(R"({"freq":2,"count":3,"interval":1})")
    );
    EXPECT_EQ(statuses(api, series), "ccc");
    EXPECT_EQ(act_as(api, "alice", series.uid, "cancel", "{}").status, 400);
}

TEST(CalcomSeries, KeepsTheOthersWhenOneIsCancelledAndThatWebhookSaysNothingOfIt) {
    Api api;
    listen(api);
    const Series series = book_series(api, api.make_type("a"));
    const Response one =
        act_as(api, "alice", series.bookings[0], "cancel", R"({"cancellationReason":"one"})");
    EXPECT_TRUE(one.data().is_object());
    EXPECT_EQ(one.payload().at("uid").as_string(), series.bookings[0]);
    EXPECT_FALSE(one.payload().contains("recurringEvent"));
    EXPECT_EQ(statuses(api, series), "caa");
}

TEST(CalcomSeries, LosesWhatFollowsAnOccurrenceWithOneWebhookThatDoesNotSayIt) {
    Api api;
    listen(api);
    const Series series = book_series(api, api.make_type("a"));
    const Response rest = act_as(
        api,
        "alice",
        series.bookings[1],
        "cancel",
        R"({"cancellationReason":"rest","cancelSubsequentBookings":true})"
    );
    EXPECT_EQ(rest.data().as_array().size(), 3U) << "the whole series is shown";
    EXPECT_EQ(rest.payload().at("uid").as_string(), series.bookings[1]);
    EXPECT_FALSE(rest.payload().contains("recurringEvent"));
    EXPECT_EQ(statuses(api, series), "acc");
    EXPECT_EQ(
        act_as(api, "", series.uid, "cancel", R"({"cancelSubsequentBookings":true})").status, 400
    );
}

TEST(CalcomSeries, KeepsWhatIsOver) {
    Api api;
    const Series series = book_series(api, api.make_type("a"));
    api.clock.advance(std::chrono::days(2));
    EXPECT_EQ(act_as(api, "", series.uid, "cancel", "{}").status, 200);
    EXPECT_EQ(statuses(api, series), "acc");
}

TEST(CalcomSeries, IsNotWhatFollowsABookingThatStandsAlone) {
    Api api;
    const std::string uid = book_for(api, "guest", api.make_type("a"), kTen).uid();
    const Response said = act_as(api, "", uid, "cancel", R"({"cancelSubsequentBookings":true})");
    EXPECT_EQ(said.status, 400);
    EXPECT_EQ(
        said.message(), "Booking with bookingUid=" + uid + " is not part of a recurring booking."
    );
    EXPECT_EQ(api.simulator.world().bookings.find(uid)->status, BookingStatus::Cancelled)
        << "done all the same";
}

TEST(CalcomSeries, IsConfirmedOrDeclinedAsAWholeByOneOfItsBookingsWithOneWebhook) {
    for (const char* verb : {"confirm", "decline"}) {
        Api api;
        listen(api);
        const Id type = api.make_type("a");
        set_rest(api, type, "confirmationPolicy", R"({"type":"always"})");
        const Series series = book_series(api, type);
        const Response one = act_as(api, "alice", series.bookings[1], verb, R"({"reason":"no"})");
        EXPECT_EQ(one.status, 200);
        EXPECT_EQ(one.payload().at("uid").as_string(), series.bookings[1]);
        EXPECT_EQ(
            one.payload().at("recurringEvent"), json::parse(R"({"freq":2,"count":3,"interval":1})")
        );
        const bool confirmed = std::string(verb) == "confirm";
        for (const std::string& uid : series.bookings)
            EXPECT_EQ(
                api.simulator.world().bookings.find(uid)->status,
                confirmed ? BookingStatus::Accepted : BookingStatus::Rejected
            ) << verb;
    }
}

TEST(CalcomSeries, HasNoMoreOccurrencesThanItsType) {
    Api api;
    const Id type = api.make_type("a");
    book_series(api, type);
    EXPECT_EQ(book_for(api, "late", type, kTen, R"(,"recurrenceCount":4)").status, 400);
}

TEST(CalcomSeriesList, HasOnlyConfirmedOccurrencesToCome) {
    Api api;
    const Id type = api.make_type("a");
    set_rest(api, type, "confirmationPolicy", R"({"type":"always"})");
    book_series(api, type);
    const auto count = [&](const char* status) {
        return api.as("alice")
            .send("GET", std::string("/v2/bookings?status=") + status, "", "2024-08-13")
            .data()
            .as_array()
            .size();
    };
    EXPECT_EQ(count("upcoming"), 0U);
    EXPECT_EQ(count("unconfirmed"), 3U);
}

} // namespace
} // namespace calfleet::calcom_sim
