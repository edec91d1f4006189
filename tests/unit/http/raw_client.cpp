#include "tests/unit/http/raw_client.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace calfleet::http {

RawClient::RawClient(std::uint16_t port, const std::string& from)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    sockaddr_in own{};
    own.sin_family = AF_INET;
    if (::inet_pton(AF_INET, from.c_str(), &own.sin_addr) != 1 ||
        ::bind(socket_, reinterpret_cast<const sockaddr*>(&own), sizeof(own)) != 0)
        throw std::runtime_error("cannot send from " + from);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
        throw std::runtime_error("cannot connect to port " + std::to_string(port));
}

RawClient::~RawClient() {
    ::close(socket_);
}

void RawClient::send(std::string_view bytes) const {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return; // the server has closed: the test looks at what it said
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

void RawClient::take_little() const {
    const int bytes = 4096;
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

bool RawClient::fill() {
    std::array<char, 4096> bytes{};
    const ssize_t count = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (count < 0 && errno == EAGAIN) throw std::runtime_error("no answer within ten seconds");
    if (count <= 0) return false;
    buffered_.append(bytes.data(), static_cast<std::size_t>(count));
    return true;
}

std::string RawClient::read_header() {
    for (;;) {
        const auto end = buffered_.find("\r\n\r\n");
        if (end != std::string::npos) return read_bytes(end + 4);
        if (!fill()) return read_bytes(buffered_.size());
    }
}

std::string RawClient::read_to_end() {
    while (fill()) {
    }
    return read_bytes(buffered_.size());
}

std::string RawClient::read_bytes(std::size_t count) {
    while (buffered_.size() < count && fill()) {
    }
    std::string bytes = buffered_.substr(0, count);
    buffered_.erase(0, count);
    return bytes;
}

} // namespace calfleet::http
