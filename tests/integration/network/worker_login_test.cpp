// With which logins a worker starts, and which the database would not bind to companies.

#include "common/postgres/login.h"
#include "common/postgres/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/postgres/database.h"
#include "tests/support/process.h"

namespace calfleet::postgres {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

/// Roles belong to the server: made once, with the names of this test.
class WorkerLoginInPostgres : public PostgresTest {
protected:
    void prepare() override {
        database().migrate();
        static const bool made = [this] {
            // PostgreSQL 16 lets a membership say whether it inherits; before, the role says it.
            const bool says =
                database().ask("select current_setting('server_version_num')") >= "160000";
            const std::string inherits = says ? " with inherit true" : "";
            database().run(
                "create role w_super login superuser; create role w_bypass login bypassrls;"
                "create role w_member login; grant calfleet_worker to w_member;"
                "create role w_runtime login; grant calfleet_runtime to w_runtime" +
                inherits +
                ";"
                "create role w_enters login noinherit; grant calfleet_worker, calfleet_runtime to "
                "w_enters;"
                "create role w_operates login noinherit; grant calfleet_operator to w_operates;"
                "create role w_owns login noinherit; grant calfleet_owner to w_owns;"
                "create role w_becomes login noinherit; grant w_bypass to w_becomes;"
                "create role w_turned login; grant w_bypass to w_turned; alter role w_turned set "
                "role w_bypass;"
                "create role w_deep login; create role w_between; grant calfleet_runtime to "
                "w_between" +
                inherits + "; grant w_between to w_deep" + inherits
            );
            if (says)
                database().run("create role w_direct login noinherit; grant calfleet_runtime to "
                               "w_direct with inherit true");
            return true;
        }();
        (void)made;
    }
    Result<> connect(const std::string& role, LoginRule rule = LoginRule::Worker) const {
        Settings settings;
        settings.dsn = database().dsn(role);
        settings.login = rule;
        return Session(std::move(settings)).connect();
    }
};

TEST_F(WorkerLoginInPostgres, IsTakenFromWhomRowSecurityBinds) {
    for (const char* role : {"calfleet_worker", "w_member", "w_enters"}) {
        const Result<> connected = connect(role);
        EXPECT_TRUE(connected) << role << ": " << connected.error().message;
    }
}

TEST_F(WorkerLoginInPostgres, IsRefusedForEveryWayAroundRowSecurity) {
    std::vector<std::pair<std::string, std::string>> roles{
        {"postgres", "is a superuser"},
        {"w_super", "is a superuser"},
        {"w_bypass", "BYPASSRLS"},
        {"calfleet_operator", "is calfleet_operator"},
        {"w_operates", "calfleet_operator"},
        {"w_owns", "calfleet_owner"},
        {"w_runtime", "inherits calfleet_runtime"},
        {"w_deep", "inherits calfleet_runtime"},
        {"w_becomes", "may become"},
        {"w_turned", "BYPASSRLS"}};
    if (database().ask("select count(*) from pg_roles where rolname = 'w_direct'") == "1")
        roles.emplace_back("w_direct", "inherits calfleet_runtime");
    for (const auto& [role, words] : roles) {
        const Result<> connected = connect(role);
        ASSERT_FALSE(connected) << role;
        EXPECT_EQ(connected.error().kind, ErrorKind::Forbidden);
        EXPECT_THAT(connected.error().message, StartsWith(std::string(kLoginRefused))) << role;
        EXPECT_THAT(connected.error().message, HasSubstr(words)) << role;
    }
    EXPECT_TRUE(connect("postgres", LoginRule::Any)) << "operators and migrations";
}

TEST_F(WorkerLoginInPostgres, ThatIsRefusedEndsTheProgramAsABadConfiguration) {
    for (const char* role : {"postgres", "calfleet_operator"}) {
        test_support::Process relay(
            {.argv = {CALFLEET_BIN_DIR "/outbox-relay"},
             .environment =
                 {{"OUTBOX_RELAY_KAFKA_BROKERS", "127.0.0.1:1"},
                  {"OUTBOX_RELAY_POSTGRES_URL", database().dsn(role).reveal_for_use()},
                  {"OUTBOX_RELAY_HTTP_ADDRESS", "127.0.0.1"},
                  {"OUTBOX_RELAY_HTTP_PORT", "0"}}}
        );
        EXPECT_EQ(relay.wait_exit(60s), (test_support::Exit{78, 0})) << role;
        EXPECT_THAT(
            relay.text(test_support::Process::Stream::Output),
            testing::AllOf(HasSubstr("worker.misconfigured"), HasSubstr("this login is refused"))
        );
    }
}

} // namespace
} // namespace calfleet::postgres
