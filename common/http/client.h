#pragma once
// Calls another server over HTTP/1.1: says exactly what may have happened, and never sends twice by
// itself.

#include "common/core/clock.h"
#include "common/core/result.h"
#include "common/http/call.h"
#include "common/http/url.h"
#include "common/metrics/registry.h"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace calfleet::http {

struct ClientSettings {
    Origin origin;
    std::string peer;       ///< short constant name of the server: label of the metric
    std::string ca_file;    ///< PEM; empty: the system's certificates
    std::string user_agent; ///< empty: none is sent
    std::chrono::milliseconds connect_timeout{
        3000}; ///< resolve, connect and TLS handshake together
    std::chrono::milliseconds total_timeout{
        20000}; ///< of a call, waiting for a connection included
    /// Once the answer has begun, fewer bytes than this in the window end the call. Waiting for the
    /// first byte is bounded by the total time only: a server may think for long.
    std::size_t low_speed_bytes{500};
    std::chrono::milliseconds low_speed_window{5000};
    std::size_t max_header_bytes{64 * 1024};
    std::size_t max_body_bytes{4 * 1024 * 1024};
    /// Open at the same time, idle ones included; further calls wait in order of arrival.
    std::size_t max_connections{2048};
    std::chrono::milliseconds idle_timeout{4000}; ///< an unused connection is closed by us
    std::size_t max_idle{256};
};

/// For /status and tests.
struct ClientStatus {
    std::size_t calls{0};   ///< begun and not ended, those waiting for a connection included
    std::size_t waiting{0}; ///< for a connection
    std::size_t idle{0};    ///< connections
    std::size_t opened{0};  ///< connections, since the start
    std::size_t resumed{0}; ///< of those, TLS sessions resumed
};

/// One server, one event loop: call() may be used from coroutines of one thread at a time, whose
/// executor carries the sockets. May outlive that event loop: unused connections are closed when
/// its context goes. TLS 1.2 or newer, the certificate's chain and host always verified; http://
/// only to loopback addresses, checked after the name was resolved. Names are resolved off the
/// thread. Cancelling a call's coroutine (terminal) closes its connection and throws
/// operation_aborted out of call(); nothing else throws, except for lack of memory.
///
/// Counts calfleet_http_request_duration_seconds{peer,status_class}.
class Client {
public:
    /// Error Invalid: the CA file cannot be read or holds no certificate.
    static Result<std::unique_ptr<Client>>
    create(ClientSettings settings, const Clock& clock, metrics::Registry& metrics);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// Ends not later than `until` (a lease, say) and the total timeout: whichever is first. Cut
    /// off up to 20 ms early rather than late.
    boost::asio::awaitable<CallResult> call(Call call, Monotonic until = Monotonic::max());

    ClientStatus status() const;
    const Origin& origin() const;

private:
    struct Impl;
    explicit Client(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace calfleet::http
