#pragma once
// A TCP client that sends exactly the bytes it is given: what no polite HTTP library would send.

#include <cstdint>
#include <string>
#include <string_view>

namespace calfleet::http {

/// Connects to 127.0.0.1, from the loopback address named, and gives up a read after ten seconds.
class RawClient {
public:
    explicit RawClient(std::uint16_t port, const std::string& from = "127.0.0.1");
    ~RawClient();
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    void send(std::string_view bytes) const;
    /// From now on the system takes little for it that it does not read.
    void take_little() const;
    /// What comes until the end of one response header.
    std::string read_header();
    /// What comes until the server closes.
    std::string read_to_end();
    /// Exactly so many bytes, fewer when the server closes.
    std::string read_bytes(std::size_t count);

private:
    bool fill();
    int socket_{-1};
    std::string buffered_;
};

} // namespace calfleet::http
