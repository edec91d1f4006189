#include "common/runtime/network_settings.h"

#include "common/core/loopback.h"
#include "common/core/redaction.h"
#include "common/core/text.h"
#include "common/kafka/security.h"

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace calfleet::runtime {
namespace {

using kafka::Mechanism;
using kafka::Security;

constexpr std::size_t kLargestPem = 4 * 1024 * 1024;
constexpr std::array<std::string_view, 4> kTlsSettings{
    "KAFKA_CA_FILE",
    "KAFKA_CLIENT_CERTIFICATE_FILE",
    "KAFKA_CLIENT_KEY_FILE",
    "KAFKA_CLIENT_KEY_PASSWORD"};
constexpr std::array<std::string_view, 4> kTokenSettings{
    "KAFKA_OIDC_TOKEN_URL", "KAFKA_OIDC_CLIENT_ID", "KAFKA_OIDC_CLIENT_SECRET", "KAFKA_OIDC_SCOPE"};
constexpr std::array<std::string_view, 2> kPasswordSettings{
    "KAFKA_SASL_USER", "KAFKA_SASL_PASSWORD"};

std::string name_in_settings(Security security) {
    switch (security) {
    case Security::Loopback:
        return "loopback";
    case Security::Plaintext:
        return "PLAINTEXT";
    case Security::Tls:
        return "SSL";
    case Security::SaslPlaintext:
        return "SASL_PLAINTEXT";
    case Security::SaslTls:
        return "SASL_SSL";
    }
    return "";
}

/// Complains when the file cannot be read or lacks what it must hold. An empty path is no file.
bool check_pem(
    config::Reader& reader,
    std::string_view name,
    const std::string& path,
    std::string_view holds,
    std::string_view what
) {
    if (path.empty()) return true;
    const auto complain = [&](const std::string& why) {
        reader.complain(name, "names a file " + why + ": " + shown_file_name(path));
        return false;
    };
    std::error_code failed;
    const auto status = std::filesystem::status(path, failed);
    if (!std::filesystem::exists(status)) return complain("that does not exist");
    if (!std::filesystem::is_regular_file(status)) return complain("that is no regular file");
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return complain("that cannot be read (" + std::generic_category().message(errno) + ")");
    std::string text(kLargestPem, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    const bool found = text.find(holds) != std::string::npos;
    wipe(text);
    return found || complain("without " + std::string(what) + " in PEM form");
}

constexpr std::string_view kCertificateBegins = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view kKeyBegins = "PRIVATE KEY-----";

kafka::SecuritySettings read_security(config::Reader& reader) {
    kafka::SecuritySettings settings;
    settings.security = reader.choice<Security>(
        "KAFKA_SECURITY",
        {.help = "how connections to the brokers are secured; loopback: plaintext, to this machine "
                 "only",
         .fallback = Security::Loopback,
         .choices =
             {{"loopback", Security::Loopback},
              {"PLAINTEXT", Security::Plaintext},
              {"SSL", Security::Tls},
              {"SASL_PLAINTEXT", Security::SaslPlaintext},
              {"SASL_SSL", Security::SaslTls}}}
    );
    settings.mechanism = reader.choice<Mechanism>(
        "KAFKA_SASL_MECHANISM",
        {.help = "how SASL logs in",
         .fallback = Mechanism::ScramSha512,
         .choices =
             {{"PLAIN", Mechanism::Plain},
              {"SCRAM-SHA-256", Mechanism::ScramSha256},
              {"SCRAM-SHA-512", Mechanism::ScramSha512},
              {"OAUTHBEARER", Mechanism::OAuthBearer}}}
    );
    settings.user = reader.text("KAFKA_SASL_USER", {.help = "user that SASL logs in"});
    settings.password = reader.secret("KAFKA_SASL_PASSWORD", {.help = "that user's password"});
    settings.ca_file = reader.text(
        "KAFKA_CA_FILE",
        {.help = "PEM file of the CAs that sign the brokers' certificates; unset: the system's"}
    );
    settings.certificate_file = reader.text(
        "KAFKA_CLIENT_CERTIFICATE_FILE",
        {.help = "PEM file of the certificate shown to the brokers, its chain included"}
    );
    settings.key_file =
        reader.text("KAFKA_CLIENT_KEY_FILE", {.help = "PEM file of that certificate's key"});
    settings.key_password = reader.secret(
        "KAFKA_CLIENT_KEY_PASSWORD", {.help = "password of that key, when it has one"}
    );
    settings.token = {
        .url = reader.text(
            "KAFKA_OIDC_TOKEN_URL",
            {.help =
                 "where OAUTHBEARER fetches tokens; needs a librdkafka built with libcurl, which "
                 "Debian 12's is not"}
        ),
        .client_id = reader.text("KAFKA_OIDC_CLIENT_ID", {.help = "client that fetches them"}),
        .client_secret =
            reader.secret("KAFKA_OIDC_CLIENT_SECRET", {.help = "that client's secret"}),
        .scope = reader.text("KAFKA_OIDC_SCOPE", {.help = "scope to ask for, when one is needed"})};
    return settings;
}

/// Complains of every setting of the list that was given.
template <std::size_t N>
bool none_is_set(
    config::Reader& reader, const std::array<std::string_view, N>& names, const std::string& why
) {
    bool none = true;
    for (const std::string_view name : names) {
        if (!reader.is_set(name)) continue;
        none = false;
        reader.complain(name, "has no effect " + why);
    }
    return none;
}

std::string without(Security security, std::string_view instead) {
    return "with KAFKA_SECURITY=" + name_in_settings(security) + ": set " + std::string(instead) +
           " there, or remove it";
}

bool required(config::Reader& reader, std::string_view name, bool given, std::string_view what) {
    // A secret's file that cannot be read was complained about already.
    if (given) return true;
    if (!reader.is_set(name)) reader.complain(name, "is required: " + std::string(what));
    return false;
}

bool check_password(config::Reader& reader, const kafka::SecuritySettings& settings) {
    bool good = none_is_set(
        reader, kTokenSettings, "without KAFKA_SASL_MECHANISM=OAUTHBEARER: set it, or remove this"
    );
    good &=
        required(reader, "KAFKA_SASL_USER", !settings.user.empty(), "the user that SASL logs in");
    good &= required(
        reader,
        "KAFKA_SASL_PASSWORD",
        !settings.password.reveal_for_use().empty(),
        "the password of KAFKA_SASL_USER; or name a file in KAFKA_SASL_PASSWORD_FILE"
    );
    return good;
}

bool check_token(config::Reader& reader, const kafka::SecuritySettings& settings) {
    bool good =
        none_is_set(reader, kPasswordSettings, "with KAFKA_SASL_MECHANISM=OAUTHBEARER: remove it");
    const auto& token = settings.token;
    good &= required(
        reader, "KAFKA_OIDC_TOKEN_URL", !token.url.empty(), "where OAUTHBEARER fetches tokens"
    );
    good &= required(
        reader, "KAFKA_OIDC_CLIENT_ID", !token.client_id.empty(), "the client that fetches them"
    );
    good &= required(
        reader,
        "KAFKA_OIDC_CLIENT_SECRET",
        !token.client_secret.reveal_for_use().empty(),
        "that client's secret; or name a file in KAFKA_OIDC_CLIENT_SECRET_FILE"
    );
    if (!kafka::fetches_tokens()) {
        reader.complain(
            "KAFKA_SASL_MECHANISM",
            "OAUTHBEARER needs a librdkafka built with libcurl, and this one (" +
                kafka::library_version() + ") is not: use SCRAM-SHA-512 or client certificates"
        );
        return false;
    }
    const bool encrypted = token.url.starts_with("https://");
    const bool here = token.url.starts_with("http://") &&
                      first_beyond_loopback(token.url.substr(0, token.url.find('/', 7))).empty();
    if (!token.url.empty() && !encrypted && !here) {
        reader.complain("KAFKA_OIDC_TOKEN_URL", "must begin with https:// beyond this machine");
        return false;
    }
    return good;
}

bool check_login(config::Reader& reader, const kafka::SecuritySettings& settings) {
    if (!uses_sasl(settings.security)) {
        const std::string why = without(settings.security, "SASL_SSL");
        const std::array<std::string_view, 1> mechanism{"KAFKA_SASL_MECHANISM"};
        bool good = none_is_set(reader, mechanism, why);
        good &= none_is_set(reader, kPasswordSettings, why);
        good &= none_is_set(reader, kTokenSettings, why);
        return good;
    }
    return settings.mechanism == Mechanism::OAuthBearer ? check_token(reader, settings)
                                                        : check_password(reader, settings);
}

bool check_files(config::Reader& reader, const kafka::SecuritySettings& settings) {
    if (!uses_tls(settings.security))
        return none_is_set(reader, kTlsSettings, without(settings.security, "SSL or SASL_SSL"));
    bool good =
        check_pem(reader, "KAFKA_CA_FILE", settings.ca_file, kCertificateBegins, "a certificate");
    good &= check_pem(
        reader,
        "KAFKA_CLIENT_CERTIFICATE_FILE",
        settings.certificate_file,
        kCertificateBegins,
        "a certificate"
    );
    good &=
        check_pem(reader, "KAFKA_CLIENT_KEY_FILE", settings.key_file, kKeyBegins, "a private key");
    if (!settings.certificate_file.empty())
        good &= required(
            reader,
            "KAFKA_CLIENT_KEY_FILE",
            !settings.key_file.empty(),
            "the key of KAFKA_CLIENT_CERTIFICATE_FILE"
        );
    if (!settings.key_file.empty())
        good &= required(
            reader,
            "KAFKA_CLIENT_CERTIFICATE_FILE",
            !settings.certificate_file.empty(),
            "the certificate of KAFKA_CLIENT_KEY_FILE"
        );
    if (settings.key_file.empty() && reader.is_set("KAFKA_CLIENT_KEY_PASSWORD")) {
        reader.complain("KAFKA_CLIENT_KEY_PASSWORD", "has no effect without KAFKA_CLIENT_KEY_FILE");
        good = false;
    }
    return good;
}

bool check_reach(
    config::Reader& reader, const kafka::SecuritySettings& settings, std::string_view brokers
) {
    const std::string beyond(first_beyond_loopback(brokers));
    if (beyond.empty()) return true;
    if (settings.security == Security::Loopback) {
        reader.complain(
            "KAFKA_SECURITY",
            "is required, because broker " + printable(beyond, 100) +
                " is beyond this machine: SASL_SSL or SSL; PLAINTEXT only where nobody else can "
                "read or write along"
        );
        return false;
    }
    if (settings.security == Security::SaslPlaintext && shows_secret(settings.mechanism)) {
        reader.complain(
            "KAFKA_SASL_MECHANISM",
            "would send the secret unencrypted to " + printable(beyond, 100) +
                ": use SASL_SSL, or a SCRAM mechanism"
        );
        return false;
    }
    return true;
}

} // namespace

kafka::Connection read_kafka_connection(config::Reader& reader, std::string_view brokers) {
    const kafka::SecuritySettings settings = read_security(reader);
    bool good = check_reach(reader, settings, brokers);
    good &= check_login(reader, settings);
    good &= check_files(reader, settings);
    kafka::Connection connection = connection_of(settings);
    if (!good || !uses_tls(settings.security)) return connection;
    if (const Result<> works = try_out(connection); !works)
        reader.complain("KAFKA_SECURITY", "cannot be met: " + works.error().message);
    return connection;
}

std::string read_postgres_ca_file(config::Reader& reader) {
    std::string path = reader.text(
        "POSTGRES_CA_FILE",
        {.help = "PEM file of the CAs that sign the database server's certificate; unset: what the "
                 "URL's sslrootcert names, else the system's"}
    );
    check_pem(reader, "POSTGRES_CA_FILE", path, kCertificateBegins, "a certificate");
    return path;
}

} // namespace calfleet::runtime
