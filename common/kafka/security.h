#pragma once
// How a connection to the brokers is encrypted, and who we are to them.

#include "common/core/result.h"
#include "common/core/secret.h"
#include "common/kafka/connection.h"

#include <string>

namespace calfleet::kafka {

/// Loopback: plaintext, and to this machine only.
enum class Security { Loopback, Plaintext, Tls, SaslPlaintext, SaslTls };

enum class Mechanism { Plain, ScramSha256, ScramSha512, OAuthBearer };

constexpr bool uses_tls(Security security) {
    return security == Security::Tls || security == Security::SaslTls;
}
constexpr bool uses_sasl(Security security) {
    return security == Security::SaslPlaintext || security == Security::SaslTls;
}
/// The mechanism shows the secret itself, so that whoever reads along has it.
constexpr bool shows_secret(Mechanism mechanism) {
    return mechanism == Mechanism::Plain || mechanism == Mechanism::OAuthBearer;
}

/// Where OAUTHBEARER gets its tokens (OIDC, client credentials).
struct TokenSettings {
    std::string url{};
    std::string client_id{};
    Secret<std::string> client_secret{};
    std::string scope{};
};

struct SecuritySettings {
    Security security{Security::Loopback};
    Mechanism mechanism{Mechanism::ScramSha512};
    std::string user{};
    Secret<std::string> password{};
    std::string ca_file{}; ///< PEM; empty: the system's certificates
    std::string certificate_file{};
    std::string key_file{};
    Secret<std::string> key_password{};
    TokenSettings token{};
};

/// Whether this librdkafka can fetch tokens: built with libcurl, which Debian 12's (2.0.2) is not.
bool fetches_tokens();
/// Whether SCRAM works with brokers of Kafka 4: before 2.6.1 they refuse every password.
bool scram_suits_kafka_4();
/// "2.0.2".
std::string library_version();

/// With TLS a broker's certificate must be signed by a trusted CA and name the host that was
/// connected to; there is no setting for less.
Connection connection_of(const SecuritySettings& settings);

/// Has librdkafka open every file and fit key and certificate together, without connecting. Error
/// Invalid says what does not work.
Result<> try_out(const Connection& connection);

} // namespace calfleet::kafka
