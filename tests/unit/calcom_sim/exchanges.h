#pragma once
// Steps that tests of bookings and of their webhooks have in common.

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/calcom_sim/steps.h"

namespace calfleet::calcom_sim {

/// An answer with the webhooks that went out before it.
struct Response {
    int status{};
    std::string text{};
    std::vector<Outbound> sent{};

    json::value body() const { return json::parse(text); }
    json::value data() const { return body().at("data"); }
    std::string uid() const { return std::string(data().at("uid").as_string()); }
    /// The message, of whatever shape the refusal is.
    std::string message() const {
        const json::value whole = body();
        const json::value* error = whole.as_object().if_contains("error");
        return std::string((error == nullptr ? whole : *error).at("message").as_string());
    }
    /// What the only webhook says.
    json::object payload() const {
        EXPECT_EQ(sent.size(), 1U) << text;
        return sent.empty() ? json::object{} : json::parse(sent[0].body).at("payload").as_object();
    }
    std::string trigger() const { return sent.empty() ? std::string{} : sent[0].name; }
};

/// A POST with the key of this name, "" for none.
inline Response
post_as(Api& api, const std::string& key, const std::string& target, const std::string& body) {
    Steps steps(api, post_of(target, body, key));
    const int status = steps.finish();
    return {.status = status, .text = steps.body(), .sent = std::move(steps.sent)};
}

inline Response act_as(
    Api& api,
    const std::string& key,
    const std::string& uid,
    const std::string& verb,
    const std::string& body
) {
    return post_as(api, key, "/v2/bookings/" + uid + "/" + verb, body);
}

/// A booking by <name>@example.com.
inline Response book_for(
    Api& api,
    const std::string& name,
    Id type,
    const std::string& start,
    const std::string& more = {}
) {
    std::string body = wish(type, start, more);
    body.replace(body.find("guest@"), 5, name);
    return post_as(api, "", "/v2/bookings", body);
}

inline void set_rest(Api& api, Id type, const char* property, const char* value) {
    api.simulator.world().event_types.edit(type, api.simulator.clock().now())->rest[property] =
        json::parse(value);
}

/// Alice's webhook for all that can happen to a booking.
inline void listen(Api& api) {
    const Said made = api.as("alice").post(
        "/v2/webhooks",
        R"({"active":true,"subscriberUrl":"http://hook/a","triggers":["BOOKING_CREATED",
            "BOOKING_REQUESTED","BOOKING_RESCHEDULED","BOOKING_CANCELLED","BOOKING_REJECTED"]})"
    );
    EXPECT_EQ(made.status, 201);
}

} // namespace calfleet::calcom_sim
