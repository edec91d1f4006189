#pragma once
// What an answer, or none, means for the request: a closed set of classes that decides what may
// happen next.

#include "common/calcom/rate_limit_headers.h"
#include "common/core/time.h"
#include "common/http/call.h"
#include "common/json/parser.h"
#include "common/json/value.h"

#include <chrono>
#include <string>
#include <string_view>
#include <variant>

namespace calfleet::calcom {

/// What a second execution of the request would do.
enum class Effect {
    Read,       ///< nothing
    Repeatable, ///< the same state again: a PATCH with the whole wanted state
    Once,       ///< a second booking: never sent again before somebody looked
};

struct RequestKind {
    Effect effect{Effect::Read};
    /// Bytes of this request, or of an older one for the same thing, may have reached the server
    /// before: its refusal as a duplicate may be our own success.
    bool sent_before{false};
    /// A booking of an event type where all hosts must be free: the server answers a busy one with
    /// a bare 500, which then is MaybeOurs and no outage.
    bool all_hosts_needed{false};
};

/// The server did not get the request. Retry later; nothing is known about the event.
struct NotSent {
    http::FailureReason reason{http::FailureReason::Connect};
    std::string text;
};

/// Refused before anything was executed. Nobody may use this key for `freeze`.
struct RateLimited {
    std::chrono::milliseconds freeze{kLeastFreeze};
    std::string text;
};

enum class Refusal {
    Invalid,     ///< 400, 413, 422 and others of the 4xx: the same request fails again
    NotFound,    ///< 404, 410, or words of a 400: it does not exist, or not for this key
    WrongRoute,  ///< 404 "Cannot GET /v2/...": the path or the version header is ours to correct
    Conflict,    ///< 409, or a 400 that says the time is taken
    Unavailable, ///< a host is busy or away at that time; said with a 500
    Parent,      ///< 400: a managed event type's parent cannot be booked, its children can
    TooLarge,    ///< 2xx: what was asked for is larger than what is kept (bounds.h)
};
std::string_view name(Refusal refusal); ///< "wrong_route"

/// The server understood and said no; nothing was executed.
struct Definite {
    Refusal refusal{Refusal::Invalid};
    int status{400};
    std::string code; ///< the server's, "BadRequestException"; empty when it gave none
    std::string text; ///< its words, printable, cut, without the values it quotes from the request
};

/// Refused as a duplicate or as taken, after an earlier send of unknown outcome: look before
/// calling it a conflict.
struct MaybeOurs {
    int status{409};
    std::string text;
};

/// 401 or 403: the key, or what it may do. One such answer proves nothing: confirm with me().
struct Credential {
    int status{401};
    std::string text;
};

/// It may have been executed and may not: a time-out or reset after bytes were sent, a 5xx, a cut
/// or unreadable 2xx, a redirect, a page of the edge. After Effect::Once only a look-up may close
/// it. For the other effects: the server is not well, try again later.
struct Unknown {
    int status{0}; ///< 0: no answer
    std::string text;
};

/// 2xx, JSON, "status":"success". `data` is valid until the parser's next document.
struct Confirmed {
    int status{200};
    json::Value data;
};

using AnswerClass =
    std::variant<NotSent, RateLimited, Definite, MaybeOurs, Credential, Unknown, Confirmed>;

/// Everything but success.
using Setback = std::variant<NotSent, RateLimited, Definite, MaybeOurs, Credential, Unknown>;

/// "not_sent", "rate_limited", ...: for metrics, history and logs.
std::string_view name(const Setback& setback);
/// One line for a log or an error column: class, status, words. No personal data, no key.
std::string describe(const Setback& setback);

/// Pure but for the parser's memory. `now` reads the limiter's dates.
AnswerClass classify(
    const RequestKind& kind, const http::CallResult& result, json::Parser& parser, Instant now
);

} // namespace calfleet::calcom
