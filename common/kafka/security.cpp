#include "common/kafka/security.h"

#include "common/kafka/admin_calls.h"
#include "common/kafka/handles.h"

namespace calfleet::kafka {
namespace {

const char* protocol_of(Security security) {
    switch (security) {
    case Security::Loopback:
    case Security::Plaintext:
        return "plaintext";
    case Security::Tls:
        return "ssl";
    case Security::SaslPlaintext:
        return "sasl_plaintext";
    case Security::SaslTls:
        return "sasl_ssl";
    }
    return "";
}

const char* name_of(Mechanism mechanism) {
    switch (mechanism) {
    case Mechanism::Plain:
        return "PLAIN";
    case Mechanism::ScramSha256:
        return "SCRAM-SHA-256";
    case Mechanism::ScramSha512:
        return "SCRAM-SHA-512";
    case Mechanism::OAuthBearer:
        return "OAUTHBEARER";
    }
    return "";
}

} // namespace

bool fetches_tokens() {
    const std::unique_ptr<rd_kafka_conf_t, Call<rd_kafka_conf_destroy>> probe(rd_kafka_conf_new());
    char problem[512];
    return rd_kafka_conf_set(
               probe.get(), "sasl.oauthbearer.method", "oidc", problem, sizeof(problem)
           ) == RD_KAFKA_CONF_OK;
}

bool scram_suits_kafka_4() {
    return rd_kafka_version() >= 0x020601ff;
}

std::string library_version() {
    return rd_kafka_version_str();
}

Connection connection_of(const SecuritySettings& settings) {
    Connection connection;
    connection.only_loopback = settings.security == Security::Loopback;
    const auto set = [&](const char* name, const std::string& value) {
        if (!value.empty()) connection.properties[name] = Secret<std::string>(value);
    };
    set("security.protocol", protocol_of(settings.security));
    if (uses_tls(settings.security)) {
        // librdkafka < 2.0 did not compare the host's name unless told to.
        set("ssl.endpoint.identification.algorithm", "https");
        set("enable.ssl.certificate.verification", "true");
        set("ssl.ca.location", settings.ca_file);
        set("ssl.certificate.location", settings.certificate_file);
        set("ssl.key.location", settings.key_file);
        set("ssl.key.password", settings.key_password.reveal_for_use());
    }
    if (uses_sasl(settings.security)) {
        set("sasl.mechanisms", name_of(settings.mechanism));
        if (settings.mechanism == Mechanism::OAuthBearer) {
            set("sasl.oauthbearer.method", "oidc");
            set("sasl.oauthbearer.token.endpoint.url", settings.token.url);
            set("sasl.oauthbearer.client.id", settings.token.client_id);
            set("sasl.oauthbearer.client.secret", settings.token.client_secret.reveal_for_use());
            set("sasl.oauthbearer.scope", settings.token.scope);
        }
        set("sasl.username", settings.user);
        set("sasl.password", settings.password.reveal_for_use());
    }
    return connection;
}

Result<> try_out(const Connection& connection) {
    ClientOwner owner;
    ClientConfig config("", "calfleet-settings", connection, owner);
    const Result<rd_kafka_t*> made = config.make(RD_KAFKA_PRODUCER);
    if (!made) return made.error();
    const Client client(*made);
    return {};
}

} // namespace calfleet::kafka
