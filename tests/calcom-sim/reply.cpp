#include "tests/calcom-sim/reply.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
#include <cstdio>
#include <ctime>

#include "tests/calcom-sim/shapes.h"

namespace calfleet::calcom_sim {
namespace {

// What the real server's security headers are, letter by letter.
constexpr std::string_view kFixedHeaders =
    "Content-Security-Policy: default-src 'self';base-uri 'self';font-src 'self' https: "
    "data:;form-action 'self';frame-ancestors 'self';img-src 'self' data:;object-src "
    "'none';script-src 'self';script-src-attr 'none';style-src 'self' https: "
    "'unsafe-inline';upgrade-insecure-requests\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Origin-Agent-Cluster: ?1\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Strict-Transport-Security: max-age=15552000; includeSubDomains\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-DNS-Prefetch-Control: off\r\n"
    "X-Download-Options: noopen\r\n"
    "X-Frame-Options: SAMEORIGIN\r\n"
    "X-Permitted-Cross-Domain-Policies: none\r\n"
    "X-XSS-Protection: 0\r\n"
    "Access-Control-Allow-Origin: *\r\n";

struct Reason {
    int status;
    std::string_view text;
};
constexpr std::array<Reason, 20> kReasons{{
    {200, "OK"},
    {201, "Created"},
    {204, "No Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {409, "Conflict"},
    {413, "Payload Too Large"},
    {422, "Unprocessable Entity"},
    {429, "Too Many Requests"},
    {500, "Internal Server Error"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
}};

std::string_view reason(int status) {
    for (const Reason& known : kReasons)
        if (known.status == status) return known.text;
    return "Unknown";
}

void add(std::string& head, std::string_view name, std::string_view value) {
    head.append(name).append(": ").append(value).append("\r\n");
}

std::string http_date(Instant now) {
    const std::time_t seconds =
        std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 40> text{};
    const auto length =
        std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return {text.data(), length};
}

bool has_no_body(int status) {
    return status == 204 || status == 304;
}

std::string html_page(int status) {
    const std::string title = std::to_string(status) + " " + std::string(reason(status));
    return "<!DOCTYPE html>\n<html>\n<head><title>" + title +
           "</title></head>\n<body>\n<center><h1>" + title +
           "</h1></center>\n<hr><center>edge</center>\n</body>\n</html>\n";
}

std::vector<std::pair<std::string, std::string>>
faked_headers(const FakedLimit& limit, Instant now) {
    std::vector<std::pair<std::string, std::string>> headers;
    std::string reset = std::to_string(limit.reset_seconds);
    if (limit.headers == FakedLimit::Headers::Epoch) {
        const auto then = std::chrono::ceil<std::chrono::seconds>(now) +
                          std::chrono::seconds(limit.reset_seconds);
        reset = std::to_string(then.time_since_epoch().count());
    }
    if (limit.headers == FakedLimit::Headers::Text) reset = "soon";
    if (limit.headers != FakedLimit::Headers::None)
        headers = {
            {"X-RateLimit-Limit-Default", "120"},
            {"X-RateLimit-Remaining-Default", "0"},
            {"X-RateLimit-Reset-Default", std::move(reset)}};
    if (limit.retry_after) headers.emplace_back("Retry-After", std::to_string(*limit.retry_after));
    return headers;
}

void mutate_object(json::object& object, const Mutation& mutation) {
    for (const auto& field : mutation.set)
        object[field.key()] = field.value();
    for (const std::string& name : mutation.remove)
        object.erase(name);
}

} // namespace

std::string entity_tag(std::string_view body) {
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
    ::SHA1(reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest.data());
    std::array<unsigned char, 32> text{};
    ::EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(digest.size()));
    std::array<char, 64> tag{};
    // 20 bytes are 27 digits and one '=', which is left out.
    const int length =
        std::snprintf(tag.data(), tag.size(), "W/\"%zx-%.27s\"", body.size(), text.data());
    return {tag.data(), static_cast<std::size_t>(length)};
}

Reply make_reply(const ReplyParts& parts, const Transport& transport) {
    const Answer& answer = parts.answer;
    const std::string tag = parts.edge ? std::string{} : entity_tag(answer.body);
    const bool unchanged = parts.request.method == "GET" && answer.status == 200 && !tag.empty() &&
                           parts.request.if_none_match.find(tag) != std::string::npos;
    const int status = unchanged ? 304 : answer.status;
    Reply reply{.close = !parts.keep_alive || transport.close, .transport = transport};
    std::string& head = reply.head;
    head.reserve(1600);
    if (transport.continue_first) head.append("HTTP/1.1 100 Continue\r\n\r\n");
    head.append("HTTP/1.1 ").append(std::to_string(status)).append(" ").append(reason(status));
    head.append("\r\n");
    if (!parts.edge) head.append(kFixedHeaders);
    for (const auto& [name, value] : parts.limit_headers)
        add(head, name, value);
    for (const auto& [name, value] : answer.headers)
        add(head, name, value);
    if (!parts.request_id.empty()) add(head, "X-Request-Id", parts.request_id);
    const std::size_t length = std::max(answer.body.size(), transport.padded_to);
    if (!has_no_body(status)) {
        add(head, "Content-Type", answer.content_type);
        if (transport.endless)
            add(head, "Transfer-Encoding", "chunked");
        else
            add(head, "Content-Length", std::to_string(length));
    }
    if (!tag.empty() && status != 204) add(head, "ETag", tag);
    add(head, "Date", http_date(parts.now));
    add(head, "Connection", reply.close ? "close" : "keep-alive");
    if (!reply.close) add(head, "Keep-Alive", "timeout=5");
    head.append("\r\n");
    if (!has_no_body(status) && !parts.request.head) reply.body = answer.body;
    return reply;
}

Answer canned_answer(
    const Canned& canned,
    const Request& request,
    Instant now,
    std::vector<std::pair<std::string, std::string>>& limit_headers
) {
    Answer answer{.status = canned.status};
    switch (canned.shape) {
    case Canned::Shape::Bare:
        answer = bare_failure(canned.status, canned.message);
        break;
    case Canned::Shape::Refusal:
        answer = refusal(request, now, canned.status, canned.message);
        break;
    case Canned::Shape::Html:
        answer.body = html_page(canned.status);
        answer.content_type = "text/html; charset=utf-8";
        break;
    case Canned::Shape::Text:
        answer.body = canned.message;
        answer.content_type = "text/plain; charset=utf-8";
        break;
    case Canned::Shape::Limited:
        answer = too_many_requests(request, now);
        limit_headers = faked_headers(canned.limit, now);
        break;
    case Canned::Shape::Empty:
        break;
    }
    if (!canned.location.empty()) answer.headers.emplace_back("Location", canned.location);
    return answer;
}

void mutate(Answer& answer, const Mutation& mutation) {
    json::error_code error;
    json::value body = json::parse(answer.body, error);
    if (error || !body.is_object()) return;
    json::value* data = body.get_object().if_contains("data");
    if (data == nullptr) return;
    if (data->is_object()) mutate_object(data->get_object(), mutation);
    if (data->is_array())
        for (json::value& element : data->get_array())
            if (element.is_object()) mutate_object(element.get_object(), mutation);
    answer.body = json::serialize(body);
}

} // namespace calfleet::calcom_sim
