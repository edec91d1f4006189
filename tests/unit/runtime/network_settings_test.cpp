#include "common/kafka/security.h"
#include "common/runtime/network_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/certificates.h"

namespace calfleet::runtime {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

constexpr const char* kHere = "127.0.0.1:9092";
constexpr const char* kElsewhere = "kafka-1.example:9093,kafka-2.example:9093";

const test_support::Certificates& certificates() {
    static const test_support::Certificates made({"host-mapper"});
    return made;
}

struct Read {
    std::vector<std::string> complaints;
    kafka::Connection connection;
    std::string property(const std::string& name) const {
        const auto found = connection.properties.find(name);
        return found == connection.properties.end() ? "" : found->second.reveal_for_use();
    }
};

Read read(const std::string& brokers, config::Environment variables) {
    config::Environment environment;
    for (auto& [name, value] : variables)
        environment["W_" + name] = value;
    config::Reader reader("w", "W_", std::move(environment));
    auto connection = read_kafka_connection(reader, brokers);
    return {reader.complaints(), std::move(connection)};
}

config::Environment scram(config::Environment more = {}) {
    more.insert( // what is given wins
        {{"KAFKA_SECURITY", "SASL_SSL"},
         {"KAFKA_SASL_USER", "host-mapper"},
         {"KAFKA_SASL_PASSWORD", "hunter2"},
         {"KAFKA_CA_FILE", certificates().path("ca.crt")}}
    );
    return more;
}

TEST(KafkaSettings, WithoutAnyReachThisMachineOnly) {
    const Read here = read(kHere, {});
    EXPECT_THAT(here.complaints, IsEmpty());
    EXPECT_TRUE(here.connection.only_loopback);
    EXPECT_THAT(
        read(kElsewhere, {}).complaints,
        ElementsAre(AllOf(HasSubstr("W_KAFKA_SECURITY is required"), HasSubstr("kafka-1.example")))
    );
    EXPECT_THAT(read("127.0.0.1:9092,kafka:9092", {}).complaints, Not(IsEmpty()));
    EXPECT_THAT(read("0.0.0.0:9092", {}).complaints, Not(IsEmpty()));
}

TEST(KafkaSettings, LetPlaintextBeAskedFor) {
    const Read asked = read(kElsewhere, {{"KAFKA_SECURITY", "PLAINTEXT"}});
    EXPECT_THAT(asked.complaints, IsEmpty());
    EXPECT_FALSE(asked.connection.only_loopback);
}

TEST(KafkaSettings, TakeEveryMechanism) {
    for (const char* mechanism : {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}) {
        const Read taken = read(kElsewhere, scram({{"KAFKA_SASL_MECHANISM", mechanism}}));
        EXPECT_THAT(taken.complaints, IsEmpty()) << mechanism;
        EXPECT_EQ(taken.property("security.protocol"), "sasl_ssl");
        EXPECT_EQ(taken.property("sasl.mechanisms"), mechanism);
        EXPECT_EQ(taken.property("sasl.username"), "host-mapper");
        EXPECT_EQ(taken.property("ssl.endpoint.identification.algorithm"), "https");
    }
    EXPECT_EQ(read(kElsewhere, scram()).property("sasl.mechanisms"), "SCRAM-SHA-512");
    const Read certificate = read(
        kElsewhere,
        {{"KAFKA_SECURITY", "SSL"},
         {"KAFKA_CLIENT_CERTIFICATE_FILE", certificates().path("host-mapper.crt")},
         {"KAFKA_CLIENT_KEY_FILE", certificates().path("host-mapper.key")}}
    );
    EXPECT_THAT(certificate.complaints, IsEmpty());
}

TEST(KafkaSettings, TakeThePasswordFromAFile) {
    const test_support::TemporaryDirectory directory("password");
    const std::string file = directory.path() / "password";
    std::ofstream(file) << "hunter2\n";
    auto variables = scram({{"KAFKA_SASL_PASSWORD_FILE", file}});
    variables.erase("KAFKA_SASL_PASSWORD");
    const Read taken = read(kElsewhere, variables);
    EXPECT_THAT(taken.complaints, IsEmpty());
    EXPECT_EQ(taken.property("sasl.password"), "hunter2");
}

TEST(KafkaSettings, NameEveryProblemAtOnce) {
    EXPECT_THAT(
        read(
            kElsewhere,
            {{"KAFKA_SECURITY", "SASL_SSL"},
             {"KAFKA_SASL_PASSWORD", "hunter2"},
             {"KAFKA_CA_FILE", "/absent/ca.pem"},
             {"KAFKA_CLIENT_KEY_FILE", certificates().path("ca.crt")},
             {"KAFKA_CLIENT_KEY_PASSWORD_FILE", "/absent/password"}}
        ).complaints,
        UnorderedElementsAre(
            HasSubstr("W_KAFKA_SASL_USER is required"),
            AllOf(HasSubstr("W_KAFKA_CA_FILE"), HasSubstr("does not exist")),
            AllOf(HasSubstr("W_KAFKA_CLIENT_KEY_FILE"), HasSubstr("without a private key")),
            HasSubstr("W_KAFKA_CLIENT_CERTIFICATE_FILE is required"),
            HasSubstr("W_KAFKA_CLIENT_KEY_PASSWORD_FILE names a file that cannot be read")
        )
    );
}

TEST(KafkaSettings, SayWhatHasNoEffect) {
    EXPECT_THAT(
        read(
            kHere,
            {{"KAFKA_SASL_USER", "u"},
             {"KAFKA_SASL_PASSWORD", "hunter2"},
             {"KAFKA_SASL_MECHANISM", "PLAIN"},
             {"KAFKA_CA_FILE", "/ca.pem"}}
        ).complaints,
        UnorderedElementsAre(
            HasSubstr("W_KAFKA_SASL_USER has no effect with KAFKA_SECURITY=loopback"),
            HasSubstr("W_KAFKA_SASL_PASSWORD has no effect"),
            HasSubstr("W_KAFKA_SASL_MECHANISM has no effect"),
            HasSubstr("W_KAFKA_CA_FILE has no effect")
        )
    );
    EXPECT_THAT(
        read(kElsewhere, scram({{"KAFKA_CLIENT_KEY_PASSWORD", "hunter2"}})).complaints,
        ElementsAre(HasSubstr("has no effect without KAFKA_CLIENT_KEY_FILE"))
    );
}

TEST(KafkaSettings, SendNoPasswordInClearBeyondThisMachine) {
    const config::Environment plain{
        {"KAFKA_SECURITY", "SASL_PLAINTEXT"},
        {"KAFKA_SASL_MECHANISM", "PLAIN"},
        {"KAFKA_SASL_USER", "u"},
        {"KAFKA_SASL_PASSWORD", "hunter2"}};
    EXPECT_THAT(read(kElsewhere, plain).complaints, ElementsAre(HasSubstr("unencrypted")));
    EXPECT_THAT(read(kHere, plain).complaints, IsEmpty());
    config::Environment hashed = plain;
    hashed["KAFKA_SASL_MECHANISM"] = "SCRAM-SHA-256";
    EXPECT_THAT(read(kElsewhere, hashed).complaints, IsEmpty());
}

TEST(KafkaSettings, TakeTokensWhereTheLibraryCanFetchThem) {
    const config::Environment token{
        {"KAFKA_SECURITY", "SASL_SSL"},
        {"KAFKA_SASL_MECHANISM", "OAUTHBEARER"},
        {"KAFKA_OIDC_TOKEN_URL", "https://login.example/token"},
        {"KAFKA_OIDC_CLIENT_ID", "host-mapper"},
        {"KAFKA_OIDC_CLIENT_SECRET", "hunter2"}};
    const Read taken = read(kElsewhere, token);
    EXPECT_EQ(taken.property("sasl.oauthbearer.method"), "oidc");
    if (kafka::fetches_tokens())
        EXPECT_THAT(taken.complaints, IsEmpty());
    else
        EXPECT_THAT(taken.complaints, ElementsAre(HasSubstr("built with libcurl")));
    config::Environment half = token;
    half.erase("KAFKA_OIDC_CLIENT_ID");
    half["KAFKA_SASL_USER"] = "u";
    EXPECT_THAT(
        read(kElsewhere, half).complaints,
        AllOf(
            Contains(HasSubstr("W_KAFKA_OIDC_CLIENT_ID is required")),
            Contains(HasSubstr("W_KAFKA_SASL_USER has no effect"))
        )
    );
    EXPECT_THAT(
        read(kElsewhere, scram({{"KAFKA_OIDC_SCOPE", "kafka"}})).complaints,
        ElementsAre(HasSubstr("W_KAFKA_OIDC_SCOPE has no effect"))
    );
}

TEST(KafkaSettings, FindAKeyThatDoesNotFitItsCertificate) {
    EXPECT_THAT(
        read(
            kElsewhere,
            {{"KAFKA_SECURITY", "SSL"},
             {"KAFKA_CLIENT_CERTIFICATE_FILE", certificates().path("host-mapper.crt")},
             {"KAFKA_CLIENT_KEY_FILE", certificates().path("server.key")}}
        ).complaints,
        ElementsAre(HasSubstr("W_KAFKA_SECURITY cannot be met"))
    );
}

TEST(KafkaSettings, RefuseFoldersAndForeignFilesForCertificates) {
    for (const std::string& path :
         {certificates().folder().string(),
          std::string("/dev/null"),
          certificates().path("ca.key")})
        EXPECT_THAT(
            read(kElsewhere, scram({{"KAFKA_CA_FILE", path}})).complaints,
            Contains(HasSubstr("W_KAFKA_CA_FILE names a file"))
        ) << path;
}

TEST(KafkaSettings, NeverRepeatASecret) {
    const std::string key =
        "-----BEGIN PRIVATE KEY-----MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIB";
    for (const config::Environment& slip :
         {config::Environment{
              {"KAFKA_SASL_MECHANISM", "hunter3"}, {"KAFKA_CLIENT_KEY_PASSWORD", "hunter2"}},
          config::Environment{
              {"KAFKA_CLIENT_KEY_FILE", key}, {"KAFKA_CLIENT_CERTIFICATE_FILE", key}},
          config::Environment{{"KAFKA_CA_FILE", "hunter2"}},
          config::Environment{{"KAFKA_CA_FILE", "a\n" + key}}}) {
        const auto complaints = read(kElsewhere, scram(slip)).complaints;
        EXPECT_THAT(complaints, Not(IsEmpty()));
        for (const std::string& complaint : complaints) {
            EXPECT_THAT(complaint, Not(HasSubstr("hunter2")));
            EXPECT_THAT(complaint, Not(HasSubstr("MIGHAgEA")));
        }
    }
}

TEST(PostgresSettings, NameAFileThatHoldsNoCertificate) {
    const auto complaints = [](const std::string& path) {
        config::Reader reader("w", "W_", {{"W_POSTGRES_CA_FILE", path}});
        (void)read_postgres_ca_file(reader);
        return reader.complaints();
    };
    EXPECT_THAT(complaints(certificates().path("ca.crt")), IsEmpty());
    EXPECT_THAT(complaints("/absent"), ElementsAre(HasSubstr("W_POSTGRES_CA_FILE")));
    EXPECT_THAT(complaints(certificates().path("ca.key")), ElementsAre(HasSubstr("certificate")));
}

} // namespace
} // namespace calfleet::runtime
