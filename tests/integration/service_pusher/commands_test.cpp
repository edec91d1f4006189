// calfleet service push and a live service-pusher: what the operator is told is what Cal.com has.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/integration/service_pusher/pusher_fixture.h"
#include "tests/support/process.h"
#include "tests/support/wait.h"

namespace calfleet::service_pusher {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;

class PushCommand : public PusherTest {
protected:
    /// Runs calfleet while events go where they belong, as the relay and the intake see to.
    test_support::Finished calfleet(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), std::string(CALFLEET_BIN_DIR) + "/calfleet");
        return test_support::run_while(
            {.argv = std::move(arguments),
             .environment =
                 {{"CALFLEET_POSTGRES_URL", database().dsn("calfleet_operator").reveal_for_use()},
                  {"USER", "anna"}}},
            60s,
            [&] { deliver(); }
        );
    }
};

TEST_F(PushCommand, WaitsUntilCalcomHasTheValuesAndSaysSo) {
    start();
    simulator().edit_event_type(1001, {{"title", "Somebody's own"}});
    const auto said = calfleet({"service", "push", "--service", "1001", "--wait", "--json"});
    EXPECT_EQ(said.exit, (test_support::Exit{0, 0})) << said.err;
    EXPECT_THAT(
        said.out, AllOf(HasSubstr(R"("status":"synced")"), HasSubstr(R"("bookable":true)"))
    );
    EXPECT_EQ(patches().size(), 1U);
    EXPECT_EQ(title_at(simulator(), 1001), column(1001, "name"));
    EXPECT_THAT(
        calfleet({"service", "history", "--service", "1001", "--json"}).out,
        HasSubstr(R"("actor":"service-pusher","asked_by":"operator:anna")")
    );
}

TEST_F(PushCommand, WaitsForAllServicesOfACompany) {
    start();
    const auto said =
        calfleet({"service", "push", "--company", "1", "--all", "--wait", "--patience", "30"});
    EXPECT_EQ(said.exit, (test_support::Exit{0, 0})) << said.err;
    EXPECT_THAT(said.out, AllOf(HasSubstr("1001"), HasSubstr("1002")));
    EXPECT_EQ(status(1001) + status(1002), "syncedsynced");
    EXPECT_EQ(column(2001, "version"), "1") << "another company's";
    EXPECT_EQ(patches().size(), 0U) << "Cal.com had them already";
}

TEST_F(PushCommand, EndsWithAnErrorThatSaysWhyCalcomDoesNotHaveThem) {
    start();
    simulator().delete_event_type(1001);
    const auto said = calfleet({"service", "push", "--service", "1001", "1002", "--wait"});
    EXPECT_EQ(said.exit, (test_support::Exit{1, 0})) << said.err;
    EXPECT_THAT(said.out, AllOf(HasSubstr("error"), HasSubstr("1001"), HasSubstr("synced")));
    EXPECT_EQ(status(1001), "error");
    EXPECT_EQ(status(1002), "synced");
}

TEST_F(PushCommand, LosesPatienceAndLeavesThePushToItself) {
    const auto said =
        calfleet({"service", "push", "--service", "1001", "--wait", "--patience", "1"});
    EXPECT_EQ(said.exit, (test_support::Exit{1, 0})) << said.err;
    EXPECT_THAT(said.out, HasSubstr("1 are still pending: they go on by themselves"));
    start();
    ASSERT_TRUE(settled());
    EXPECT_EQ(status(1001), "synced");
}

} // namespace
} // namespace calfleet::service_pusher
