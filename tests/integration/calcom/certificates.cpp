#include "tests/integration/calcom/certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <cstdio>
#include <stdexcept>

namespace calfleet::integration {
namespace {

void require(bool fine, const char* what) {
    if (!fine) throw std::runtime_error(std::string("OpenSSL: ") + what);
}

void add_extension(X509* certificate, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    require(extension != nullptr, "extension");
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

Identity unsigned_identity(const std::string& common_name, int from_days, int to_days) {
    static std::atomic<long> serial{1};
    constexpr long kDay = 24L * 60 * 60;
    Identity made;
    made.key.reset(EVP_EC_gen("P-256"));
    made.certificate.reset(X509_new());
    require(made.key && made.certificate, "key");
    X509* certificate = made.certificate.get();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
    X509_gmtime_adj(X509_getm_notBefore(certificate), from_days * kDay);
    X509_gmtime_adj(X509_getm_notAfter(certificate), to_days * kDay);
    X509_set_pubkey(certificate, made.key.get());
    X509_NAME_add_entry_by_txt(
        X509_get_subject_name(certificate),
        "CN",
        MBSTRING_UTF8,
        reinterpret_cast<const unsigned char*>(common_name.c_str()),
        -1,
        -1,
        0
    );
    return made;
}

void sign(Identity& identity, const X509* issuer, EVP_PKEY* key) {
    X509_set_issuer_name(identity.certificate.get(), X509_get_subject_name(issuer));
    require(X509_sign(identity.certificate.get(), key, EVP_sha256()) > 0, "signature");
}

Identity server_identity(const CertificateRequest& request) {
    Identity made = unsigned_identity("a server", request.valid_from_days, request.valid_to_days);
    add_extension(made.certificate.get(), NID_subject_alt_name, request.name);
    return made;
}

} // namespace

CertificateAuthority::CertificateAuthority()
    : own_(unsigned_identity("a test's authority", -1, 1)) {
    add_extension(own_.certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
    add_extension(own_.certificate.get(), NID_key_usage, "critical,keyCertSign");
    sign(own_, own_.certificate.get(), own_.key.get());
}

Identity CertificateAuthority::issue(const CertificateRequest& request) const {
    Identity made = server_identity(request);
    sign(made, own_.certificate.get(), own_.key.get());
    return made;
}

void CertificateAuthority::write(const std::filesystem::path& file) const {
    std::FILE* out = std::fopen(file.c_str(), "w");
    require(out != nullptr && PEM_write_X509(out, own_.certificate.get()) == 1, "CA file");
    std::fclose(out);
}

Identity self_signed(const CertificateRequest& request) {
    Identity made = server_identity(request);
    sign(made, made.certificate.get(), made.key.get());
    return made;
}

OpenSslHandle<SSL_CTX> server_context(const Identity& identity, int newest_version) {
    OpenSslHandle<SSL_CTX> context(SSL_CTX_new(TLS_server_method()));
    require(context != nullptr, "context");
    if (newest_version != 0) {
        // Debian's defaults know nothing older than TLS 1.2.
        SSL_CTX_set_security_level(context.get(), 0);
        SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
        SSL_CTX_set_max_proto_version(context.get(), newest_version);
    }
    require(SSL_CTX_use_certificate(context.get(), identity.certificate.get()) == 1, "certificate");
    require(SSL_CTX_use_PrivateKey(context.get(), identity.key.get()) == 1, "key");
    return context;
}

} // namespace calfleet::integration
