#pragma once
// The simulator behind two ports: Cal.com's API on one, the /sim/ endpoints on the other.

#include "common/core/result.h"

#include <cstdint>
#include <memory>
#include <string>

namespace calfleet::calcom_sim {

class Simulator;

struct ServerOptions {
    std::string address{"127.0.0.1"};
    std::uint16_t port{0};       ///< 0: a free one
    std::uint16_t admin_port{0}; ///< 0: a free one
    std::string certificate{};   ///< PEM file with the chain; empty: plain HTTP
    std::string private_key{};   ///< PEM file
    bool old_tls{};              ///< nothing newer than TLS 1.1
};

/// One thread serves everything: the one that calls run(). Everything else is that thread's too,
/// except stop().
class Server {
public:
    /// Listens when it returns, and a SIGTERM or SIGINT from now on ends run(). Errors: Invalid
    /// (address, certificate), Unavailable (port taken).
    static Result<std::unique_ptr<Server>> open(Simulator& simulator, ServerOptions options);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    std::uint16_t port() const;
    std::uint16_t admin_port() const;
    /// Until stop() or one of the signals.
    void run();
    /// From any thread.
    void stop();

private:
    struct Impl;
    explicit Server(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace calfleet::calcom_sim
