#include "common/http/client_transport.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace calfleet::http {
namespace {

constexpr std::size_t kMostAtOnce = 1 << 30; // sizes are int in OpenSSL

int limited(std::size_t size) {
    return static_cast<int>(std::min(size, kMostAtOnce));
}

} // namespace

bool Transport::start_tls(TlsContext& context) {
    ssl_ = context.connection(socket_.native_handle());
    return ssl_ != nullptr;
}

Moved Transport::broken(int system_error) {
    failed_ = true;
    trouble_ = std::generic_category().message(system_error);
    return {Move::Broken, 0};
}

Moved Transport::tls_result(int result) {
    const int system_error = errno;
    switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
        return {Move::WaitRead, 0};
    case SSL_ERROR_WANT_WRITE:
        return {Move::WaitWrite, 0};
    case SSL_ERROR_ZERO_RETURN:
        return {Move::Ended, 0};
    case SSL_ERROR_SYSCALL:
        if (system_error != 0) return broken(system_error);
        break;
    default:
        break;
    }
    failed_ = true;
    certificate_refused_ = SSL_get_verify_result(ssl_.get()) != X509_V_OK;
    if (certificate_refused_) {
        trouble_ = X509_verify_cert_error_string(SSL_get_verify_result(ssl_.get()));
        ERR_clear_error();
    } else {
        trouble_ = take_tls_error();
    }
    return {Move::Broken, 0};
}

Moved Transport::handshake() {
    ERR_clear_error();
    errno = 0;
    const int result = SSL_do_handshake(ssl_.get());
    return result == 1 ? Moved{Move::Done, 0} : tls_result(result);
}

Moved Transport::write(std::string_view bytes) {
    if (ssl_) {
        ERR_clear_error();
        errno = 0;
        const int result = SSL_write(ssl_.get(), bytes.data(), limited(bytes.size()));
        if (result > 0) return {Move::Done, static_cast<std::size_t>(result)};
        return tls_result(result);
    }
    const ssize_t sent =
        ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) return {Move::Done, static_cast<std::size_t>(sent)};
    if (errno == EAGAIN || errno == EINTR) return {Move::WaitWrite, 0};
    return broken(errno);
}

Moved Transport::read(char* into, std::size_t size) {
    if (ssl_) {
        ERR_clear_error();
        errno = 0;
        const int result = SSL_read(ssl_.get(), into, limited(size));
        if (result > 0) return {Move::Done, static_cast<std::size_t>(result)};
        return tls_result(result);
    }
    const ssize_t count = ::recv(socket_.native_handle(), into, size, MSG_DONTWAIT);
    if (count > 0) return {Move::Done, static_cast<std::size_t>(count)};
    if (count == 0) return {Move::Ended, 0};
    if (errno == EAGAIN || errno == EINTR) return {Move::WaitRead, 0};
    return broken(errno);
}

bool Transport::quiet() {
    if (!socket_.is_open() || failed_ || (ssl_ && SSL_has_pending(ssl_.get()) == 1)) return false;
    char byte = 0;
    const ssize_t count = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return count < 0 && errno == EAGAIN;
}

void Transport::finish() {
    if (socket_.is_open() && ssl_ && !failed_ && SSL_is_init_finished(ssl_.get()) == 1) {
        ERR_clear_error();
        SSL_shutdown(ssl_.get());
        ERR_clear_error();
    }
    close();
}

void Transport::abort() {
    if (!socket_.is_open()) return;
    boost::system::error_code ignored;
    socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
    close();
}

void Transport::close() {
    // OpenSSL forgets the session of a connection that ended without a word; ours is still good.
    if (ssl_) SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    boost::system::error_code ignored;
    socket_.close(ignored);
}

} // namespace calfleet::http
