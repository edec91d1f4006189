#include "common/http/client_tls.h"

#include <boost/asio/ip/address.hpp>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>

namespace calfleet::http {
namespace {

int socket_of(BIO* bio) {
    return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

// OpenSSL's own socket BIO writes without MSG_NOSIGNAL: a server that hangs up would end us.
int write_socket(BIO* bio, const char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    const ssize_t sent =
        ::send(socket_of(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
    return static_cast<int>(sent);
}

int read_socket(BIO* bio, char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    const ssize_t count = ::recv(socket_of(bio), bytes, static_cast<std::size_t>(size), 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
    if (count == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    return static_cast<int>(count);
}

long control_socket(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_FLUSH) return 1;
    if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    return 0;
}

BIO_METHOD* make_socket_method() {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    if (method == nullptr) return nullptr;
    BIO_meth_set_write(method, write_socket);
    BIO_meth_set_read(method, read_socket);
    BIO_meth_set_ctrl(method, control_socket);
    return method;
}

BIO* socket_bio(int socket) {
    static const BIO_METHOD* const kMethod = make_socket_method();
    BIO* bio = kMethod == nullptr ? nullptr : BIO_new(kMethod);
    if (bio == nullptr) return nullptr;
    BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
    BIO_set_init(bio, 1);
    return bio;
}

bool is_address(const std::string& host) {
    boost::system::error_code error;
    boost::asio::ip::make_address(host, error);
    return !error;
}

// The name that the certificate must carry; SNI is for names only.
bool expect_host(SSL* ssl, const std::string& host) {
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (is_address(host))
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
    return SSL_set1_host(ssl, host.c_str()) == 1 &&
           SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

Result<> trust(SSL_CTX* context, const std::string& ca_file) {
    ERR_clear_error();
    if (ca_file.empty()) {
        if (SSL_CTX_set_default_verify_paths(context) == 1) return {};
        return invalid(
            "the system's certificates cannot be read: " + take_tls_error() +
            "; install ca-certificates or name a CA file"
        );
    }
    if (SSL_CTX_load_verify_file(context, ca_file.c_str()) == 1) return {};
    return invalid(
        "the CA file '" + ca_file + "' cannot be used: " + take_tls_error() +
        "; it must be readable and hold certificates in PEM"
    );
}

} // namespace

std::string take_tls_error() {
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    const char* words = code == 0 ? nullptr : ERR_reason_error_string(code);
    return words == nullptr ? "unknown" : words;
}

TlsContext::TlsContext(std::string host)
    : host_(std::move(host)) {}

Result<std::unique_ptr<TlsContext>>
TlsContext::create(std::string host, const std::string& ca_file) {
    std::unique_ptr<TlsContext> made(new TlsContext(std::move(host)));
    made->context_.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX* context = made->context_.get();
    if (context == nullptr) return unavailable("no TLS: " + take_tls_error());
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    // Thousands of calls wait for an answer at a time: none of them needs a buffer meanwhile.
    SSL_CTX_set_mode(
        context,
        SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
    );
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_session_cache_mode(
        context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE
    );
    SSL_CTX_set_app_data(context, made.get());
    SSL_CTX_sess_set_new_cb(context, keep_session);
    if (const Result<> trusted = trust(context, ca_file); !trusted) return trusted.error();
    return made;
}

int TlsContext::keep_session(SSL* ssl, SSL_SESSION* session) {
    auto* self = static_cast<TlsContext*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    if (SSL_get_verify_result(ssl) != X509_V_OK) return 0;
    self->session_.reset(session);
    return 1; // the reference is ours now
}

SslHandle TlsContext::connection(int socket) {
    ERR_clear_error();
    SslHandle ssl(SSL_new(context_.get()));
    BIO* bio = ssl ? socket_bio(socket) : nullptr;
    if (bio == nullptr) return nullptr;
    SSL_set_bio(ssl.get(), bio, bio);
    if (!expect_host(ssl.get(), host_)) return nullptr;
    if (session_ && SSL_SESSION_is_resumable(session_.get()) == 1)
        SSL_set_session(ssl.get(), session_.get());
    SSL_set_connect_state(ssl.get());
    return ssl;
}

} // namespace calfleet::http
