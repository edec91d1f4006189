#pragma once
// The small HTTP server of every worker: /live, /ready, /metrics and /status for machines inside
// the cluster.

#include "common/core/result.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace calfleet::http {

/// target: "/status?verbose=1" has the path "/status" and the query "verbose=1"; neither is
/// decoded.
struct Request {
    std::string method; ///< "GET" or "HEAD"
    std::string path;
    std::string query;
};

struct Response {
    int status{200};
    std::string content_type{"text/plain; charset=utf-8"};
    std::string body;
};

using Handler = std::function<Response(const Request&)>;
using Routes = std::map<std::string, Handler, std::less<>>;

struct ServerSettings {
    std::string address{"0.0.0.0"}; ///< IPv4 or IPv6, a number and not a name
    std::uint16_t port{0};          ///< 0: a free one, see Server::port()
    std::size_t max_connections{64};
    std::size_t max_connections_per_address{32};
    int max_requests_per_connection{100};
    std::size_t max_header_bytes{16384};
    std::chrono::milliseconds header_deadline{5000};
    std::chrono::milliseconds write_deadline{10000};
    std::chrono::milliseconds idle_deadline{30000};
};

/// HTTP/1.1 on one thread of its own, which also runs the handlers: they must be quick and must not
/// throw (500 and a log line if they do). GET and HEAD only (405), exact paths only (404), request
/// bodies refused (413). Above a limit a connection is closed for the newest one: the oldest of
/// those that wait for a request, of the address that has the most, and only if there is none one
/// that is being answered. So neither silent nor slow clients keep a probe out. Not for the open
/// internet.
class Server {
public:
    /// Listens when it returns. Error Invalid: no such address; Unavailable: the port is taken.
    static Result<std::unique_ptr<Server>> start(ServerSettings settings, Routes routes);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    std::uint16_t port() const;
    /// Closes every connection and ends the thread. Idempotent. Not from a handler.
    void stop();

private:
    struct Impl;
    explicit Server(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace calfleet::http
