#include "common/calcom/answer_class.h"

#include "common/calcom/error_body.h"
#include "common/core/text.h"
#include "common/job/outcome.h"

#include <utility>

namespace calfleet::calcom {
namespace {

using job::Match;

constexpr json::Limits kAnswerLimits{.max_bytes = 4 * 1024 * 1024, .max_depth = 64};

RateLimited rate_limited(const http::Headers& headers, Instant now) {
    return {
        .freeze = parse_rate_limits(headers, now).freeze(),
        .text = "more requests than this key may send"};
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

// The server's own sentences; nothing else tells these cases apart.
bool says_taken(std::string_view message) {
    return contains(message, "already has booking at this time") ||
           contains(message, "is not available") || contains(message, "booking_conflict_error");
}
bool says_parent(std::string_view message) {
    return contains(message, "is the parent managed event type");
}
bool says_no_route(std::string_view message) {
    for (const std::string_view method : {"GET", "POST", "PATCH", "DELETE"})
        if (message.starts_with("Cannot " + std::string(method) + " /")) return true;
    return false;
}
// A team's event type that does not exist, or is another team's.
bool says_gone(std::string_view message) {
    return message == "Event type to update not found";
}
bool says_unavailable(std::string_view message) {
    return message.ends_with("_unavailable_for_booking");
}
bool says_nothing(const ErrorBody& body) {
    return body.code.empty() && body.message == "Internal server error";
}

Refusal refusal_of(int status, std::string_view message) {
    if (status == 404) return says_no_route(message) ? Refusal::WrongRoute : Refusal::NotFound;
    if (status == 410 || says_gone(message)) return Refusal::NotFound;
    if (status == 409 || says_taken(message)) return Refusal::Conflict;
    if (says_parent(message)) return Refusal::Parent;
    return Refusal::Invalid;
}

AnswerClass classify_refusal(const RequestKind& kind, int status, ErrorBody body) {
    if (status == 401 || status == 403) return Credential{status, std::move(body.text)};
    const Refusal refusal = refusal_of(status, body.message);
    if (kind.effect == Effect::Once && kind.sent_before && refusal == Refusal::Conflict)
        return MaybeOurs{status, std::move(body.text)};
    return Definite{refusal, status, std::move(body.code), std::move(body.text)};
}

AnswerClass classify_server_error(const RequestKind& kind, int status, ErrorBody body) {
    if (kind.effect == Effect::Once && status == 500) {
        if (says_unavailable(body.message))
            return Definite{
                Refusal::Unavailable, status, std::move(body.code), std::move(body.text)};
        // The same words stand for a busy host and for a booking that was made and could not be
        // read back: only a look-up tells, and neither is an outage.
        if (kind.all_hosts_needed && says_nothing(body))
            return MaybeOurs{status, "a host is busy, or the booking was made: look it up"};
    }
    return Unknown{status, std::move(body.text)};
}

AnswerClass classify_success(int status, json::Value root) {
    const auto word = root.find("status");
    const auto data = root.find("data");
    if (!word || word->as_text() != "success" || !data)
        return Unknown{status, "JSON that is no success of this API"};
    return Confirmed{status, *data};
}

AnswerClass classify_answer(
    const RequestKind& kind, const http::Answer& answer, json::Parser& parser, Instant now
) {
    const int status = answer.status;
    if (status == 429) return rate_limited(answer.headers, now);
    if (status >= 300 && status < 400) return Unknown{status, "a redirect, which is not followed"};
    // Too early, and too slow for the server: said before and after work alike.
    if (status == 408 || status == 425) return Unknown{status, "the server gave up the request"};
    const auto root = parser.parse(answer.body, kAnswerLimits);
    if (!root || !root->is_object())
        return Unknown{
            status, unreadable_text(answer.body, root ? "no object" : root.error().message)};
    if (status < 300) return classify_success(status, *root);
    auto body = read_error_body(*root);
    if (!body) return Unknown{status, "JSON that is no error of this API"};
    if (status >= 500) return classify_server_error(kind, status, std::move(*body));
    return classify_refusal(kind, status, std::move(*body));
}

AnswerClass classify_failure(const http::Failure& failure, Instant now) {
    if (failure.phase == http::Phase::NotSent) return NotSent{failure.reason, failure.text};
    // The limiter speaks before anything is executed: its head alone is enough.
    if (failure.status == 429) return rate_limited(failure.headers, now);
    return Unknown{failure.status, failure.text};
}

std::string with_status(std::string_view what, int status, std::string_view text) {
    std::string line(what);
    if (status != 0) line += " (" + std::to_string(status) + ")";
    return text.empty() ? line : line + ": " + std::string(text);
}

} // namespace

std::string_view name(Refusal refusal) {
    switch (refusal) {
    case Refusal::Invalid:
        return "invalid";
    case Refusal::NotFound:
        return "not_found";
    case Refusal::WrongRoute:
        return "wrong_route";
    case Refusal::Conflict:
        return "conflict";
    case Refusal::Unavailable:
        return "unavailable";
    case Refusal::Parent:
        return "parent";
    case Refusal::TooLarge:
        return "too_large";
    }
    return "invalid";
}

std::string_view name(const Setback& setback) {
    return std::visit(
        Match{
            [](const NotSent&) { return std::string_view("not_sent"); },
            [](const RateLimited&) { return std::string_view("rate_limited"); },
            [](const Definite&) { return std::string_view("definite"); },
            [](const MaybeOurs&) { return std::string_view("maybe_ours"); },
            [](const Credential&) { return std::string_view("credential"); },
            [](const Unknown&) { return std::string_view("unknown"); }},
        setback
    );
}

std::string describe(const Setback& setback) {
    return std::visit(
        Match{
            [](const NotSent& it) { return with_status("not sent", 0, it.text); },
            [](const RateLimited& it) {
                return with_status("rate limited", 429, it.text) + ", frozen for " +
                       humanize(it.freeze);
            },
            [](const Definite& it) {
                return with_status(
                    "refused as " + std::string(name(it.refusal)), it.status, it.text
                );
            },
            [](const MaybeOurs& it) {
                return with_status(
                    "refused, perhaps for our own earlier request", it.status, it.text
                );
            },
            [](const Credential& it) {
                return with_status(
                    it.status == 403 ? "the key may not do this" : "the key is not accepted",
                    it.status,
                    it.text
                );
            },
            [](const Unknown& it) { return with_status("unknown", it.status, it.text); }},
        setback
    );
}

AnswerClass classify(
    const RequestKind& kind, const http::CallResult& result, json::Parser& parser, Instant now
) {
    return std::visit(
        Match{
            [&](const http::Answer& answer) { return classify_answer(kind, answer, parser, now); },
            [&](const http::Failure& failure) { return classify_failure(failure, now); }},
        result
    );
}

} // namespace calfleet::calcom
