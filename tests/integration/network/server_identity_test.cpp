// Whom a session talks to: a server that shows who it is, or nobody.

#include "common/postgres/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

#include <fstream>

#include "tests/integration/network/false_server.h"
#include "tests/integration/postgres/database.h"
#include "tests/support/certificates.h"

namespace calfleet::postgres {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

constexpr const char* kPassword = "hunter2";

const test_support::Certificates& certificates() {
    static auto* const made = new test_support::Certificates({"certified"});
    return *made;
}

/// A server of its own that takes nobody without TLS, made once.
class Guarded {
public:
    Guarded() {
        server_.sql("create role named login password 'hunter2'; create role certified login");
        give("ca.crt");
        server_.sql(
            "alter system set ssl_ca_file = '" + (server_.directory() / "ca.crt").string() + "'"
        );
        show("server");
        std::ofstream(server_.directory() / "data" / "pg_hba.conf")
            << "local all all trust\n"
               "host all postgres 127.0.0.1/32 trust\n" // who sets it up
               "hostssl all certified 127.0.0.1/32 cert\n"
               "hostssl all all 127.0.0.1/32 scram-sha-256\n";
        server_.sql("alter system set ssl = on");
        reload();
    }

    /// Shows this certificate from now on.
    void show(const std::string& name) {
        give(name + ".crt");
        give(name + ".key");
        const std::string file = server_.directory() / name;
        server_.sql("alter system set ssl_cert_file = '" + file + ".crt'");
        server_.sql("alter system set ssl_key_file = '" + file + ".key'");
        reload();
    }
    std::uint16_t port() const { return server_.port(); }

private:
    void give(const std::string& name) {
        const fs::path file = server_.directory() / name;
        fs::copy_file(certificates().path(name), file, fs::copy_options::overwrite_existing);
        if (const passwd* user = ::getpwnam("postgres"); ::geteuid() == 0 && user != nullptr)
            (void)::chown(file.c_str(), user->pw_uid, user->pw_gid);
        fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    }
    void reload() {
        const auto now = server_.sql("select pg_conf_load_time()");
        server_.sql("select pg_reload_conf()");
        test_support::eventually(std::chrono::seconds(20), [&] {
            return server_.sql("select pg_conf_load_time()") != now;
        });
    }
    test_support::PostgresServer server_;
};

class ServerIdentity : public testing::Test {
protected:
    void SetUp() override { REQUIRE_OR_SKIP("postgres", test_support::postgres_is_missing()); }
    static Guarded& guarded() {
        static auto* const server = new Guarded;
        return *server;
    }
    /// A name beyond this machine, and this machine's address, so that no resolver is needed.
    static std::string
    dsn(const std::string& host, std::uint16_t port, const std::string& more = "") {
        return "host=" + host + " hostaddr=127.0.0.1 port=" + std::to_string(port) +
               " user=named dbname=postgres password=" + kPassword + " " + more;
    }
    static Settings settings(const std::string& text, const std::string& ca = "ca.crt") {
        Settings made;
        made.dsn = Secret<std::string>(text);
        if (!ca.empty()) made.ca_file = certificates().path(ca);
        return made;
    }
    static Result<> connect(Settings made) { return Session(std::move(made)).connect(); }
    static void expect_refusal(const Result<>& connected, const std::string& words) {
        ASSERT_FALSE(connected) << "expected: " << words;
        EXPECT_EQ(connected.error().kind, ErrorKind::Forbidden) << connected.error().message;
        EXPECT_THAT(connected.error().message, AllOf(HasSubstr(words), Not(HasSubstr(kPassword))));
    }
};

TEST_F(ServerIdentity, IsVerifiedWithoutBeingAskedFor) {
    Session session(settings(dsn("db.example", guarded().port())));
    constexpr Statement kSecured{
        "test.secured", "select ssl from pg_stat_ssl where pid = pg_backend_pid()"};
    const auto rows = session.query(kSecured);
    ASSERT_TRUE(rows) << rows.error().message;
    EXPECT_TRUE((*rows)[0].boolean(0));
}

TEST_F(ServerIdentity, ThatIsAnothersIsRefusedAndSaidWhy) {
    expect_refusal(
        connect(settings(dsn("db.example", guarded().port()), "other-ca.crt")), "POSTGRES_CA_FILE"
    );
    expect_refusal(connect(settings(dsn("db.example", guarded().port()), "")), "POSTGRES_CA_FILE");
    expect_refusal(
        connect(settings(dsn("other.example", guarded().port()))), "does not match host name"
    );
    guarded().show("expired");
    expect_refusal(connect(settings(dsn("db.example", guarded().port()))), "expired");
    guarded().show("server");
    EXPECT_TRUE(connect(settings(dsn("db.example", guarded().port()))));
}

TEST_F(ServerIdentity, OfAServerWithoutTlsIsRefused) {
    expect_refusal(
        connect(settings(dsn("db.example", test_server().port()))), "does not support SSL"
    );
    EXPECT_TRUE(connect(settings(
        "host=db.example hostaddr=127.0.0.1 port=" + std::to_string(test_server().port()) +
        " user=postgres dbname=postgres sslmode=disable"
    )));
}

TEST_F(ServerIdentity, ThatIsFalseGetsNeitherPasswordNorUser) {
    FalseServer server;
    expect_refusal(connect(settings(dsn("db.example", server.port()))), "does not support SSL");
    EXPECT_THAT(server.heard(), AllOf(Not(HasSubstr(kPassword)), Not(HasSubstr("named"))));
    EXPECT_FALSE(server.heard().empty());
    // Also where the password contains what would ask for less.
    Settings tricky = settings(
        "postgresql://named:sslmode=disable?hunter2@db.example:" + std::to_string(server.port()) +
        "/postgres?hostaddr=127.0.0.1"
    );
    EXPECT_FALSE(connect(std::move(tricky)));
    EXPECT_THAT(server.heard(), Not(HasSubstr(kPassword)));

    EXPECT_FALSE(connect(settings(dsn("db.example", server.port(), "sslmode=disable"))));
    EXPECT_THAT(server.heard(), HasSubstr(kPassword)) << "asked for";
}

TEST_F(ServerIdentity, TakesACertificateForALogin) {
    const std::string mine =
        "host=db.example hostaddr=127.0.0.1 port=" + std::to_string(guarded().port()) +
        " user=certified dbname=postgres";
    const Result<> with = connect(settings(
        mine + " sslcert=" + certificates().path("certified.crt") +
        " sslkey=" + certificates().path("certified.key")
    ));
    EXPECT_TRUE(with) << with.error().message;
    expect_refusal(connect(settings(mine)), "certificate");
}

} // namespace
} // namespace calfleet::postgres
