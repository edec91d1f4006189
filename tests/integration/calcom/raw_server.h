#pragma once
// A server that does exactly what a test tells it, byte by byte, however rude.

#include <openssl/ssl.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/calcom-sim/client/certificates.h"
#include "tests/support/tcp_socket.h"

namespace calfleet::integration {

class RawServer;

struct FreeTls {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using ServerTls = std::unique_ptr<SSL_CTX, FreeTls>;

/// For a server with that certificate, of no newer TLS version than the one given (0: any).
ServerTls server_tls(const test_support::CertificateFiles& files, int newest_version = 0);

/// The server's end of one connection, on a thread of its own. Reads and writes give up after ten
/// seconds or when the server ends.
class Peer {
public:
    /// One whole request, counted by the server; nothing when the client closed first.
    std::optional<std::string> read_request();
    /// False: the client has gone.
    bool send(std::string_view bytes);
    /// True: the client closed within that time, whatever it sent before. In clear only.
    bool closed_within(std::chrono::milliseconds time);
    /// Ends with a reset instead of an orderly end.
    void reset();
    /// Ends the connection without TLS's farewell.
    void drop() { socket_.close(); }

private:
    friend class RawServer;
    Peer(RawServer& server, test_support::Socket socket)
        : server_(server)
        , socket_(std::move(socket)) {}
    bool accept_tls(SSL_CTX* context);
    bool fill();

    RawServer& server_;
    test_support::Socket socket_;
    std::unique_ptr<SSL, FreeTls> ssl_;
    std::string buffered_;
};

/// On 127.0.0.1; the script runs once for each connection, and the connection is closed in order
/// when it returns. Thread-safe.
class RawServer {
public:
    using Script = std::function<void(Peer&)>;

    explicit RawServer(Script script, ServerTls tls = nullptr);
    ~RawServer();
    RawServer(const RawServer&) = delete;
    RawServer& operator=(const RawServer&) = delete;

    std::uint16_t port() const { return port_; }
    /// Whole requests, in order of arrival.
    std::vector<std::string> requests() const;
    std::size_t connections() const;
    /// Connections open now.
    std::size_t open() const;
    /// Most connections that were open at the same time.
    std::size_t most_open() const;

private:
    friend class Peer;
    void listen();
    void serve(test_support::Socket socket);
    void count(std::string request);

    Script script_;
    ServerTls tls_;
    test_support::Socket listener_;
    test_support::Socket stop_read_;
    test_support::Socket stop_write_;
    std::uint16_t port_{0};
    mutable std::mutex mutex_;
    std::vector<std::string> requests_;
    std::size_t connections_{0};
    std::size_t open_{0};
    std::size_t most_open_{0};
    std::list<std::thread> threads_;
    std::thread acceptor_;
};

/// "HTTP/1.1 200 OK" with a length and the body.
std::string answer_of(std::string_view body, std::string_view more_headers = "");

} // namespace calfleet::integration
