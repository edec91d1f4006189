#include <gtest/gtest.h>

#include "tests/support/postgres_server.h"
#include "tests/support/requirements.h"

namespace calfleet::test_support {

namespace {

class PostgresServerTest : public testing::Test {
protected:
    void SetUp() override { REQUIRE_OR_SKIP("postgres", postgres_is_missing()); }
};

TEST_F(PostgresServerTest, AnswersAsSoonAsTheConstructorReturns) {
    const PostgresServer server;
    EXPECT_EQ(server.sql("select 1 + 1"), "2");
    EXPECT_EQ(server.sql("show server_encoding"), "UTF8");
}

TEST_F(PostgresServerTest, KeepsCommittedRowsThroughAnImmediateRestart) {
    PostgresServer server({.durability = Durability::Durable});
    server.sql("create table kept as select generate_series(1, 1000) as n");
    const pid_t before = server.pid();
    server.restart_immediate();
    EXPECT_NE(server.pid(), before);
    EXPECT_EQ(server.sql("select count(*) from kept"), "1000");
    EXPECT_NE(server.log().find("not properly shut down"), std::string::npos);
}

TEST_F(PostgresServerTest, IsDurableOnlyWhenAsked) {
    const PostgresServer durable({.durability = Durability::Durable});
    EXPECT_EQ(durable.sql("show fsync"), "on");
    EXPECT_EQ(durable.sql("show synchronous_commit"), "on");
    const PostgresServer quick;
    EXPECT_EQ(quick.sql("show fsync"), "off");
}

TEST_F(PostgresServerTest, TakesSettingsOfItsOwn) {
    const PostgresServer server({.settings = {"work_mem = 7MB"}});
    EXPECT_EQ(server.sql("show work_mem"), "7MB");
}

TEST_F(PostgresServerTest, NeverWritesParametersToItsLog) {
    const PostgresServer server;
    EXPECT_EQ(server.sql("show log_parameter_max_length"), "0");
}

TEST_F(PostgresServerTest, StopsAndStartsOnTheSamePort) {
    PostgresServer server;
    const auto port = server.port();
    server.stop();
    EXPECT_FALSE(server.running());
    server.start();
    EXPECT_EQ(server.port(), port);
    EXPECT_EQ(server.sql("select 1"), "1");
}

TEST_F(PostgresServerTest, LeavesNothingBehind) {
    std::filesystem::path directory;
    pid_t pid{};
    {
        const PostgresServer server;
        directory = server.directory();
        pid = server.pid();
    }
    EXPECT_FALSE(std::filesystem::exists(directory));
    EXPECT_NE(::kill(pid, 0), 0);
}

} // namespace

} // namespace calfleet::test_support
