#include "tests/calcom-sim/client/certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>
#include <stdexcept>

namespace calfleet::test_support {
namespace {

struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Paper = std::unique_ptr<X509, Free>;
using File = std::unique_ptr<std::FILE, Free>;

constexpr long kHour = 3600;

void must(bool good, const char* what) {
    if (!good) throw std::runtime_error(std::string("certificate: ") + what + " failed");
}

Key fresh_key() {
    Key key(EVP_EC_gen("P-256"));
    must(key != nullptr, "making a key");
    return key;
}

void extend(X509& paper, X509& issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, &issuer, &paper, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, Free> extension(
        X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str())
    );
    must(extension != nullptr && X509_add_ext(&paper, extension.get(), -1) == 1, "an extension");
}

Paper blank(const std::string& name, EVP_PKEY& key, long begins, long ends, long serial) {
    Paper paper(X509_new());
    must(paper != nullptr, "making a certificate");
    X509_set_version(paper.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(paper.get()), serial);
    X509_gmtime_adj(X509_getm_notBefore(paper.get()), begins);
    X509_gmtime_adj(X509_getm_notAfter(paper.get()), ends);
    X509_set_pubkey(paper.get(), &key);
    X509_NAME_add_entry_by_txt(
        X509_get_subject_name(paper.get()),
        "CN",
        MBSTRING_ASC,
        reinterpret_cast<const unsigned char*>(name.c_str()),
        -1,
        -1,
        0
    );
    return paper;
}

void sign(X509& paper, X509& issuer, EVP_PKEY& with) {
    X509_set_issuer_name(&paper, X509_get_subject_name(&issuer));
    must(X509_sign(&paper, &with, EVP_sha256()) > 0, "signing");
}

Paper authority(EVP_PKEY& key) {
    Paper paper = blank("calcom-sim test authority", key, -kHour, 24 * kHour, 1);
    extend(*paper, *paper, NID_basic_constraints, "critical,CA:TRUE");
    extend(*paper, *paper, NID_key_usage, "critical,keyCertSign,cRLSign");
    extend(*paper, *paper, NID_subject_key_identifier, "hash");
    sign(*paper, *paper, key);
    return paper;
}

File open_file(const std::filesystem::path& path) {
    File file(std::fopen(path.c_str(), "w"));
    must(file != nullptr, "writing a file");
    return file;
}

void write(const std::filesystem::path& path, X509& paper) {
    must(PEM_write_X509(open_file(path).get(), &paper) == 1, "writing a certificate");
}

} // namespace

CertificateFiles make_certificate(
    const std::filesystem::path& directory, const std::string& name, Certificate kind
) {
    const Key authority_key = fresh_key();
    const Paper issuer = authority(*authority_key);
    const Key key = fresh_key();
    const bool other = kind == Certificate::OtherHost;
    const bool expired = kind == Certificate::Expired;
    const Paper paper = blank(
        other ? "other.invalid" : "localhost",
        *key,
        expired ? -2 * kHour : -kHour,
        expired ? -kHour : 24 * kHour,
        2
    );
    extend(
        *paper,
        *issuer,
        NID_subject_alt_name,
        other ? "DNS:other.invalid" : "DNS:localhost,IP:127.0.0.1"
    );
    if (kind == Certificate::SelfSigned)
        sign(*paper, *paper, *key);
    else
        sign(*paper, *issuer, *authority_key);
    CertificateFiles files{
        .authority = directory / (name + "-authority.pem"),
        .certificate = directory / (name + ".pem"),
        .key = directory / (name + "-key.pem")};
    write(files.authority, *issuer);
    write(files.certificate, *paper);
    must(
        PEM_write_PrivateKey(
            open_file(files.key).get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr
        ) == 1,
        "writing a key"
    );
    return files;
}

} // namespace calfleet::test_support
