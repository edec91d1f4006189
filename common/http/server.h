#pragma once
// The small HTTP server for probes, metrics and status: GET only, one thread, tight limits.

#include "common/core/result.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace calfleet::http {

struct Response {
    int status{200};
    std::string content_type{"text/plain; charset=utf-8"};
    std::string body;
};

using Route = std::function<Response()>;

struct ServerSettings {
    std::string address{"0.0.0.0"};
    std::uint16_t port{0}; ///< 0: any free one, see port()
    int max_connections{64};
};

/// Listens from create() on; answers GET and HEAD for the exact paths, 404 and 405 otherwise.
/// Requests over 8 KiB or slower than 5 s are refused. Routes run on the server's thread and must
/// be quick. Destruction stops it.
class Server {
public:
    static Result<std::unique_ptr<Server>>
    create(ServerSettings settings, std::map<std::string, Route> routes);
    ~Server();
    std::uint16_t port() const;

private:
    struct Impl;
    explicit Server(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace calfleet::http
