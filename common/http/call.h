#pragma once
// One request to another server and what became of it, as values: no socket, no event loop.

#include "common/core/secret.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace calfleet::http {

enum class Method { Get, Post, Patch, Delete };
std::string_view name(Method method); ///< "GET"

struct Header {
    std::string name;
    std::string value;
};
using Headers = std::vector<Header>;

/// Which connection a call may travel on. The client itself never sends anything twice except under
/// PooledTwice.
enum class Reuse {
    /// Its own, closed afterwards: for what must not be executed twice.
    Fresh,
    /// One that served before, if there is one. When the server turns out to have closed it after
    /// bytes were sent, that is an Ambiguous failure.
    Pooled,
    /// As Pooled; in that one case, with no byte of an answer seen, the call is sent once more on a
    /// fresh connection (sends == 2). GET only: a Bug for any other method.
    PooledTwice,
};

/// The client adds Host, User-Agent, Accept-Encoding: identity, Content-Length and Authorization;
/// naming one of them in headers, or a line break or NUL anywhere in the head, is a failure
/// (InvalidCall, nothing sent).
struct Call {
    Method method{Method::Get};
    std::string target; ///< path and query, encoded: see Target
    Headers headers;
    std::string body;
    Reuse reuse{Reuse::Fresh};
    /// "Bearer ..." without the name of the field; empty: no such field. Leaves the process in the
    /// request only; the buffers it passes through are wiped.
    Secret<std::string> authorization;
};

/// What the caller may conclude.
enum class Phase {
    NotSent,   ///< Not even the request's header left whole: the server cannot have executed it.
    Ambiguous, ///< It may have been executed.
};

enum class FailureReason {
    InvalidCall,       ///< ours: the call cannot be put into an HTTP request
    NoRoom,            ///< every connection was busy until the deadline
    Resolve,           ///< the name of the host
    PlainHttp,         ///< http:// to an address that is not this machine
    Connect,           ///< refused, unreachable, or not within the connect time
    Certificate,       ///< not trusted, expired, or another host's
    Tls,               ///< any other failure of the handshake
    Deadline,          ///< total time over
    TooSlow,           ///< the answer began and then crept
    Closed,            ///< the server closed or reset the connection before the answer was whole
    HeaderTooLarge,    ///< of the answer
    BodyTooLarge,      ///< of the answer
    Malformed,         ///< not an HTTP/1.1 answer
    UnexpectedEncoding ///< content-encoding or transfer-encoding that was not asked for
};
std::string_view name(FailureReason reason); ///< "header_too_large"

/// A whole answer, whatever its status: redirects are not followed.
struct Answer {
    int status{0};
    Headers headers;
    std::string body;
    std::size_t bytes_sent{0}; ///< of the last send, TLS's own bytes not counted
    int sends{1};
};

struct Failure {
    Phase phase{Phase::Ambiguous};
    FailureReason reason{FailureReason::Closed};
    /// For logs: host and what the system said; no target, no header, no body.
    std::string text{};
    std::size_t bytes_sent{0};
    int sends{0};
    int status{0};     ///< of the answer whose head arrived whole before it failed; else 0
    Headers headers{}; ///< of that head
};

using CallResult = std::variant<Answer, Failure>;

} // namespace calfleet::http
