#pragma once
// Certificates for a test, made when it runs: a good one, and the kinds that a client must refuse.

#include <filesystem>
#include <string>

namespace calfleet::test_support {

enum class Certificate {
    Good,       ///< for localhost and 127.0.0.1, by the authority, valid for a day
    OtherHost,  ///< for other.invalid
    Expired,    ///< since an hour
    SelfSigned, ///< for localhost, by nobody the client knows
};

/// Paths of PEM files.
struct CertificateFiles {
    std::filesystem::path authority{};   ///< what a client is to trust
    std::filesystem::path certificate{}; ///< for --tls-cert
    std::filesystem::path key{};         ///< for --tls-key
};

/// Writes three files whose names begin with `name` into the directory. Throws std::runtime_error.
CertificateFiles
make_certificate(const std::filesystem::path& directory, const std::string& name, Certificate kind);

} // namespace calfleet::test_support
