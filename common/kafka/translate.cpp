#include "common/kafka/translate.h"

#include <array>
#include <string>

namespace calfleet::kafka {

namespace {

ErrorKind kind_of(rd_kafka_resp_err_t code) {
    switch (code) {
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR__UNKNOWN_GROUP:
        return ErrorKind::NotFound;

    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR__NO_OFFSET:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
    case RD_KAFKA_RESP_ERR_INVALID_REQUEST:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
        return ErrorKind::Invalid;

    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
    case RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
        return ErrorKind::Forbidden;

    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
        return ErrorKind::Conflict;

    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR__FENCED:
    case RD_KAFKA_RESP_ERR__STATE:
    case RD_KAFKA_RESP_ERR__CONFLICT:
    case RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED:
    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION:
        return ErrorKind::Bug;

    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
        return ErrorKind::Timeout;

    // Everything else is a broker, a network or a group in motion: the same call may work later.
    default:
        return ErrorKind::Unavailable;
    }
}

bool is_missing_right(rd_kafka_resp_err_t code) {
    switch (code) {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
        return true;
    default:
        return false;
    }
}

/// Part of librdkafka's words -> what to look at. The first that fits is said.
struct Advice {
    std::string_view words;
    std::string_view advice;
};
constexpr std::array kAdvice{
    Advice{
        "Unsupported SASL mechanism",
        "the broker does not offer this mechanism: correct KAFKA_SASL_MECHANISM"},
    Advice{
        "SASL handshake failed",
        "the broker does not offer this mechanism: correct KAFKA_SASL_MECHANISM"},
    Advice{
        "connecting to a PLAINTEXT broker listener",
        "the listener at this port does not speak TLS: correct KAFKA_SECURITY or the port"},
    Advice{
        "connecting to a SSL listener",
        "the listener at this port speaks TLS or SASL: correct KAFKA_SECURITY or the port"},
    Advice{
        "incorrect security.protocol",
        "the listener at this port speaks TLS or SASL: correct KAFKA_SECURITY or the port"},
    Advice{
        "unexpected eof while reading",
        "the listener at this port does not seem to speak TLS: correct KAFKA_SECURITY or the port"},
    Advice{
        "wrong version number",
        "the listener at this port does not speak TLS: correct KAFKA_SECURITY or the port"},
    Advice{
        "OAUTHBEARER",
        "the token was not taken: look at the KAFKA_OIDC_ settings and at what the broker expects"},
    Advice{
        "Authentication failed",
        "user or password are wrong: correct KAFKA_SASL_USER or KAFKA_SASL_PASSWORD"},
    Advice{
        "SASL authentication error",
        "user or password are wrong: correct KAFKA_SASL_USER or KAFKA_SASL_PASSWORD"},
    Advice{
        "certificate required",
        "the broker asks for a client certificate: set KAFKA_CLIENT_CERTIFICATE_FILE"},
    Advice{
        "alert bad certificate",
        "the broker refuses the client certificate, or asks for one: correct "
        "KAFKA_CLIENT_CERTIFICATE_FILE"},
    Advice{
        "alert unknown ca",
        "the broker does not know who signed the client certificate: correct "
        "KAFKA_CLIENT_CERTIFICATE_FILE"},
    Advice{
        "alert certificate",
        "the broker refuses the client certificate: correct KAFKA_CLIENT_CERTIFICATE_FILE"},
    Advice{
        "could not be verified",
        "the broker's certificate is not signed by a trusted CA: correct KAFKA_CA_FILE"},
    Advice{
        "certificate verify failed",
        "the broker's certificate is not signed by a trusted CA: correct KAFKA_CA_FILE"},
    Advice{
        "Permission denied",
        "this address is beyond this machine, where nothing is sent unencrypted unless that is "
        "asked "
        "for: set KAFKA_SECURITY"},
};

// Before, librdkafka sent its nonce twice, which brokers of Kafka 4 refuse (librdkafka #4895).
constexpr int kScramOfKafka4 = 0x020601ff;
constexpr std::string_view kScramAdvice = "user or password are wrong: correct KAFKA_SASL_USER or "
                                          "KAFKA_SASL_PASSWORD. Or the brokers are "
                                          "Kafka 4, with which SCRAM needs librdkafka 2.6.1: use "
                                          "PLAIN over SASL_SSL, or client certificates";

// OpenSSL's X509_V_ERR_..., whose numbers are part of its interface.
constexpr int kNotYetValid = 9;
constexpr int kHasExpired = 10;
constexpr int kSelfSigned = 18;
constexpr int kSelfSignedInChain = 19;
constexpr int kNoIssuer = 20;
constexpr int kNoIssuerOfLeaf = 21;
constexpr int kRevoked = 23;
constexpr int kInvalidPurpose = 26;
constexpr int kHostMismatch = 62;
constexpr int kAddressMismatch = 64;

} // namespace

std::string right_on_topic(std::string_view operations, std::string_view topic) {
    return std::string(operations) + " on topic \"" + std::string(topic) + "\"";
}

std::string certificate_refusal(int code, std::string_view broker) {
    const std::string of = "the certificate of broker " + std::string(broker);
    switch (code) {
    case kNotYetValid:
        return of + " is not valid yet: compare the clocks";
    case kHasExpired:
        return of + " has expired, or that of a CA above it: have it replaced";
    case kSelfSigned:
    case kSelfSignedInChain:
    case kNoIssuer:
    case kNoIssuerOfLeaf:
        return of + " is not signed by a trusted CA: correct KAFKA_CA_FILE";
    case kRevoked:
        return of + " was revoked";
    case kInvalidPurpose:
        return of + " is not made for servers";
    case kHostMismatch:
    case kAddressMismatch:
        return of + " is for another host name: name the brokers in KAFKA_BROKERS as their "
                    "certificates do, and look at their advertised.listeners";
    default:
        return of + " was refused (OpenSSL's verification error " + std::to_string(code) + ")";
    }
}

std::string explained(std::string_view text, std::string_view certificate) {
    std::string whole(text);
    if (!certificate.empty() && text.find("certificate verify failed") != std::string_view::npos)
        return whole.append("; ").append(certificate);
    if (text.find("mechanism SCRAM-") != std::string_view::npos &&
        rd_kafka_version() < kScramOfKafka4)
        return whole.append("; ").append(kScramAdvice);
    for (const Advice& each : kAdvice)
        if (text.find(each.words) != std::string_view::npos)
            return whole.append("; ").append(each.advice);
    return whole;
}

Error translate(
    rd_kafka_resp_err_t code,
    std::string_view context,
    std::string_view detail,
    std::string_view right
) {
    std::string message(context);
    message += ": ";
    message += detail.empty() ? std::string_view(rd_kafka_err2str(code)) : detail;
    message += " (";
    message += rd_kafka_err2name(code);
    message += ')';
    if (is_missing_right(code) && !right.empty()) message.append("; needs ").append(right);
    return {kind_of(code), std::move(message)};
}

} // namespace calfleet::kafka
