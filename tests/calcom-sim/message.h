#pragma once
// What a module of the simulator receives and what it gives back, without a word about sockets.

#include "common/core/time.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace calfleet::calcom_sim {

namespace json = boost::json;

/// One request as the routes see it: the alias /api/v2 is gone, the query is decoded, the body is
/// parsed.
struct Request {
    std::string method{}; ///< "GET", also for HEAD
    std::string target{}; ///< as sent, with the query: what error bodies quote as "path"
    std::string path{};   ///< without the query; begins with /v2
    std::vector<std::pair<std::string, std::string>> query{}; ///< decoded, in order
    std::string version{};       ///< of cal-api-version; 2024-04-15 when missing or unknown
    std::string authorization{}; ///< the header as sent, "" without one
    std::string content_type{};
    std::string if_none_match{};
    std::string client_address{};
    std::string body_text{};
    json::value body{}; ///< null when there was none, or it was not application/json
    bool head{};        ///< sent as HEAD: answered without a body

    /// The first value of a query parameter.
    std::optional<std::string_view> parameter(std::string_view name) const;
    /// The body as an object; an empty one for anything else.
    const json::object& fields() const;
};

/// What a request did to the world, for the ledger: ("booking.created", "2WDE8MBSVvTdmoEmUCNwok").
struct Effect {
    std::string kind{};
    std::string id{};
};

struct Answer {
    int status{200};
    std::string body{};
    std::vector<Effect> effects{};
    std::string content_type{"application/json; charset=utf-8"};
    std::vector<std::pair<std::string, std::string>> headers{};
};

/// A request of ours to somebody else: a webhook's delivery.
struct Outbound {
    std::string url{};
    std::string body{};
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string name{}; ///< for the ledger of deliveries, e.g. "BOOKING_CREATED"
    /// 0: sent before the answer, which waits for it, as the real one does. Else: sent in the
    /// background after so long.
    std::chrono::milliseconds after{0};
};

/// What a route says. Without `next` the answer goes out after the deliveries are through. With it,
/// the deliveries are made, the pause passes, and `next` says how it goes on: that is how a webhook
/// overtakes the change that it reports, and how a check and its write come apart far enough for a
/// race. What `next` captures by reference must be the Context or what lives as long as the World.
struct Outcome {
    Answer answer{};
    std::vector<Outbound> deliveries{};
    std::chrono::milliseconds pause{0};
    std::function<Outcome()> next{};

    Outcome() = default;
    Outcome(Answer of) // NOLINT(google-explicit-constructor): most routes only answer
        : answer(std::move(of)) {}
};

} // namespace calfleet::calcom_sim
