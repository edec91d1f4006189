#pragma once
// The few socket calls of TcpGate, with their errors as values.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>

namespace calfleet::test_support {

/// A non-blocking socket, closed at the end.
class Socket {
public:
    Socket() = default;
    explicit Socket(int fd)
        : fd_(fd) {}
    ~Socket() { close(); }
    Socket(Socket&& other) noexcept
        : fd_(std::exchange(other.fd_, -1)) {}
    Socket& operator=(Socket&& other) noexcept;

    int fd() const { return fd_; }
    bool open() const { return fd_ >= 0; }
    void close();
    /// Closes with a reset instead of an orderly end, so that the other side sees an error at once.
    void reset();

    /// Closes a listening socket so that it refuses from now on, also while another thread polls it
    /// (which would keep it alive).
    void stop_listening();

private:
    int fd_{-1};
};

/// On 127.0.0.1; port 0 takes a free one. Throws std::system_error.
Socket listen_on(std::uint16_t port);
std::uint16_t port_of(const Socket& socket);
/// Not open when nobody was waiting.
Socket accept_from(const Socket& listener);
/// Under way when it returns; not open when it failed at once.
Socket connect_to(const std::string& host, std::uint16_t port);

/// Bytes on their way in one direction, each chunk not before its time.
class Pipe {
public:
    using Clock = std::chrono::steady_clock;
    enum class Result { Fine, Ended, Broken };

    /// Reads what is there into `bytes`; Ended at an orderly end.
    static Result read(const Socket& from, std::string& bytes);
    void push(std::string bytes, Clock::time_point due) {
        chunks_.push_back({std::move(bytes), due});
    }
    /// Writes what is due.
    Result write(const Socket& to, Clock::time_point now);

    bool empty() const { return chunks_.empty(); }
    bool due(Clock::time_point now) const { return !empty() && chunks_.front().due <= now; }
    Clock::time_point next() const { return chunks_.front().due; }
    /// So much on its way that the sender should feel it.
    bool full() const { return chunks_.size() >= kMostChunks; }

private:
    static constexpr std::size_t kMostChunks = 256;
    struct Chunk {
        std::string bytes{};
        Clock::time_point due{};
    };
    std::deque<Chunk> chunks_{};
};

} // namespace calfleet::test_support
