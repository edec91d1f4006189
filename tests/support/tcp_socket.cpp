#include "tests/support/tcp_socket.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace calfleet::test_support {

namespace {

constexpr int kBacklog = 128;
constexpr std::size_t kReadSize = 64 * 1024;

[[noreturn]] void throw_errno(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

void switch_on(int fd, int level, int option) {
    const int on = 1;
    ::setsockopt(fd, level, option, &on, sizeof on);
}

sockaddr_in address_of(const std::string& host, std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) {
        errno = EINVAL;
        throw_errno("not an IPv4 address: " + host);
    }
    return address;
}

bool would_block() {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

} // namespace

Socket& Socket::operator=(Socket&& other) noexcept {
    if (this != &other) {
        close();
        fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
}

void Socket::close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void Socket::reset() {
    if (fd_ < 0) return;
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
}

void Socket::stop_listening() {
    if (fd_ >= 0) ::shutdown(fd_, SHUT_RDWR);
    close();
}

Socket listen_on(std::uint16_t port) {
    Socket listener(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!listener.open()) throw_errno("socket");
    switch_on(listener.fd(), SOL_SOCKET, SO_REUSEADDR);
    const sockaddr_in address = address_of("127.0.0.1", port);
    if (::bind(listener.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw_errno("bind 127.0.0.1:" + std::to_string(port));
    if (::listen(listener.fd(), kBacklog) != 0) throw_errno("listen");
    return listener;
}

std::uint16_t port_of(const Socket& socket) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (::getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw_errno("getsockname");
    return ntohs(address.sin_port);
}

Socket accept_from(const Socket& listener) {
    Socket accepted(::accept4(listener.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (accepted.open()) switch_on(accepted.fd(), IPPROTO_TCP, TCP_NODELAY);
    return accepted;
}

Socket connect_to(const std::string& host, std::uint16_t port) {
    Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.open()) return socket;
    switch_on(socket.fd(), IPPROTO_TCP, TCP_NODELAY);
    const sockaddr_in address = address_of(host, port);
    const bool connected =
        ::connect(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    if (!connected && errno != EINPROGRESS) socket.close();
    return socket;
}

Pipe::Result Pipe::read(const Socket& from, std::string& bytes) {
    std::array<char, kReadSize> buffer;
    const ssize_t count = ::recv(from.fd(), buffer.data(), buffer.size(), 0);
    if (count == 0) return Result::Ended;
    if (count < 0) return would_block() ? Result::Fine : Result::Broken;
    bytes.assign(buffer.data(), static_cast<std::size_t>(count));
    return Result::Fine;
}

Pipe::Result Pipe::write(const Socket& to, Clock::time_point now) {
    while (due(now)) {
        std::string& bytes = chunks_.front().bytes;
        const ssize_t count = ::send(to.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count < 0) return would_block() ? Result::Fine : Result::Broken;
        if (static_cast<std::size_t>(count) < bytes.size()) {
            bytes.erase(0, static_cast<std::size_t>(count));
            return Result::Fine;
        }
        chunks_.pop_front();
    }
    return Result::Fine;
}

} // namespace calfleet::test_support
