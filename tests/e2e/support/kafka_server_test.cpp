#include <gtest/gtest.h>

#include <chrono>
#include <regex>

#include "tests/support/kafka_server.h"
#include "tests/support/process.h"
#include "tests/support/requirements.h"

namespace calfleet::test_support {

namespace {

using std::chrono::seconds;

class KafkaServerTest : public testing::Test {
protected:
    void SetUp() override { REQUIRE_OR_SKIP("kafka", kafka_is_missing()); }
};

/// How many brokers the cluster at this address says it has; 0 when it does not answer.
int brokers_at(const std::string& bootstrap) {
    const Finished done = run({.argv = {"kcat", "-b", bootstrap, "-L", "-m", "5"}}, seconds(10));
    std::smatch found;
    const bool answered = std::regex_search(done.out, found, std::regex(R"((\d+) brokers:)"));
    return answered ? std::stoi(found[1]) : 0;
}

TEST_F(KafkaServerTest, AnswersAsSoonAsTheConstructorReturns) {
    const KafkaServer server;
    EXPECT_EQ(brokers_at(server.bootstrap()), 1) << server.log();
}

TEST_F(KafkaServerTest, ComesBackOnTheSamePortAfterKill9) {
    KafkaServer server;
    const std::string before = server.bootstrap();
    server.kill9();
    EXPECT_EQ(brokers_at(before), 0);
    server.restart();
    EXPECT_EQ(brokers_at(before), 1) << server.log();
}

TEST_F(KafkaServerTest, OfThreeNodesGoesOnWithoutOne) {
    KafkaServer server({.nodes = 3});
    EXPECT_EQ(brokers_at(server.bootstrap()), 3);
    server.kill9(2);
    EXPECT_TRUE(eventually(seconds(30), [&] { return brokers_at(server.bootstrap()) == 2; }));
    server.restart(2);
    EXPECT_EQ(brokers_at(server.bootstrap()), 3);
}

TEST_F(KafkaServerTest, DiesWithTheProcessThatAskedForIt) {
    const TemporaryDirectory directory("watched");
    const std::string script = std::string(CALFLEET_SOURCE_DIR) + "/tests/brokers/kafka";
    const std::string folder = directory.path() / "cluster";
    const Finished parent = run(
        {.argv =
             {"bash", "-c", R"("$1" start "$2" --parent $$; kill -9 $$)", "bash", script, folder}},
        seconds(120)
    );
    ASSERT_EQ(parent.exit.signal, SIGKILL) << parent.err;
    const auto stopped = [&] {
        const Finished status = run({.argv = {script, "status", folder}}, seconds(10));
        return status.out.find("stopped") != std::string::npos;
    };
    EXPECT_TRUE(eventually(seconds(20), stopped));
}

} // namespace

} // namespace calfleet::test_support
