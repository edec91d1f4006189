#pragma once
// A TCP proxy on a free port that makes a network sick on command.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace calfleet::test_support {

/// Stands in front of host:port and forwards both ways from its own thread until told otherwise:
///
/// - set(BlackHole): a firewall or a dead router: connects, nothing moves, no error.
/// - set(Refuse): the server's process is away; connections there are stay.
/// - cut_all(): a crash or a fail-over: both sides get a reset.
/// - delay(ms): a slow line: every byte, both ways, this much later.
/// - cut_after_bytes(n): cut in the middle of a request.
/// - end_answers_after_bytes(n): the server ends its side in the middle of an answer.
/// - cut_on_pattern(bytes, where): cut just before, or just after, a given request reached the
///   server.
///
/// After BlackHole, set(Pass) moves what has piled up. The cuts are armed once and disarm
/// themselves when they fire; arming one replaces the other. All methods may be called from any
/// thread.
class TcpGate {
public:
    enum class Mode { Pass, BlackHole, Refuse };
    enum class Cut {
        Before, ///< The bytes that complete the pattern are not forwarded; both sides are reset.
        After,  ///< They are forwarded, the client is reset, and the server's answer goes nowhere.
    };

    /// Throws std::system_error when it can't listen. `host` is an IPv4 address.
    TcpGate(const std::string& host, std::uint16_t port);
    ~TcpGate();
    TcpGate(const TcpGate&) = delete;
    TcpGate& operator=(const TcpGate&) = delete;

    std::uint16_t port() const;
    /// "127.0.0.1:port".
    std::string address() const;

    /// Throws std::system_error when, after Refuse, somebody else took the port.
    void set(Mode mode);
    void cut_all();
    void delay(std::chrono::milliseconds each_way);
    /// After exactly n more bytes from clients (of all connections together), that connection is
    /// cut.
    void cut_after_bytes(std::uint64_t n);
    /// After exactly n >= 1 more bytes from servers (to all connections together), that
    /// connection's client reads an end.
    void end_answers_after_bytes(std::uint64_t n);
    /// Looks at what clients send, also across reads: "COMMIT" finds a COMMIT however it is cut up.
    /// Not empty.
    void cut_on_pattern(std::string bytes, Cut where);
    /// Takes back an armed cut.
    void disarm();

    /// Connections open now.
    int connections() const;
    /// Connections cut by an armed cut since the beginning; wait on it to know that it has fired.
    int cuts() const;
    std::uint64_t bytes_to_server() const;
    std::uint64_t bytes_to_clients() const;

private:
    class Loop;
    std::unique_ptr<Loop> loop_;
};

} // namespace calfleet::test_support
