#include "tests/calcom-sim/intake.h"

#include "common/core/text.h"

#include <boost/json/parse.hpp>
#include <boost/json/stream_parser.hpp>

#include "tests/calcom-sim/simulator.h"

namespace calfleet::calcom_sim {
namespace {

int hex_digit(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

std::string decoded(std::string_view text) {
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '%' && at + 2 < text.size() && hex_digit(text[at + 1]) >= 0 &&
            hex_digit(text[at + 2]) >= 0) {
            plain.push_back(
                static_cast<char>(hex_digit(text[at + 1]) * 16 + hex_digit(text[at + 2]))
            );
            at += 2;
        } else {
            plain.push_back(text[at] == '+' ? ' ' : text[at]);
        }
    }
    return plain;
}

void read_query(std::string_view query, Request& request) {
    for (const std::string_view part : split(query, '&')) {
        if (part.empty()) continue;
        const auto equals = part.find('=');
        request.query.emplace_back(
            decoded(part.substr(0, equals)),
            equals == std::string_view::npos ? std::string{} : decoded(part.substr(equals + 1))
        );
    }
}

constexpr std::string_view kAlias = "/api/v2/";
constexpr std::string_view kEnterpriseAlias = "/v2/ee/";

} // namespace

Request read_request(RawRequest& raw) {
    Request request{
        .method = std::move(raw.method),
        .target = std::move(raw.target),
        .version = std::string(version_meant(raw.version)),
        .authorization = std::move(raw.authorization),
        .content_type = std::move(raw.content_type),
        .if_none_match = std::move(raw.if_none_match),
        .client_address = std::move(raw.client_address),
        .body_text = std::move(raw.body)};
    request.head = request.method == "HEAD";
    if (request.head) request.method = "GET";
    if (request.target.starts_with(kAlias)) request.target.erase(0, 4);
    if (request.target.starts_with(kEnterpriseAlias)) request.target.erase(3, 3);
    const auto question = request.target.find('?');
    request.path = request.target.substr(0, question);
    if (request.path.size() > 1 && request.path.ends_with('/')) request.path.pop_back();
    if (question != std::string::npos)
        read_query(std::string_view(request.target).substr(question + 1), request);
    return request;
}

std::optional<std::string> parse_body(Request& request) {
    if (request.body_text.empty() || !request.content_type.starts_with("application/json"))
        return std::nullopt;
    json::error_code error;
    json::stream_parser parser;
    const std::size_t read = parser.write_some(request.body_text, error);
    if (!error) parser.finish(error);
    if (!error && read == request.body_text.size()) {
        request.body = parser.release();
        return std::nullopt;
    }
    const std::string position = " in JSON at position " + std::to_string(read);
    if (read < request.body_text.size())
        return "Unexpected token '" + request.body_text.substr(read, 1) + "'" + position;
    const std::string_view text = trim(request.body_text);
    if (text.empty() || std::string_view(":,{[").find(text.back()) != std::string_view::npos)
        return "Unexpected end of JSON input";
    return "Expected ',' or '}' after property value" + position;
}

} // namespace calfleet::calcom_sim
