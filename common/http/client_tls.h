#pragma once
// What all TLS connections to one server share: whom we trust, and the last session, which makes
// the next handshake short.

#include "common/core/result.h"

#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace calfleet::http {

struct FreeSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
using SslHandle = std::unique_ptr<SSL, FreeSsl>;

/// TLS 1.2 or newer; chain and host are verified, always. One thread. A session is only kept after
/// its server was verified, so that resuming one skips nothing.
class TlsContext {
public:
    /// ca_file: PEM; empty: the system's. Error Invalid: it cannot be used.
    static Result<std::unique_ptr<TlsContext>> create(std::string host, const std::string& ca_file);

    /// Ready for a handshake over the socket, which must be non-blocking and outlive it; null
    /// without memory. No SIGPIPE.
    SslHandle connection(int socket);

private:
    explicit TlsContext(std::string host);
    static int keep_session(SSL* ssl, SSL_SESSION* session);

    std::string host_;
    std::unique_ptr<SSL_CTX, FreeSsl> context_;
    std::unique_ptr<SSL_SESSION, FreeSsl> session_;
};

/// The oldest error of this thread in OpenSSL's words, "unknown" without one; empties the list.
std::string take_tls_error();

} // namespace calfleet::http
