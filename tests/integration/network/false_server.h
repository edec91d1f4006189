#pragma once
// Somebody who stands where the database should be, speaks no TLS, and asks for the password.

#include <atomic>
#include <mutex>
#include <string>
#include <thread>

#include "tests/support/tcp_socket.h"

namespace calfleet::postgres {

/// Serves one connection after the other on 127.0.0.1 until it is destroyed.
class FalseServer {
public:
    FalseServer();
    ~FalseServer();
    FalseServer(const FalseServer&) = delete;
    FalseServer& operator=(const FalseServer&) = delete;

    std::uint16_t port() const { return port_; }
    /// All that was said to it so far.
    std::string heard() const;

private:
    void serve();
    void converse(const test_support::Socket& client);

    test_support::Socket listener_;
    std::uint16_t port_;
    std::atomic<bool> ended_{false};
    mutable std::mutex mutex_;
    std::string heard_;
    std::thread thread_;
};

} // namespace calfleet::postgres
