#pragma once
// What a client keeps on the event loop of those who call it.

#include "common/http/client_pool.h"
#include "common/http/client_resolver.h"
#include "common/http/client_tls.h"

#include <array>
#include <memory>

namespace calfleet::http {

/// Goes empty by itself when the loop's context is destroyed first.
struct ClientLoop {
    ClientLoop(
        boost::asio::any_io_executor executor, const ClientSettings& settings, const Clock& clock
    );
    /// Made on a context, and told when that goes.
    static std::shared_ptr<ClientLoop>
    on(boost::asio::any_io_executor executor, const ClientSettings& settings, const Clock& clock);
    void abandon();

    const boost::asio::execution_context* context; ///< null when it has gone
    std::shared_ptr<Pool> pool;
    Resolver resolver;
    std::array<char, 16384> scratch{}; ///< what was read and is parsed before anybody else reads
};

} // namespace calfleet::http
