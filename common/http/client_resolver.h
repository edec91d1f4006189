#pragma once
// Addresses of the one host a client calls: looked up off the event loop, once for everybody who
// waits.

#include "common/core/clock.h"
#include "common/http/client_waiting.h"
#include "common/http/url.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <string>
#include <vector>

namespace calfleet::http {

using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;

struct Resolved {
    Endpoints endpoints; ///< empty: no answer
    std::string trouble; ///< then: why
};

/// One event loop. An answer is asked for again after 30 s, but used for ten minutes while no newer
/// one has come: a name server's outage is not the host's. A failure is remembered for one second.
class Resolver {
public:
    Resolver(boost::asio::any_io_executor executor, const Origin& origin, const Clock& clock);
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    /// Not later than `until`.
    boost::asio::awaitable<Resolved> resolve(Monotonic until);
    /// The context is going: nothing of it may be touched any more.
    void abandon();

private:
    struct State;
    static void look_up(const std::shared_ptr<State>& state);

    // Shared with the look-up under way, which may end after the client did.
    std::shared_ptr<State> state_;
};

} // namespace calfleet::http
