#include "tests/calcom-sim/shapes.h"

#include <boost/json/serialize.hpp>

#include <array>
#include <utility>

namespace calfleet::calcom_sim {
namespace {

struct Named {
    int status;
    std::string_view exception;
    std::string_view reason;
};
constexpr std::array<Named, 8> kNames{{
    {400, "BadRequestException", "Bad Request"},
    {401, "UnauthorizedException", "Unauthorized"},
    {403, "ForbiddenException", "Forbidden"},
    {404, "NotFoundException", "Not Found"},
    {409, "ConflictException", "Conflict"},
    {422, "UnprocessableEntityException", "Unprocessable Entity"},
    {429, "ThrottlerException", "Too Many Requests"},
    {500, "InternalServerErrorException", "Internal Server Error"},
}};

const Named& named(int status) {
    for (const Named& name : kNames)
        if (name.status == status) return name;
    return kNames.back();
}

constexpr std::string_view kTooMany =
    "CustomThrottlerGuard - Too many requests. Please try again later.";

Answer failure(const Request& request, Instant now, int status, json::object error) {
    json::object body;
    body["status"] = "error";
    body["timestamp"] = javascript_time(now);
    body["path"] = request.target;
    body["error"] = std::move(error);
    return {.status = status, .body = json::serialize(body)};
}

} // namespace

std::string javascript_time(Instant instant) {
    // "2026-11-20T08:09:40.493000Z" without the last three digits of the fraction.
    std::string text = format_instant(instant);
    text.erase(text.size() - 4, 3);
    return text;
}

Answer success(const json::value& data, int status) {
    return success_text(json::serialize(data), status);
}

Answer success_text(std::string_view data, int status) {
    constexpr std::string_view kBefore = R"({"status":"success","data":)";
    std::string body;
    body.reserve(kBefore.size() + data.size() + 1);
    body.append(kBefore).append(data).push_back('}');
    return {.status = status, .body = std::move(body)};
}

Answer refusal(const Request& request, Instant now, int status, std::string_view message) {
    const Named& name = named(status);
    return failure(
        request,
        now,
        status,
        {{"code", name.exception},
         {"message", message},
         {"details", {{"message", message}, {"error", name.reason}, {"statusCode", status}}}}
    );
}

Answer validation_failure(const Request& request, Instant now, json::array errors) {
    json::object details;
    details["errors"] = std::move(errors);
    json::object error;
    error["code"] = "BadRequestException";
    error["message"] = "Bad Request Exception";
    error["details"] = std::move(details);
    return failure(request, now, 400, std::move(error));
}

json::object validation_error(
    const json::value& target,
    std::string_view property,
    const json::value* value,
    const json::object& constraints
) {
    json::object error;
    error["target"] = target;
    if (value != nullptr) error["value"] = *value;
    error["property"] = property;
    error["children"] = json::array();
    error["constraints"] = constraints;
    return error;
}

Answer mapped_failure(
    const Request& request, Instant now, int status, std::string_view code, std::string_view message
) {
    return failure(request, now, status, {{"code", code}, {"message", message}});
}

Answer unforeseen_failure(const Request& request, Instant now) {
    return mapped_failure(
        request, now, 500, "INTERNAL_SERVER_ERROR", "There was an error, please try again later."
    );
}

Answer bare_failure(int status, std::string_view message) {
    return {
        .status = status,
        .body = json::serialize(json::object{{"statusCode", status}, {"message", message}})};
}

Answer too_many_requests(const Request& request, Instant now) {
    return failure(
        request,
        now,
        429,
        {{"code", named(429).exception}, {"message", kTooMany}, {"details", kTooMany}}
    );
}

Answer no_such_route(const Request& request, Instant now) {
    const std::string shown = request.head ? "HEAD" : request.method;
    return refusal(request, now, 404, "Cannot " + shown + " " + request.target);
}

} // namespace calfleet::calcom_sim
