// A real broker that speaks TLS, wants to know who comes, and allows only what its ACLs say.

#include "common/kafka/admin.h"
#include "common/kafka/grants.h"
#include "common/kafka/producer.h"
#include "common/kafka/security.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/integration/kafka/members.h"
#include "tests/support/certificates.h"
#include "tests/support/kafka_server.h"
#include "tests/support/postgres_server.h"
#include "tests/support/process.h"
#include "tests/support/requirements.h"

namespace calfleet::kafka {
namespace {

using test_support::eventually;
using test_support::Finished;
using test_support::Process;
using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kPassword = "hunter2";
constexpr std::array kPrograms{
    "event-type-importer",
    "host-mapper",
    "service-pusher",
    "team-syncer",
    "outbox-relay",
    "calfleet"};

std::string acl_file(const std::string& name) {
    return std::string(CALFLEET_SOURCE_DIR) + "/deploy/security/kafka/" + name + ".acl";
}

/// One broker and one database for all tests of this program.
class World {
public:
    World() {
        std::ofstream users(certificates_.path("users"));
        for (const char* user : {"admin", "nobody", "upstream", "reader", "looker"})
            users << user << ' ' << kPassword << '\n';
        for (const char* program : kPrograms)
            users << program << ' ' << kPassword << '\n';
        users.close();
        kafka_ = std::make_unique<test_support::KafkaServer>(test_support::KafkaOptions{
            .version = scram_suits_kafka_4() ? "" : "3.9.1", .secure = certificates_.folder()});
    }
    const test_support::Certificates& certificates() const { return certificates_; }
    const test_support::KafkaServer& kafka() const { return *kafka_; }

private:
    test_support::Certificates certificates_{{"certified", "stranger"}};
    std::unique_ptr<test_support::KafkaServer> kafka_;
};

class KafkaSecurity : public testing::Test {
protected:
    void SetUp() override { REQUIRE_OR_SKIP("kafka", test_support::kafka_is_missing()); }
    static World& world() {
        static auto* const made = new World; // dies with the program
        return *made;
    }
    static SecuritySettings scram(const std::string& user) {
        return {
            .security = Security::SaslTls,
            .mechanism = Mechanism::ScramSha512,
            .user = user,
            .password = Secret<std::string>(kPassword),
            .ca_file = world().certificates().path("ca.crt")};
    }
    static SecuritySettings certificate(const std::string& name) {
        return {
            .security = Security::Tls,
            .ca_file = world().certificates().path("ca.crt"),
            .certificate_file = world().certificates().path(name + ".crt"),
            .key_file = world().certificates().path(name + ".key")};
    }
    static std::unique_ptr<Admin> admin(const std::string& brokers, const SecuritySettings& as) {
        auto made = Admin::create(brokers, "test", connection_of(as));
        EXPECT_TRUE(made) << made.error().message;
        return std::move(*made);
    }
    static std::unique_ptr<Admin> admin() {
        return admin(world().kafka().sasl_ssl(), scram("admin"));
    }
    static void make_topic(const std::string& topic) {
        const auto made = admin()->apply({.name = topic, .partitions = 1}, 30s);
        ASSERT_TRUE(made) << made.error().message;
    }
    static void allow(const std::string& user, const std::string& lines) {
        const Result<> done = grant(
            world().kafka().sasl_ssl(),
            connection_of(scram("admin")),
            "User:" + user,
            parse_grants(lines).value(),
            30s
        );
        ASSERT_TRUE(done) << done.error().message;
    }
    static std::string
    failure_of(const std::string& brokers, const SecuritySettings& as, const std::string& words) {
        const auto asking = admin(brokers, as);
        std::string said;
        eventually(30s, [&] {
            const auto answer = asking->describe({}, 1500ms);
            said = answer ? "no failure" : answer.error().message;
            return said.find(words) != std::string::npos;
        });
        return said;
    }
};

TEST_F(KafkaSecurity, LetsEveryMechanismIn) {
    for (const Mechanism mechanism :
         {Mechanism::Plain, Mechanism::ScramSha256, Mechanism::ScramSha512}) {
        SecuritySettings as = scram("admin");
        as.mechanism = mechanism;
        const auto found = admin(world().kafka().sasl_ssl(), as)->describe({}, 30s);
        EXPECT_TRUE(found) << found.error().message;
    }
    const auto found = admin(world().kafka().ssl(), certificate("certified"))->describe({}, 30s);
    EXPECT_TRUE(found) << found.error().message;
}

TEST_F(KafkaSecurity, SaysWhatIsWrongWithAConnection) {
    const std::string sasl = world().kafka().sasl_ssl();
    SecuritySettings wrong = scram("admin");
    wrong.password = Secret<std::string>("hunter3");
    EXPECT_THAT(failure_of(sasl, wrong, "KAFKA_SASL_PASSWORD"), HasSubstr("KAFKA_SASL_PASSWORD"));
    EXPECT_THAT(
        failure_of(sasl, scram("stranger"), "KAFKA_SASL_USER"), HasSubstr("KAFKA_SASL_USER")
    );
    wrong = scram("admin");
    wrong.ca_file = world().certificates().path("other-ca.crt");
    EXPECT_THAT(failure_of(sasl, wrong, "KAFKA_CA_FILE"), HasSubstr("KAFKA_CA_FILE"));
    const std::string by_name = "localhost" + sasl.substr(sasl.find(':'));
    EXPECT_THAT(
        failure_of(by_name, scram("admin"), "another host name"), HasSubstr("another host name")
    );
    EXPECT_THAT(
        failure_of(world().kafka().bootstrap(), scram("admin"), "KAFKA_SECURITY"),
        HasSubstr("KAFKA_SECURITY")
    );
    EXPECT_THAT(
        failure_of(sasl, {.security = Security::Plaintext}, "KAFKA_SECURITY"),
        HasSubstr("KAFKA_SECURITY")
    );
    SecuritySettings without = certificate("certified");
    without.certificate_file.clear();
    without.key_file.clear();
    EXPECT_THAT(
        failure_of(world().kafka().ssl(), without, "KAFKA_CLIENT_CERTIFICATE_FILE"),
        HasSubstr("KAFKA_CLIENT_CERTIFICATE_FILE")
    );
}

TEST_F(KafkaSecurity, KeepsAPlaintextClientThatMayNotLeaveTheMachineAtHome) {
    EXPECT_TRUE(
        admin(world().kafka().bootstrap(), {.security = Security::Loopback})->describe({}, 30s)
    );
    // 0.0.0.0 reaches this machine, too, but nobody has said that it always will.
    const std::string outside =
        "0.0.0.0" + world().kafka().bootstrap().substr(world().kafka().bootstrap().find(':'));
    EXPECT_THAT(
        failure_of(outside, {.security = Security::Loopback}, "beyond this machine"),
        HasSubstr("beyond this machine")
    );
}

TEST_F(KafkaSecurity, NamesTheRightThatAConsumerLacksAndGoesOnOnceItIsThere) {
    const std::string topic = "consumed";
    make_topic(topic);
    ConsumerSettings settings = consumer_settings(world().kafka().sasl_ssl(), topic, "member");
    settings.session_timeout = 10s;
    settings.connection = connection_of(scram("reader"));
    KeptPositions listener;
    auto reader = consumer(settings, listener);
    std::vector<std::string> errors;
    int seen = 0;
    PollLoop loop{.members = {reader.get()}};
    loop.on_error = [&](Consumer&, const Error& error) { errors.push_back(error.message); };
    loop.on_message = [&](Consumer&, const Message&) { ++seen; };
    const auto says = [&](const std::string& words) {
        return std::any_of(errors.begin(), errors.end(), [&](const std::string& error) {
            return error.find(words) != std::string::npos;
        });
    };
    EXPECT_TRUE(loop.until([&] { return says("needs READ on topic \"consumed\""); }, 60s))
        << testing::PrintToString(errors);
    EXPECT_THAT(reader->trouble(), HasSubstr("topic \"consumed\""));

    allow("reader", "DESCRIBE topic consumed");
    EXPECT_TRUE(loop.until([&] { return says("needs READ on group \"group-of-consumed\""); }, 60s))
        << testing::PrintToString(errors);

    errors.clear();
    allow("reader", "READ group group-of-consumed");
    EXPECT_TRUE(loop.until([&] { return reader->joined(); }, 60s))
        << testing::PrintToString(errors);
    EXPECT_TRUE(loop.until([&] { return says("needs READ on topic \"consumed\""); }, 60s))
        << "may see it, may not read it: " << testing::PrintToString(errors);

    allow("reader", "READ topic consumed");
    publish(world().kafka().bootstrap(), {{.topic = topic, .value = "v"}});
    EXPECT_TRUE(loop.until([&] { return seen == 1; }, 60s)) << testing::PrintToString(errors);
    EXPECT_EQ(reader->trouble(), "");
}

TEST_F(KafkaSecurity, NamesTheRightThatOthersLack) {
    make_topic("written");
    auto sender = producer(
        {.brokers = world().kafka().sasl_ssl(),
         .client_id = "test",
         .message_timeout = 20s,
         .connection = connection_of(scram("nobody"))}
    );
    std::optional<Result<Delivered>> report;
    ASSERT_TRUE(sender->send({.topic = "written", .value = "v"}, [&](const auto& result) {
        report = result;
    }));
    EXPECT_TRUE(eventually(60s, [&] {
        sender->poll(100ms);
        return report.has_value();
    }));
    ASSERT_TRUE(report && !*report);
    EXPECT_THAT(report->error().message, HasSubstr("needs "));
    EXPECT_THAT(report->error().message, HasSubstr("WRITE on "));

    const auto nobody = admin(world().kafka().sasl_ssl(), scram("nobody"));
    const auto made = nobody->apply({.name = "new", .partitions = 1}, 30s);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().kind, ErrorKind::Forbidden);
    EXPECT_THAT(made.error().message, HasSubstr("needs CREATE on topic \"new\""));
    const Result<> granted = grant(
        world().kafka().sasl_ssl(),
        connection_of(scram("nobody")),
        "User:nobody",
        parse_grants("ALL topic written").value(),
        30s
    );
    ASSERT_FALSE(granted);
    EXPECT_THAT(granted.error().message, HasSubstr("needs ALTER on the cluster"));
}

/// The programs with the rights of deploy/security, and nothing else.
class ProgramsWithTheirRights : public KafkaSecurity {
protected:
    void SetUp() override {
        KafkaSecurity::SetUp();
        REQUIRE_OR_SKIP("postgres", test_support::postgres_is_missing());
    }
    static test_support::PostgresServer& postgres() {
        static auto* const server = new test_support::PostgresServer;
        return *server;
    }
    static std::map<std::string, std::string>
    network(const std::string& prefix, const std::string& user) {
        return {
            {prefix + "KAFKA_BROKERS", world().kafka().sasl_ssl()},
            {prefix + "KAFKA_SECURITY", "SASL_SSL"},
            {prefix + "KAFKA_SASL_USER", user},
            {prefix + "KAFKA_SASL_PASSWORD", kPassword},
            {prefix + "KAFKA_CA_FILE", world().certificates().path("ca.crt")}};
    }
    static Finished cli(std::vector<std::string> words, const std::string& user = "calfleet") {
        words.insert(words.begin(), CALFLEET_BIN_DIR "/calfleet");
        auto environment = network("CALFLEET_", user);
        environment["CALFLEET_POSTGRES_URL"] = postgres().dsn("calfleet_operator");
        environment["CALFLEET_ADMIN_URL"] = postgres().dsn();
        return test_support::run(
            {.argv = std::move(words), .environment = std::move(environment)}, 120s
        );
    }
    std::unique_ptr<Process> start(
        const std::string& program,
        const std::string& prefix,
        const std::map<std::string, std::string>& instead = {}
    ) {
        auto environment = network(prefix, program);
        for (const auto& [name, value] : instead)
            environment[name] = value;
        environment[prefix + "POSTGRES_URL"] = postgres().dsn("calfleet_worker");
        environment[prefix + "HTTP_ADDRESS"] = "127.0.0.1";
        environment[prefix + "HTTP_PORT"] = "0";
        return std::make_unique<Process>(test_support::ProcessOptions{
            .argv = {std::string(CALFLEET_BIN_DIR "/") + program},
            .environment = std::move(environment),
            .directory = directory_.path(),
            .name = program});
    }
    test_support::TemporaryDirectory directory_{"programs"};
};

TEST_F(ProgramsWithTheirRights, DoTheirWork) {
    ASSERT_EQ(
        cli({"migrate", "--migrations", std::string(CALFLEET_SOURCE_DIR) + "/migrations"})
            .exit.code,
        0
    );
    // Before anything is allowed, the command line says what it needs.
    const Finished refused = cli({"topics", "apply", "--partitions", "2"});
    EXPECT_EQ(refused.exit.code, 1);
    EXPECT_THAT(refused.err, HasSubstr("needs CREATE on topic"));

    for (const char* program : kPrograms) {
        const Finished granted = cli({"topics", "grant", acl_file(program)}, "admin");
        ASSERT_EQ(granted.exit.code, 0) << program << granted.err;
    }
    const Finished topics = cli({"topics", "apply", "--partitions", "2"});
    ASSERT_EQ(topics.exit.code, 0) << topics.err;
    const Finished company = cli({"company", "add", "Nordlicht"});
    ASSERT_EQ(company.exit.code, 0) << company.err;

    auto mapper = start("host-mapper", "HOST_MAPPER_");
    auto relay = start("outbox-relay", "OUTBOX_RELAY_");
    ASSERT_TRUE(mapper->wait_for_line("partitions\\.assigned", 60s))
        << mapper->text(Process::Stream::Output);

    // What upstream says reaches host-mapper; what host-mapper cannot use reaches its letters.
    const std::string data = directory_.path() / "event.json";
    std::ofstream(data) << "{}";
    const std::vector<std::string> event{
        "publish", "--topic", "booking-created", "--company", "1", "--key", "k", "--file", data};
    const Finished stranger = cli(event, "upstream");
    EXPECT_NE(stranger.exit.code, 0);
    EXPECT_THAT(stranger.err, HasSubstr("WRITE on topic \"booking-created\""));
    ASSERT_EQ(
        cli({"topics", "grant", acl_file("upstream"), "--principal", "User:upstream"}, "admin")
            .exit.code,
        0
    );
    EXPECT_TRUE(eventually(60s, [&] { return cli(event, "upstream").exit.code == 0; }));
    const auto letters = [] {
        int count = 0;
        (void)admin()->read_all("host-mapper.dlq", 10s, [&](const Message&) {
            return ++count > 0;
        });
        return count;
    };
    EXPECT_TRUE(eventually(90s, [&] { return letters() > 0; }))
        << mapper->text(Process::Stream::Output) << relay->text(Process::Stream::Output);
    const Finished shown =
        cli({"event", "show", "--topic", "host-mapper.dlq", "--partition", "0", "--offset", "0"});
    EXPECT_THAT(shown.err, testing::Not(HasSubstr("needs READ"))) << "the right to look is there";
    EXPECT_EQ(mapper->stop(45s), (test_support::Exit{0, 0}));
    EXPECT_EQ(relay->stop(45s), (test_support::Exit{0, 0}));
}

/// With an empty outbox, too, a relay says that the brokers would take nothing from it.
TEST_F(ProgramsWithTheirRights, AnIdleRelayThatCannotPublishIsNotReady) {
    ASSERT_EQ(
        cli({"migrate", "--migrations", std::string(CALFLEET_SOURCE_DIR) + "/migrations"})
            .exit.code,
        0
    );
    make_topic("seen-by-somebody");
    const auto says = [&](const std::map<std::string, std::string>& instead,
                          const std::string& words) {
        const auto relay = start("outbox-relay", "OUTBOX_RELAY_", instead);
        EXPECT_TRUE(relay->wait_for_line(words, 60s)) << relay->text(Process::Stream::Output);
        EXPECT_EQ(relay->stop(45s), (test_support::Exit{0, 0}));
    };
    says({{"OUTBOX_RELAY_KAFKA_SASL_PASSWORD", "hunter3"}}, "relay\\.waiting.*KAFKA_SASL_PASSWORD");
    says(
        {{"OUTBOX_RELAY_KAFKA_CA_FILE", world().certificates().path("other-ca.crt")}},
        "relay\\.waiting.*KAFKA_CA_FILE"
    );
    says({{"OUTBOX_RELAY_KAFKA_SASL_USER", "nobody"}}, "relay\\.waiting.*calfleet topics apply");
    allow("looker", "DESCRIBE topic seen-by-somebody");
    says(
        {{"OUTBOX_RELAY_KAFKA_SASL_USER", "looker"}}, "relay\\.waiting.*needs WRITE on its topics"
    );
}

} // namespace
} // namespace calfleet::kafka
