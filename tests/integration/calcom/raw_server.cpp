#include "tests/integration/calcom/raw_server.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <stdexcept>
#include <system_error>

namespace calfleet::integration {
namespace {

using test_support::Socket;

constexpr std::chrono::seconds kPatience{10};

// True: the descriptor is ready. False: time is over, or the server ends.
bool wait_for(int fd, short events, int stop, std::chrono::milliseconds time) {
    std::array<pollfd, 2> polled{pollfd{fd, events, 0}, pollfd{stop, POLLIN, 0}};
    while (::poll(polled.data(), polled.size(), static_cast<int>(time.count())) < 0)
        if (errno != EINTR) return false;
    return polled[0].revents != 0 && polled[1].revents == 0;
}

// OpenSSL writes without MSG_NOSIGNAL. Blocked, the signal stays with the thread and ends with it.
void block_broken_pipes() {
    sigset_t broken_pipe;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
}

std::size_t content_length(std::string_view head) {
    static constexpr std::string_view kField = "Content-Length: ";
    const auto at = head.find(kField);
    std::size_t length = 0;
    if (at != std::string_view::npos)
        std::from_chars(head.data() + at + kField.size(), head.data() + head.size(), length);
    return length;
}

} // namespace

ServerTls server_tls(const test_support::CertificateFiles& files, int newest_version) {
    ServerTls context(SSL_CTX_new(TLS_server_method()));
    if (newest_version != 0) {
        // Debian's defaults know nothing older than TLS 1.2.
        SSL_CTX_set_security_level(context.get(), 0);
        SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
        SSL_CTX_set_max_proto_version(context.get(), newest_version);
    }
    const bool fine =
        SSL_CTX_use_certificate_file(context.get(), files.certificate.c_str(), SSL_FILETYPE_PEM) ==
            1 &&
        SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) == 1;
    if (!fine) throw std::runtime_error("the server's certificate cannot be used");
    return context;
}

bool Peer::accept_tls(SSL_CTX* context) {
    ssl_.reset(SSL_new(context));
    SSL_set_fd(ssl_.get(), socket_.fd());
    for (;;) {
        const int result = SSL_accept(ssl_.get());
        if (result == 1) return true;
        const int error = SSL_get_error(ssl_.get(), result);
        if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return false;
        const short events = error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
        if (!wait_for(socket_.fd(), events, server_.stop_read_.fd(), kPatience)) return false;
    }
}

bool Peer::fill() {
    std::array<char, 4096> bytes{};
    for (;;) {
        if (ssl_) {
            const int count = SSL_read(ssl_.get(), bytes.data(), bytes.size());
            if (count > 0)
                return buffered_.append(bytes.data(), static_cast<std::size_t>(count)), true;
            if (SSL_get_error(ssl_.get(), count) != SSL_ERROR_WANT_READ) return false;
        } else {
            const ssize_t count = ::recv(socket_.fd(), bytes.data(), bytes.size(), 0);
            if (count > 0)
                return buffered_.append(bytes.data(), static_cast<std::size_t>(count)), true;
            if (count == 0 || errno != EAGAIN) return false;
        }
        if (!wait_for(socket_.fd(), POLLIN, server_.stop_read_.fd(), kPatience)) return false;
    }
}

std::optional<std::string> Peer::read_request() {
    for (;;) {
        const auto end = buffered_.find("\r\n\r\n");
        if (end != std::string::npos) {
            const std::size_t size = end + 4 + content_length(buffered_.substr(0, end));
            if (buffered_.size() >= size) {
                std::string request = buffered_.substr(0, size);
                buffered_.erase(0, size);
                server_.count(request);
                return request;
            }
        }
        if (!fill()) return std::nullopt;
    }
}

bool Peer::send(std::string_view bytes) {
    while (!bytes.empty()) {
        ssize_t sent = 0;
        if (ssl_)
            sent = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
        else
            sent = ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
            continue;
        }
        const bool later =
            ssl_ ? SSL_get_error(ssl_.get(), static_cast<int>(sent)) == SSL_ERROR_WANT_WRITE
                 : errno == EAGAIN;
        if (!later || !wait_for(socket_.fd(), POLLOUT, server_.stop_read_.fd(), kPatience))
            return false;
    }
    return true;
}

bool Peer::closed_within(std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    std::array<char, 4096> bytes{};
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            end - std::chrono::steady_clock::now()
        );
        if (left.count() <= 0) return false;
        if (!wait_for(socket_.fd(), POLLIN, server_.stop_read_.fd(), left)) return false;
        const ssize_t count = ::recv(socket_.fd(), bytes.data(), bytes.size(), 0);
        if (count == 0 || (count < 0 && errno != EAGAIN)) return true;
        if (count > 0) buffered_.append(bytes.data(), static_cast<std::size_t>(count));
    }
}

void Peer::reset() {
    socket_.reset();
}

RawServer::RawServer(Script script, ServerTls tls)
    : script_(std::move(script))
    , tls_(std::move(tls))
    , listener_(test_support::listen_on(0))
    , port_(test_support::port_of(listener_)) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        throw std::system_error(errno, std::generic_category(), "pipe2");
    stop_read_ = Socket(ends[0]);
    stop_write_ = Socket(ends[1]);
    acceptor_ = std::thread([this] { listen(); });
}

RawServer::~RawServer() {
    // Readable for ever from now on: nobody waits any longer.
    stop_write_.close();
    acceptor_.join();
    for (std::thread& thread : threads_)
        thread.join();
}

void RawServer::listen() {
    while (wait_for(listener_.fd(), POLLIN, stop_read_.fd(), std::chrono::hours{1})) {
        Socket socket = test_support::accept_from(listener_);
        if (!socket.open()) continue;
        {
            const std::lock_guard lock(mutex_);
            ++connections_;
            most_open_ = std::max(most_open_, ++open_);
        }
        threads_.emplace_back([this, accepted = std::move(socket)]() mutable {
            serve(std::move(accepted));
        });
    }
}

void RawServer::serve(Socket socket) {
    block_broken_pipes();
    {
        Peer peer(*this, std::move(socket));
        if (!tls_ || peer.accept_tls(tls_.get())) script_(peer);
        if (peer.ssl_ && peer.socket_.open()) SSL_shutdown(peer.ssl_.get());
    }
    const std::lock_guard lock(mutex_);
    --open_;
}

void RawServer::count(std::string request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(request));
}

std::vector<std::string> RawServer::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

std::size_t RawServer::connections() const {
    const std::lock_guard lock(mutex_);
    return connections_;
}

std::size_t RawServer::open() const {
    const std::lock_guard lock(mutex_);
    return open_;
}

std::size_t RawServer::most_open() const {
    const std::lock_guard lock(mutex_);
    return most_open_;
}

std::string answer_of(std::string_view body, std::string_view more_headers) {
    return "HTTP/1.1 200 OK\r\n" + std::string(more_headers) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

} // namespace calfleet::integration
