#pragma once
// How Cal.com words its answers: one form of success and five of failure.

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

#include "tests/calcom-sim/message.h"

namespace calfleet::calcom_sim {

/// {"status":"success","data":...}
Answer success(const json::value& data, int status = 200);
/// The same around data that is JSON text already.
Answer success_text(std::string_view data, int status = 200);

/// Shape 1, most errors: an exception of the framework, named after its class, with details that
/// repeat the message and the status. Status 400, 401, 403, 404, 409, 422 or 500.
Answer refusal(const Request& request, Instant now, int status, std::string_view message);

/// Shape 2, the validation of event types, webhooks, memberships and list queries: the message is
/// "Bad Request Exception" and details.errors lists what is wrong.
Answer validation_failure(const Request& request, Instant now, json::array errors);
/// One element of that list. `value` is left out when the property was not sent.
json::object validation_error(
    const json::value& target,
    std::string_view property,
    const json::value* value,
    const json::object& constraints
);

/// Shape 3, errors of a library that were mapped: no details. code is "TRPCError", "BAD_REQUEST",
/// "CONFLICT", "NOT_FOUND" or "INTERNAL_SERVER_ERROR".
Answer mapped_failure(
    const Request& request, Instant now, int status, std::string_view code, std::string_view message
);
/// The one of those that a number missing in the path or a JSON array as body gives: 500.
Answer unforeseen_failure(const Request& request, Instant now);

/// Shape 4, {"statusCode":409,"message":"booking_conflict_error"}: the shared booking code.
Answer bare_failure(int status, std::string_view message);

/// Shape 5, 429: as shape 1, but details is a string.
Answer too_many_requests(const Request& request, Instant now);

/// 404 "Cannot GET /v2/..." of an unknown route, method or version.
Answer no_such_route(const Request& request, Instant now);

/// "2026-11-20T08:09:40.493Z", as JavaScript writes it.
std::string javascript_time(Instant instant);

} // namespace calfleet::calcom_sim
