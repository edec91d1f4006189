#include "tests/integration/network/false_server.h"

#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <string_view>

namespace calfleet::postgres {
namespace {

using test_support::Pipe;
using test_support::Socket;

constexpr std::string_view kTlsWanted{"\0\0\0\x08\x04\xd2\x16\x2f", 8};
constexpr std::string_view kGssWanted{"\0\0\0\x08\x04\xd2\x16\x30", 8};
/// AuthenticationCleartextPassword.
constexpr std::string_view kGivePassword{"R\0\0\0\x08\0\0\0\x03", 9};

bool readable(const Socket& socket) {
    pollfd one{.fd = socket.fd(), .events = POLLIN, .revents = 0};
    return ::poll(&one, 1, 50) > 0;
}

void say(const Socket& socket, std::string_view bytes) {
    (void)::send(socket.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

} // namespace

FalseServer::FalseServer()
    : listener_(test_support::listen_on(0))
    , port_(test_support::port_of(listener_))
    , thread_([this] { serve(); }) {}

FalseServer::~FalseServer() {
    ended_ = true;
    thread_.join();
}

std::string FalseServer::heard() const {
    std::lock_guard lock(mutex_);
    return heard_;
}

void FalseServer::serve() {
    while (!ended_) {
        if (!readable(listener_)) continue;
        const Socket client = test_support::accept_from(listener_);
        if (client.open()) converse(client);
    }
}

void FalseServer::converse(const Socket& client) {
    while (!ended_) {
        if (!readable(client)) continue;
        std::string bytes;
        if (Pipe::read(client, bytes) != Pipe::Result::Fine) return;
        {
            std::lock_guard lock(mutex_);
            heard_ += bytes;
        }
        const bool asks_for_encryption = bytes == kTlsWanted || bytes == kGssWanted;
        say(client, asks_for_encryption ? "N" : kGivePassword);
    }
}

} // namespace calfleet::postgres
