#pragma once
// Certificates made on the spot: a CA of the test's own, and what it or somebody else signs.

#include <openssl/ssl.h>

#include <filesystem>
#include <memory>
#include <string>

namespace calfleet::integration {

struct FreeOpenSsl {
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* ssl) const { SSL_free(ssl); }
};
template <class T>
using OpenSslHandle = std::unique_ptr<T, FreeOpenSsl>;

struct Identity {
    OpenSslHandle<EVP_PKEY> key;
    OpenSslHandle<X509> certificate;
};

/// What a server certificate says; valid from days_ago for days.
struct CertificateRequest {
    std::string name{"DNS:localhost"}; ///< "DNS:localhost", "IP:127.0.0.1"
    int valid_from_days{-1};
    int valid_to_days{1};
};

class CertificateAuthority {
public:
    CertificateAuthority();
    /// Signed by this authority.
    Identity issue(const CertificateRequest& request) const;
    /// The authority's certificate in PEM.
    void write(const std::filesystem::path& file) const;

private:
    Identity own_;
};

/// Signed by its own key only.
Identity self_signed(const CertificateRequest& request);

/// For a server with that certificate, of no newer TLS version than the one given (0: any).
OpenSslHandle<SSL_CTX> server_context(const Identity& identity, int newest_version = 0);

} // namespace calfleet::integration
